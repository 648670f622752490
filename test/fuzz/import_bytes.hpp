// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_network.hpp"
#include "cleave/config/write_spec.hpp"
#include "cleave/onnx/import.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace cleave::testing {

/// Reads and imports the bytes of a model.
/// @return whether they are one
/// @throws std::logic_error if they are but the network's spec is not read back as the same network.
inline bool import_bytes(std::string_view bytes) {
    ImportedNetwork imported;
    try {
        imported = import_onnx(read_onnx(bytes), "model");
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
    return true;
}

}  // namespace cleave::testing
