// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/run_plan.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A plan with everything that it takes to run it, whole and in pieces.
struct VerifySubject {
    const Plan& plan;
    const Graph& whole;
    /// By StepId: what crosses and what the FPGA computes in floating point.
    const std::vector<Graph>& floating;
    /// The same in fixed point.
    const std::vector<Graph>& fixed;
};

/// How the result of a plan differs from the whole network's, for one input; of several results, the worst.
struct VerifiedInput {
    /// In floating point: largest difference over the largest magnitude of the network's result.
    double float_error = 0;
    /// In fixed point: signal to quantisation noise ratio of the result; infinite if there is no noise.
    double sqnr_db = 0;
    /// In fixed point: the largest number of the result is at the same place, in every result.
    bool same_top1 = false;
    /// The network's result is the same number everywhere, or the same as for the first input: its weights
    /// hardly carry anything, and neither ratio nor top-1 says how good the quantisation is.
    bool uninformative = false;
};

/// Runs the plan on each input, on `threads` threads (0: one per processor); the result does not depend on
/// them.
[[nodiscard]] std::vector<VerifiedInput> run_inputs(const VerifySubject& subject,
                                                    const std::vector<Values>& inputs, unsigned threads);

/// A test input, and what is computed from it.
struct TestVector {
    /// By PlanTensorId; empty where none is recorded.
    std::vector<Values> tensors;
    /// What the whole network gives in floating point; none if it has operations without a model.
    std::vector<Values> float_outputs;
};

/// Whether a bundle records a tensor: the network's input and output with every test vector, what crosses
/// with the first. The output only where it is computed from what is recorded, not from stand-ins.
[[nodiscard]] bool is_recorded(const Plan& plan, PlanTensorId tensor, std::size_t vector);

/// Runs every step from the recorded values of what it reads across the link. What the FPGA computes must be
/// equal to the record; numbers that the GPU makes for the FPGA may be rounded the other way now and then,
/// since sums of float32 depend on their order; floating-point results agree to 1e-5.
/// @return what differs, with the names of step and tensor
[[nodiscard]] std::vector<std::string> check_vector(const VerifySubject& subject, const TestVector& recorded);

/// Largest difference over the largest magnitude of `expected`; infinite if a number is none
/// or not finite.
[[nodiscard]] double relative_error(const Values& found, const Values& expected);
/// Signal to quantisation noise ratio: 10 log10 of the sum of squares of `expected` over that of the
/// differences. Infinite if there is none, and no number if a value is none or not finite.
[[nodiscard]] double sqnr_db(const Values& found, const Values& expected);

}  // namespace cleave
