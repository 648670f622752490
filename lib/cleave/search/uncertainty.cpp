// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/uncertainty.hpp"

#include "cleave/cost/draw.hpp"
#include "cleave/partition/layers_on_fpga.hpp"
#include "cleave/search/find_front.hpp"
#include "cleave/search/fit_probability.hpp"
#include "cleave/search/knee.hpp"
#include "cleave/units/parallel.hpp"
#include "cleave/units/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace cleave {
namespace {

/// Fronts are found under this many draws; they are the near-front.
constexpr std::size_t kNearFrontDraws = 8;
constexpr double kSure = 0.95;

/// A candidate under one draw.
struct Outcome {
    std::int64_t time = 0;
    std::int64_t energy = 0;
    bool fits = false;
};

struct Draw {
    Outcome baseline;
    std::vector<Outcome> outcomes;
};

ExploreRequest drawn_request(const ExploreRequest& request, std::size_t number) {
    ExploreRequest drawn = request;
    drawn.platform = draw_platform(request.platform, number + 1, knows_weights(request));
    drawn.constraints = {{}, {}, request.constraints.fit_probability};
    drawn.limits = rough_limits(request.limits);
    return drawn;
}

void count_step(Progress* progress) {
    if (progress != nullptr) {
        ++progress->steps_done;
    }
}

std::vector<Mapping> find_candidates(const ExploreRequest& request, const std::vector<FrontPoint>& front,
                                     const std::function<bool()>& should_stop, Progress* progress) {
    std::vector<Mapping> candidates;
    std::set<Mapping> known;
    const auto add = [&](const std::vector<FrontPoint>& points) {
        for (const FrontPoint& point : points) {
            if (known.insert(point.mapping).second) {
                candidates.push_back(point.mapping);
            }
        }
    };
    // Points of the front first: candidate i is point i.
    add(front);
    for (std::size_t n = 0; n < std::min(request.draws, kNearFrontDraws) && !should_stop(); ++n) {
        add(find_front(drawn_request(request, n), should_stop, nullptr).front);
        count_step(progress);
    }
    if (known.insert(Mapping{}).second) {
        candidates.emplace_back();
    }
    return candidates;
}

/// What a drawn capacity is for a partition of which logic and memory are less off than those of the least
/// certain implementation, by the same z: c (drawn / c)^(s / s of the least certain).
std::int64_t milder(std::int64_t capacity, std::int64_t drawn, double spread, double largest) {
    if (spread == largest || capacity == 0 || drawn == 0) {
        return drawn;
    }
    const double factor = static_cast<double>(drawn) / static_cast<double>(capacity);
    return static_cast<std::int64_t>(
        std::floor(static_cast<double>(capacity) * std::pow(factor, spread / largest)));
}

/// Whether a partition fits a drawn FPGA, by how far its own implementations are off.
bool fits(const ExploreRequest& request, const Fpga& drawn, const Mapping& mapping, const Score& score) {
    const Fpga& fpga = request.platform.fpga;
    if (!fpga.adds_up()) {
        return !score.infeasible;
    }
    const ImplementationSpread own = spread_of(fpga, mapping, knows_weights(request));
    const ImplementationSpread largest = spread_of(fpga, knows_weights(request));
    const auto usable = [](std::int64_t alm, double share) {
        return static_cast<std::int64_t>(std::floor(share * static_cast<double>(alm)));
    };
    const Resources needed = most_needed(request.platform.resource_scope, score);
    return needed.alm <= usable(milder(fpga.capacity().alm, drawn.capacity().alm, own.alm, largest.alm),
                                fpga.usable_alm_share()) &&
           needed.m20k <= milder(fpga.capacity().m20k, drawn.capacity().m20k, own.m20k, largest.m20k) &&
           needed.dsp <= drawn.capacity().dsp;
}

Outcome outcome_of(const Score& score, bool fits) {
    return {score.latency.ticks(), score.energy.ticks(), fits};
}

bool dominates(const Outcome& a, const Outcome& b) {
    return a.fits && a.time <= b.time && a.energy <= b.energy && (a.time < b.time || a.energy < b.energy);
}

/// By another that fits.
bool is_dominated(const Draw& draw, const Outcome& own) {
    return std::any_of(draw.outcomes.begin(), draw.outcomes.end(),
                       [&](const Outcome& other) { return dominates(other, own); });
}

Interval interval(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {percentile(values, 0.05), percentile(values, 0.95)};
}

double ratio(std::int64_t a, std::int64_t b) {
    return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : 0.0;
}

PointUncertainty summarize_point(const std::vector<Draw>& draws, std::size_t point) {
    PointUncertainty result;
    std::vector<double> latency;
    std::vector<double> energy;
    std::vector<double> speedup;
    std::vector<double> gain;
    std::size_t fits = 0;
    std::size_t leads = 0;
    for (const Draw& draw : draws) {
        const Outcome& own = draw.outcomes[point];
        latency.push_back(to_si(Nanoseconds(own.time)).value());
        energy.push_back(to_si(Picojoules(own.energy)).value());
        speedup.push_back(ratio(draw.baseline.time, own.time));
        gain.push_back(ratio(draw.baseline.energy, own.energy));
        fits += own.fits ? 1 : 0;
        leads += own.fits && !is_dominated(draw, own) ? 1 : 0;
    }
    const auto count = static_cast<double>(draws.size());
    result.latency_s = interval(std::move(latency));
    result.energy_j = interval(std::move(energy));
    result.latency_speedup = interval(std::move(speedup));
    result.energy_gain = interval(std::move(gain));
    result.feasible_share = static_cast<double>(fits) / count;
    result.nondominated_share = static_cast<double>(leads) / count;
    return result;
}

/// The knee of the candidates that fit and pay in a draw and that none dominates.
std::optional<std::size_t> choice_of(const Draw& draw, double min_gain) {
    const auto score_of = [](const Outcome& outcome) {
        Score score;
        score.latency = Nanoseconds(outcome.time);
        score.energy = Picojoules(outcome.energy);
        return score;
    };
    const Score gpu_alone = score_of(draw.baseline);
    std::vector<std::size_t> paying;
    std::vector<ObjectiveValues> values;
    for (std::size_t i = 0; i < draw.outcomes.size(); ++i) {
        const Outcome& own = draw.outcomes[i];
        if (own.fits && pays(score_of(own), gpu_alone, min_gain) && !is_dominated(draw, own)) {
            paying.push_back(i);
            values.push_back({own.time, own.energy, 0});
        }
    }
    return paying.empty() ? std::nullopt : std::optional(paying[knee(values)]);
}

std::vector<double> moved_shares(const ExploreRequest& request, const std::vector<Draw>& draws,
                                 const std::vector<Mapping>& candidates) {
    std::vector<std::size_t> counts(request.network.layers().size(), 0);
    for (const Draw& draw : draws) {
        const auto choice = choice_of(draw, request.min_gain);
        if (!choice) {
            continue;
        }
        for (const LayerId layer : layers_on_fpga(candidates[*choice])) {
            ++counts[index(layer)];
        }
    }
    std::vector<double> shares;
    shares.reserve(counts.size());
    for (const std::size_t count : counts) {
        shares.push_back(static_cast<double>(count) / static_cast<double>(draws.size()));
    }
    return shares;
}

/// Point a is the faster of the two, point b takes less energy.
bool told_apart(const std::vector<Draw>& draws, std::size_t a, std::size_t b) {
    std::size_t faster = 0;
    std::size_t thriftier = 0;
    for (const Draw& draw : draws) {
        faster += draw.outcomes[a].time < draw.outcomes[b].time ? 1 : 0;
        thriftier += draw.outcomes[b].energy < draw.outcomes[a].energy ? 1 : 0;
    }
    const double needed = kSure * static_cast<double>(draws.size());
    return static_cast<double>(faster) >= needed || static_cast<double>(thriftier) >= needed;
}

}  // namespace

