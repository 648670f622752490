// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/model_weights.hpp"

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/network/bind.hpp"
#include "cleave/onnx/import.hpp"
#include "cleave/units/sha256.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::size_t kLargestWeightsFile = std::size_t{2} << 30U;

OnnxModel read_with_input(const std::string& bytes, const Shape& input, const ExternalReader& external) {
    OnnxModel model = read_onnx(bytes, {}, external);
    if (model.inputs.size() != 1) {
        return model;
    }
    const OnnxValue& value = model.inputs.front();
    const bool open = !value.dims || std::any_of(value.dims->begin(), value.dims->end(),
                                                 [](std::int64_t dim) { return dim < 1; });
    return open ? read_onnx(bytes, {{value.name, {1, input.channels, input.height, input.width}}}, external)
                : model;
}

}  // namespace

std::optional<ModelWeights> read_model_weights(const std::string& file_name,
                                               const std::optional<Reference>& reference,
                                               const Network& network, FaultList& faults) {
    const std::optional<std::string> bytes = read_file(file_name, reference, faults, kLargestWeightsFile);
    if (!bytes) {
        return std::nullopt;
    }
    try {
        const ImportedNetwork model =
            import_onnx(read_with_input(*bytes, network.output(LayerId{}), external_files(file_name)),
                        std::filesystem::path(file_name).stem().string());
        if (!model.missing.empty()) {
            faults.add(file_fault(file_name, missing_weights(model.missing)));
            return std::nullopt;
        }
        return ModelWeights{bind_parameters(network, model.network, model.parameters), sha256(*bytes)};
    } catch (const OnnxError& error) {
        faults.add(file_faults(file_name, error.messages()));
    } catch (const std::invalid_argument& error) {
        faults.add(file_fault(file_name, error.what()));
    }
    return std::nullopt;
}

}  // namespace cleave
