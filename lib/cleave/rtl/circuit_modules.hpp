// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// A stream between modules of a circuit.
struct CircuitStream {
    std::string name;
    std::int64_t bytes = 1;
    /// Bytes of a map, whose last beat may be partly filled; 0 if beats are always full.
    std::int64_t map_bytes = 0;
};

/// Where a map comes from outside, and where one leaves: number of the circuit's input or output.
struct ArrivalModule {
    std::size_t input = 0;
};
struct DepartureModule {
    std::size_t output = 0;
};
/// The same bytes in beats of another width.
struct ConverterModule {};
struct QueueModule {
    std::int64_t words = 2;
};
struct ForkModule {};
/// Takes what nobody reads, and so does not stop its maker.
struct DrainModule {};
/// What is in front of an operation: a column former, or the window of what is mapped directly.
struct FormerModule {
    std::size_t node = 0;
};
struct OperationModule {
    std::size_t node = 0;
};

struct CircuitModule {
    std::string name;
    std::variant<ArrivalModule, DepartureModule, ConverterModule, QueueModule, ForkModule, DrainModule,
                 FormerModule, OperationModule>
        kind;
    /// Places of streams.
    std::vector<std::size_t> in;
    std::vector<std::size_t> out;
};

/// The modules of a circuit and the streams between them: each stream has one that writes it and one that
/// reads it, and a module comes after those that write what it reads.
struct CircuitModules {
    std::vector<CircuitStream> streams;
    std::vector<CircuitModule> modules;
};
/// @throws std::invalid_argument for an operation that has no circuit
[[nodiscard]] CircuitModules circuit_modules(const Circuit& circuit);

}  // namespace cleave
