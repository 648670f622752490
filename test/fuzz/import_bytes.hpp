// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/bundle/graph_difference.hpp"
#include "cleave/bundle/write_graph.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/config/write_spec.hpp"
#include "cleave/onnx/import.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cleave::testing {

/// As if every file beside the model were long enough.
inline std::optional<std::string> any_file(const ExternalData& part) {
    constexpr std::uint64_t kMostBytes = 1 << 16;
    return part.length <= kMostBytes ? std::optional(std::string(part.length, '=')) : std::nullopt;
}

/// Numbers that are none equal nothing, themselves included.
inline bool is_finite(const LayerParameters& layer) {
    for (const auto* numbers :
         {&layer.weights, &layer.bias, &layer.scale, &layer.shift, &layer.mean, &layer.variance}) {
        if (!std::all_of(numbers->begin(), numbers->end(), [](float x) { return std::isfinite(x); })) {
            return false;
        }
    }
    return std::isfinite(layer.epsilon);
}

/// What a bundle holds of a small network: written and read back, it is the same graph.
inline void write_and_read(const ImportedNetwork& imported) {
    constexpr std::int64_t kMostNumbers = 1 << 16;
    const Network& network = imported.network;
    std::int64_t numbers = network.totals().params;
    for (std::size_t i = 0; i < network.layers().size() && numbers <= kMostNumbers; ++i) {
        numbers += network.output(layer_id(i)).elements();
    }
    if (numbers > kMostNumbers || !imported.missing.empty() ||
        !std::all_of(imported.parameters.begin(), imported.parameters.end(), is_finite)) {
        return;
    }
    std::optional<OnnxModel> model;
    try {
        model = onnx_of(whole_graph(network, imported.parameters));
    } catch (const std::invalid_argument&) {
        return;  // A layer has no ONNX form.
    } catch (const OnnxError&) {
        return;  // Nor have its copied nodes.
    }
    const Graph first = graph_of(*model);
    if (const auto different = difference(first, graph_of(onnx_of(first)))) {
        throw std::logic_error("a graph is read back as another: " + *different);
    }
}

/// Reads and imports the bytes of a model.
/// @return whether they are one
/// @throws std::logic_error if they are but the network's spec, or its graph as ONNX, is not read back as the
/// same.
inline bool import_bytes(std::string_view bytes) {
    ImportedNetwork imported;
    try {
        imported = import_onnx(read_onnx(bytes, {}, any_file), "model");
    } catch (const OnnxError& error) {
        if (error.messages().empty()) {
            throw std::logic_error("refused without a message");
        }
        return false;
    }
    const Network& network = imported.network;
    FaultList faults;
    const auto root = parse_yaml(write_spec(network, ""), "spec", faults);
    const auto again = root ? read_network(*root, faults) : std::nullopt;
    faults.throw_if_any();
    if (!again || again->layers().size() != network.layers().size() ||
        again->totals().macs != network.totals().macs || again->name() != network.name()) {
        throw std::logic_error("the spec describes another network");
    }
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        if (again->layer(layer_id(i)).name != network.layer(layer_id(i)).name ||
            again->layer(layer_id(i)).inputs != network.layer(layer_id(i)).inputs ||
            again->output(layer_id(i)) != network.output(layer_id(i))) {
            throw std::logic_error("the spec describes another layer");
        }
    }
    write_and_read(imported);
    return true;
}

}  // namespace cleave::testing
