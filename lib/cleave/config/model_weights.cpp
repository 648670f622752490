// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/model_weights.hpp"

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/network/bind.hpp"
#include "cleave/onnx/import.hpp"
#include "cleave/units/sha256.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iterator>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::size_t kLargestWeightsFile = std::size_t{2} << 30U;

/// Inputs that a node reads, in order.
std::vector<OnnxValue> read_inputs_of(const OnnxModel& model) {
    std::set<std::string> read;
    for (const OnnxNode& node : model.nodes) {
        read.insert(node.inputs.begin(), node.inputs.end());
    }
    std::vector<OnnxValue> inputs;
    std::copy_if(model.inputs.begin(), model.inputs.end(), std::back_inserter(inputs),
                 [&](const OnnxValue& input) { return read.count(input.name) > 0; });
    return inputs;
}

/// Shapes in which a model may take a network's inputs: as a vector, or with its channels first or last.
std::vector<InputShapes> input_forms(const OnnxModel& model, const Network& network) {
    const std::vector<OnnxValue> inputs = read_inputs_of(model);
    std::vector<InputShapes> forms;
    if (inputs.size() != network.input_count()) {
        return forms;
    }
    for (const bool last : {false, true}) {
        InputShapes& form = forms.emplace_back();
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Shape& s = network.output(layer_id(i));
            const std::size_t rank = inputs[i].dims ? inputs[i].dims->size() : 4;
            std::vector<std::int64_t>& dims = form[inputs[i].name];
            dims = rank == 2   ? std::vector<std::int64_t>{1, s.elements()}
                   : rank == 3 ? std::vector<std::int64_t>{1, s.channels, s.positions()}
                               : std::vector<std::int64_t>{1, s.channels, s.height, s.width};
            if (last && rank > 2) {
                std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
            }
        }
    }
    return forms;
}

Parameters parameters_of(const OnnxModel& model, const std::string& name, const Network& network) {
    const ImportedNetwork imported = import_onnx(model, name);
    if (!imported.missing.empty()) {
        throw OnnxError({missing_weights(imported.missing)});
    }
    return bind_parameters(network, imported.network, imported.parameters);
}

/// Of the model as it is or, where it then is not this network or its inputs are open, with the network's
/// sizes.
Parameters read_parameters(const std::string& bytes, const std::string& name, const Network& network,
                           const ExternalReader& external) {
    const OnnxModel model = read_onnx(bytes, {}, external);
    std::exception_ptr first;
    try {
        return parameters_of(model, name, network);
    } catch (const std::exception&) {
        first = std::current_exception();
    }
    for (const InputShapes& form : input_forms(model, network)) {
        try {
            return parameters_of(read_onnx(bytes, form, external), name, network);
        } catch (const std::exception&) {
            // The first failure says more.
            continue;
        }
    }
    std::rethrow_exception(first);
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
        const std::string name = std::filesystem::path(file_name).stem().string();
        return ModelWeights{read_parameters(*bytes, name, network, external_files(file_name)),
                            sha256(*bytes)};
    } catch (const OnnxError& error) {
        faults.add(file_faults(file_name, error.messages()));
    } catch (const std::invalid_argument& error) {
        faults.add(file_fault(file_name, error.what()));
    }
    return std::nullopt;
}

}  // namespace cleave
