// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/import.hpp"
#include "support/onnx_models.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace cleave::testing {

/// "conv relu max_pool": operations in order, without the input.
inline std::string operations(const Network& network) {
    std::string text;
    for (std::size_t i = 1; i < network.layers().size(); ++i) {
        text += (i > 1 ? " " : "") + op_name(network.layer(layer_id(i)).op);
    }
    return text;
}

inline ImportedNetwork import(const OnnxModel& model) { return import_onnx(model, "model"); }

inline std::string import_operations(ModelBuilder& b, const std::string& output) {
    return operations(import(b.build(output)).network);
}

template <class T>
T op_of(const Network& network, const std::string& kind, int number = 0) {
    for (const Layer& layer : network.layers()) {
        if (op_name(layer.op) == kind && number-- == 0) {
            return std::get<T>(layer.op);
        }
    }
    FAIL("no " << kind);
    return T{};
}

inline std::vector<std::string> refusal(const OnnxModel& model) {
    try {
        (void)import(model);
    } catch (const OnnxError& error) {
        return error.messages();
    }
    return {};
}

inline const LayerParameters& parameters_of(const ImportedNetwork& imported, const std::string& kind) {
    for (std::size_t i = 0; i < imported.network.layers().size(); ++i) {
        if (op_name(imported.network.layer(layer_id(i)).op) == kind) {
            return imported.parameters.at(i);
        }
    }
    FAIL("no " << kind);
    return imported.parameters.front();
}

}  // namespace cleave::testing
