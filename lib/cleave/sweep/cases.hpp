// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/units/names.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What one case of a sweep was given for one key, as text.
struct SweepParameter {
    std::string key;
    std::string value;

    friend bool operator==(const SweepParameter&, const SweepParameter&) = default;
};

/// Key of the parameter that says which configuration a case started from, where there are several.
constexpr const char* kBaseKey = "config";

/// How a case ended. The first three have a front.
enum class CaseStatus { exact, epsilon, stopped, infeasible, bad_input, failure };
[[nodiscard]] constexpr auto names_of(CaseStatus) {
    using enum CaseStatus;
    return std::to_array<Named<CaseStatus>>({{exact, "exact"},
                                             {epsilon, "epsilon"},
                                             {stopped, "stopped"},
                                             {infeasible, "infeasible"},
                                             {bad_input, "bad input"},
                                             {failure, "failure"}});
}
static_assert(all_named<CaseStatus>());

/// A point of a front, as much of it as cases are compared by.
struct CasePoint {
    double latency_s = 0;
    double energy_j = 0;
    std::int64_t alm = 0;
    std::int64_t dsp = 0;
    std::int64_t m20k = 0;
    std::int64_t link_bytes = 0;
};

struct CaseFront {
    /// Decimal: size of the design space.
    std::string design_points;
    std::size_t points = 0;
    CasePoint min_latency;
    CasePoint knee;
    CasePoint min_energy;
};

/// What a case was run on, and the GPU alone there.
struct CaseProblem {
    std::string network;
    /// Bytes per second, the lesser of both directions.
    double link_bandwidth = 0;
    double gpu_latency_s = 0;
    double gpu_energy_j = 0;
};

/// One case of a sweep, finished.
struct CaseRecord {
    std::string name;
    std::vector<SweepParameter> parameters;
    CaseStatus status = CaseStatus::failure;
    /// Lines that say what is wrong; empty if nothing is.
    std::string error;
    /// Nothing if the input was bad.
    std::optional<CaseProblem> problem;
    std::optional<CaseFront> front;

    /// Value of a parameter; empty if the case has none of that key.
    [[nodiscard]] std::string parameter(const std::string& key) const;
    /// Whether the front is proved, so that it can be compared with others: not where the search was stopped.
    [[nodiscard]] bool settled() const { return front && status != CaseStatus::stopped; }
    /// Most that a point saves: baseline over best. To be asked only where there is a front.
    [[nodiscard]] double speedup() const;
    [[nodiscard]] double energy_gain() const;
};

/// Keys of the parameters of all cases, in order of first appearance.
[[nodiscard]] std::vector<std::string> parameter_keys(const std::vector<CaseRecord>& cases);

/// Names of result folders for cases with these parameters, each once whatever the case of its letters: made
/// of the parameters, at most 120 characters, letters, digits and `._+=,-` only, the first a letter or digit.
/// Where that loses something, a hash of the parameters is part of the name.
[[nodiscard]] std::vector<std::string> case_names(const std::vector<std::vector<SweepParameter>>& cases);

}  // namespace cleave
