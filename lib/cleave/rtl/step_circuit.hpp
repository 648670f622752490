// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/quantise.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/rtl/circuit.hpp"

#include <map>
#include <string>
#include <vector>

namespace cleave {

/// What a unit on the FPGA is made of, and what waits in front of it.
struct UnitCircuit {
    LayerHardware hardware;
    std::vector<RunTiming::Wait> waits;
    /// Of layers behind its head that are hardware of their own.
    std::map<LayerId, Fold> followers;
    /// Name of the implementation.
    std::string implementation;
    bool is_folded = false;
    /// Mapped directly as others did it, by a fit to their designs.
    bool is_fitted = false;
    /// Of the run or split that it is in: in how many clocks a map comes or goes, and how long it computes.
    Hertz clock;
    std::int64_t pace_clocks = 1;
    Nanoseconds time;
    /// Of all of that run or split.
    Resources demand;
};

/// The first unit that a step on the FPGA computes.
[[nodiscard]] UnitId first_unit(const PlanStep& step);

/// Of all units on the FPGA in a scored mapping.
[[nodiscard]] std::map<UnitId, UnitCircuit> unit_circuits(const Costing& costing, const Score& score);

/// An FPGA step as a circuit: each stage of a unit an operation, in the formats of the fixed-point reference.
/// @throws std::invalid_argument for what has no circuit: the message names the layer and says why
[[nodiscard]] Circuit step_circuit(const Plan& plan, StepId step, const UnitGraph& units,
                                   const Parameters& parameters, const FixedPointFormats& formats,
                                   const std::map<UnitId, UnitCircuit>& circuits);

}  // namespace cleave
