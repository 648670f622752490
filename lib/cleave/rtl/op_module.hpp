// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

/// The module of an operation, and how wide its streams are.
struct OpModule {
    std::vector<std::int64_t> in_bytes;
    std::int64_t out_bytes = 1;
    std::string verilog;
    std::string weights = {};
    std::string biases = {};
    /// In front of it, if there is one: it takes `in_bytes`, and gives so many.
    std::string former = {};
    std::int64_t former_bytes = 0;
    std::string former_name = "_columns";
};

/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] OpModule op_module(const CircuitNode& node, const std::string& name);

}  // namespace cleave
