// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/cases.hpp"
#include "cleave/units/names.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What cases are compared by. Latency and energy: the least of a front; gains: the greatest over the GPU
/// alone.
enum class SweepObjective { latency, energy, speedup, energy_gain };
[[nodiscard]] constexpr auto names_of(SweepObjective) {
    using enum SweepObjective;
    return std::to_array<Named<SweepObjective>>({{latency, "latency"},
                                                 {energy, "energy"},
                                                 {speedup, "latency speed-up"},
                                                 {energy_gain, "energy gain"}});
}
static_assert(all_named<SweepObjective>());

/// The case that is best at one objective among those of a network.
struct BestCase {
    std::string network;
    SweepObjective objective = SweepObjective::latency;
    /// Index of the case; of equal ones the first.
    std::size_t index = 0;
    /// Seconds, joules, or a factor.
    double value = 0;
};

/// The platform with the greatest gain over all networks of a sweep: their geometric mean.
struct BestPlatform {
    SweepObjective objective = SweepObjective::speedup;
    std::string platform;
    double value = 0;
};

struct Gains {
    double speedup = 0;
    double energy_gain = 0;
};

/// How the gains of one network depend on the bandwidth of the link.
struct LinkSensitivity {
    std::string network;
    /// Bytes per second, rising.
    std::vector<double> bandwidths;
    /// The settings that differ otherwise, in the order of the cases; "" if none do.
    std::vector<std::string> settings;
    /// [bandwidth][setting]; nothing where there is no such case, or it has no front.
    std::vector<std::vector<std::optional<Gains>>> gains;
};

/// Geometric means of the gains with one value of one parameter, over the combinations of all others that
/// have a proved front with every value of it: like is compared with like.
struct ParameterEffect {
    std::string key;
    std::string value;
    /// Combinations.
    std::size_t cases = 0;
    Gains mean;
};

/// Gains at one bandwidth: geometric means over the series (a network with one setting) that have a gain at
/// every bandwidth.
struct LinkTrend {
    std::vector<double> bandwidths;
    std::vector<Gains> means;
    std::size_t series = 0;
};

/// Names of the networks of cases with a front, in order of first appearance.
[[nodiscard]] std::vector<std::string> sweep_networks(const std::vector<CaseRecord>& cases);
[[nodiscard]] std::vector<BestCase> best_cases(const std::vector<CaseRecord>& cases);
/// Empty unless there are several networks and platforms and some platform has a front for each network.
[[nodiscard]] std::vector<BestPlatform> best_platforms(const std::vector<CaseRecord>& cases);
/// For each network with proved fronts at several bandwidths.
[[nodiscard]] std::vector<LinkSensitivity> link_sensitivity(const std::vector<CaseRecord>& cases);
/// Networks that were given several bandwidths, but have proved fronts at less than two.
[[nodiscard]] std::vector<std::string> without_sensitivity(const std::vector<CaseRecord>& cases);
/// Empty unless the networks were given the same bandwidths.
[[nodiscard]] LinkTrend link_trend(const std::vector<LinkSensitivity>& networks);
/// For each parameter with several values, in the order of the cases; without those for which nothing can be
/// compared.
[[nodiscard]] std::vector<ParameterEffect> parameter_effects(const std::vector<CaseRecord>& cases);

}  // namespace cleave
