// SPDX-License-Identifier: Apache-2.0
#include "weights.hpp"

#include "cleave/deploy/bind.hpp"
#include "cleave/deploy/seeded.hpp"
#include "cleave/onnx/import.hpp"
#include "cleave/text/yaml_file.hpp"
#include "cleave/units/sha256.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace cleave::cli {
namespace {

constexpr std::size_t kLargestModel = std::size_t{2} << 30U;

/// The model; where it leaves the size of its input open, that is the network's.
OnnxModel read_model(const std::string& bytes, const Shape& input) {
    OnnxModel model = read_onnx(bytes);
    if (model.inputs.size() != 1) {
        return model;
    }
    const OnnxValue& value = model.inputs.front();
    const bool open = !value.dims || std::any_of(value.dims->begin(), value.dims->end(),
                                                 [](std::int64_t dim) { return dim < 1; });
    return open ? read_onnx(bytes, {{value.name, {1, input.channels, input.height, input.width}}}) : model;
}

void check_size(const std::string& path, const Network& network) {
    if (const auto why = too_large_to_execute(network)) {
        throw InputError(file_fault(path, *why));
    }
}

}  // namespace

Parameters make_weights(const std::string& path, const Network& network, std::uint64_t seed) {
    check_size(path, network);
    return seeded_parameters(network, seed);
}

ModelWeights load_model_weights(const std::string& path, const Network& network) {
    check_size(path, network);
    FaultList faults;
    const std::optional<std::string> bytes = read_file(path, std::nullopt, faults, kLargestModel);
    faults.throw_if_any();
    try {
        const ImportedNetwork model = import_onnx(read_model(*bytes, network.output(LayerId{})),
                                                  std::filesystem::path(path).stem().string());
        return {bind_parameters(network, model.network, model.parameters), sha256(*bytes)};
    } catch (const OnnxError& error) {
        throw InputError(file_faults(path, error.messages()));
    } catch (const std::invalid_argument& error) {
        throw InputError(file_fault(path, error.what()));
    }
}

}  // namespace cleave::cli
