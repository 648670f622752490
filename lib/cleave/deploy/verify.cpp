// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/verify.hpp"

#include "cleave/units/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace cleave {
namespace {

constexpr double kFloatError = 1e-5;
/// Relative difference of numbers that are the same but for rounding.
constexpr double kSame = 1e-9;
/// One in so many numbers that the GPU quantises may be rounded the other way.
constexpr std::size_t kRoundedOtherwise = 1000;

/// Infinite unless both are finite.
double distance(double a, double b) {
    return std::isfinite(a) && std::isfinite(b) ? std::abs(a - b) : std::numeric_limits<double>::infinity();
}

bool is_flat(const Values& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return values.size() > 1 && *most - *least <= kSame * std::max(std::abs(*least), std::abs(*most));
}

std::size_t top1(const Values& values) {
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

/// Differences between whole numbers, in words.
std::optional<std::string> whole_difference(const Values& found, const Values& expected, StepDevice device) {
    std::size_t count = 0;
    double largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double d = distance(found[i], expected[i]);
        count += d == 0 ? 0 : 1;
        largest = std::max(largest, d);
    }
    const bool rounding =
        device == StepDevice::gpu && largest <= 1 && count <= 1 + expected.size() / kRoundedOtherwise;
    if (count == 0 || rounding) {
        return std::nullopt;
    }
    return fmt::format("{} of {} numbers differ from the record, by up to {}", count, expected.size(),
                       largest);
}

std::optional<std::string> float_difference(const Values& found, const Values& expected) {
    const double error = relative_error(found, expected);
    return error <= kFloatError ? std::nullopt
                                : std::optional(fmt::format("differs from the record by {:.2g}", error));
}

/// Takes the worse of each figure; a figure that is no number is worse than any. All results have to be
/// without information for the whole to be.
void join(VerifiedInput& worst, const VerifiedInput& one) {
    const bool error = std::isnan(one.float_error) || one.float_error > worst.float_error;
    const bool noise = std::isnan(one.sqnr_db) || one.sqnr_db < worst.sqnr_db;
    worst.float_error = error && !std::isnan(worst.float_error) ? one.float_error : worst.float_error;
    worst.sqnr_db = noise && !std::isnan(worst.sqnr_db) ? one.sqnr_db : worst.sqnr_db;
    worst.same_top1 = worst.same_top1 && one.same_top1;
    worst.uninformative = worst.uninformative && one.uninformative;
}

}  // namespace

double relative_error(const Values& found, const Values& expected) {
    if (found.size() != expected.size()) {
        return std::numeric_limits<double>::infinity();
    }
    double largest = 0;
    double difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        difference = std::max(difference, distance(found[i], expected[i]));
        largest = std::max(largest, std::abs(expected[i]));
    }
    return std::isfinite(difference) && largest > 0 ? difference / largest : difference;
}

double sqnr_db(const Values& found, const Values& expected) {
    double signal = 0;
    double noise = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        signal += expected[i] * expected[i];
        noise += (found[i] - expected[i]) * (found[i] - expected[i]);
    }
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

std::vector<VerifiedInput> run_inputs(const VerifySubject& subject, const std::vector<Values>& inputs,
                                      unsigned threads) {
    std::vector<VerifiedInput> results(inputs.size());
    std::vector<std::vector<Values>> outputs(inputs.size());
    parallel_for(inputs.size(), threads, [&](std::size_t i) {
        outputs[i] = execute(subject.whole, divided(subject.whole, inputs[i]));
        const std::vector<Values> floating = execute_plan(subject.plan, subject.floating, inputs[i]);
        const std::vector<Values> fixed = execute_plan(subject.plan, subject.fixed, inputs[i]);
        results[i] = {0, std::numeric_limits<double>::infinity(), true, true};
        for (std::size_t k = 0; k < outputs[i].size(); ++k) {
            const std::size_t output = index(subject.plan.outputs[k]);
            join(results[i],
                 {relative_error(floating[output], outputs[i][k]), sqnr_db(fixed[output], outputs[i][k]),
                  top1(fixed[output]) == top1(outputs[i][k]), is_flat(outputs[i][k])});
        }
    });
    for (std::size_t i = 1; i < results.size(); ++i) {
        bool again = inputs[i] != inputs[0];
        for (std::size_t k = 0; k < outputs[i].size(); ++k) {
            again = again && relative_error(outputs[i][k], outputs[0][k]) < kSame;
        }
        results[0].uninformative = results[0].uninformative || again;
        results[i].uninformative = results[i].uninformative || again;
    }
    return results;
}

bool is_recorded(const Plan& plan, PlanTensorId tensor, std::size_t vector) {
    if (vector == 0 && plan.tensor(tensor).crossing) {
        return true;
    }
    const bool computed = vector == 0 ? !plan.tensor(tensor).stand_in : plan.copied.empty();
    const auto is_in = [&](const std::vector<PlanTensorId>& list) {
        return std::find(list.begin(), list.end(), tensor) != list.end();
    };
    return is_in(plan.inputs) || (is_in(plan.outputs) && computed);
}

std::vector<std::string> check_vector(const VerifySubject& subject, const TestVector& recorded) {
    const Plan& plan = subject.plan;
    std::vector<std::string> faults;
    std::vector<Values> values = recorded.tensors;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const PlanStep& step = plan.steps[i];
        std::vector<Values> inputs;
        for (const PlanTensorId id : step.inputs) {
            inputs.push_back(values[index(id)]);
        }
        // With the second input on, crossing tensors are not recorded, and steps go on from what was
        // computed.
        if (step.device == StepDevice::link) {
            continue;
        }
        std::vector<Values> outputs = execute(subject.fixed[i], inputs);
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            const PlanTensor& tensor = plan.tensor(step.outputs[k]);
            Values& value = values[index(step.outputs[k])];
            const Values& record = recorded.tensors[index(step.outputs[k])];
            if (record.empty()) {
                value = std::move(outputs[k]);
                continue;
            }
            const auto difference = tensor.crossing ? whole_difference(outputs[k], record, step.device)
                                                    : float_difference(outputs[k], record);
            if (difference) {
                faults.push_back(fmt::format("step {}, tensor '{}': {}", i, tensor.name, *difference));
            }
        }
    }
    if (!plan.copied.empty()) {
        return faults;
    }
    std::vector<Values> inputs;
    for (const PlanTensorId id : plan.inputs) {
        inputs.push_back(recorded.tensors[index(id)]);
    }
    const std::vector<Values> whole = execute(subject.whole, inputs);
    for (std::size_t k = 0; k < whole.size(); ++k) {
        if (const auto difference = float_difference(whole[k], recorded.float_outputs[k])) {
            faults.push_back("the whole network's output " + *difference);
        }
    }
    return faults;
}

}  // namespace cleave