Uncertainty assess(const ExploreRequest& request, const std::vector<FrontPoint>& front,
                   const std::function<bool()>& should_stop, Progress* progress) {
    Uncertainty result;
    result.wanted = request.draws;
    if (request.draws == 0) {
        return result;
    }
    if (progress != nullptr) {
        progress->steps = request.draws + std::min(request.draws, kNearFrontDraws);
    }
    const std::vector<Mapping> candidates = find_candidates(request, front, should_stop, progress);
    const UnitGraph units(request.network);
    const StateSpace states(units);
    std::vector<Draw> outcomes(request.draws);
    parallel_for(request.draws, request.limits.threads, [&](std::size_t n) {
        if (should_stop()) {
            return;
        }
        const Platform platform = draw_platform(request.platform, n + 1, knows_weights(request));
        const Costing costing(units, platform, request.known_weights());
        outcomes[n].baseline = outcome_of(evaluate(costing, states, {}), true);
        for (const Mapping& mapping : candidates) {
            const Score score = evaluate(costing, states, mapping);
            outcomes[n].outcomes.push_back(outcome_of(score, fits(request, platform.fpga, mapping, score)));
        }
        count_step(progress);
    });
    // Those that a stop left out have no outcomes.
    std::erase_if(outcomes, [](const Draw& draw) { return draw.outcomes.empty(); });
    if (outcomes.empty()) {
        return result;
    }
    result.draws = outcomes.size();
    result.candidates = candidates.size();
    result.moved_share = moved_shares(request, outcomes, candidates);
    for (std::size_t i = 0; i < front.size(); ++i) {
        result.points.push_back(summarize_point(outcomes, i));
        for (std::size_t j = i + 1; j < front.size(); ++j) {
            if (!told_apart(outcomes, i, j)) {
                result.not_told_apart.emplace_back(i, j);
            }
        }
    }
    return result;
}

}  // namespace cleave
