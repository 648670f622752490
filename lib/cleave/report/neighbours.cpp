// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/neighbours.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace cleave {
namespace {

struct Change {
    const NamedPoint* from = nullptr;
    Mapping mapping;
    std::string text;
};

/// All changes of all points, each mapping once.
class Changes {
public:
    Changes(const Costing& costing, const DesignSpace& space)
        : costing_(costing), units_(costing.graph()), space_(space) {
        seen_.insert(Mapping{});  // the baseline is shown anyway
    }

    void add_all(const NamedPoint& point) {
        const Mapping& mapping = point.mapping;
        for (std::size_t i = 0; i < mapping.runs.size(); ++i) {
            const FpgaRun& run = mapping.runs[i];
            Mapping without = mapping;
            without.runs.erase(without.runs.begin() + static_cast<std::ptrdiff_t>(i));
            add(point, std::move(without), fmt::format("run from {} on the GPU", name(run.front())));
            if (run.size() > 1) {
                add(point, with_run(mapping, i, FpgaRun(run.begin() + 1, run.end())),
                    fmt::format("{} on the GPU", name(run.front())));
                add(point, with_run(mapping, i, FpgaRun(run.begin(), run.end() - 1)),
                    fmt::format("{} on the GPU", name(run.back())));
            }
        }
        for (std::size_t i = 0; i < mapping.splits.size(); ++i) {
            const Split& split = mapping.splits[i];
            Mapping without = mapping;
            without.splits.erase(without.splits.begin() + static_cast<std::ptrdiff_t>(i));
            add(point, std::move(without), fmt::format("{} on the GPU", name(split.layer)));
            const std::int64_t half = split.fpga_share / 2 / space_.share_step * space_.share_step;
            if (half > 0) {
                Mapping halved = mapping;
                halved.splits[i].fpga_share = half;
                halved.splits[i].picked = costing_.picked(split.layer, split.axis, half);
                add(point, std::move(halved),
                    fmt::format("{} {} of {} on the FPGA", half, name_of(split.axis), name(split.layer)));
            }
        }
    }

    [[nodiscard]] const std::vector<Change>& list() const { return list_; }

private:
    [[nodiscard]] const std::string& name(LayerId layer) const { return units_.network().layer(layer).name; }

    static Mapping with_run(Mapping mapping, std::size_t i, FpgaRun run) {
        mapping.runs[i] = std::move(run);
        return mapping;
    }

    void add(const NamedPoint& from, Mapping mapping, std::string text) {
        normalize(mapping);
        const Placement placement(units_, mapping);
        std::erase_if(mapping.hardware, [&](const LayerChoice& choice) {
            return placement.kind(units_.unit_of(choice.layer)) == Decision::Kind::gpu;
        });
        if (in_space(mapping) && seen_.insert(mapping).second) {
            list_.push_back({&from, std::move(mapping), std::move(text)});
        }
    }

    [[nodiscard]] bool in_space(const Mapping& mapping) const {
        for (const FpgaRun& run : mapping.runs) {
            if (std::all_of(run.begin(), run.end(),
                            [&](LayerId layer) { return units_.is_wiring(units_.unit_of(layer)); })) {
                return false;
            }
        }
        const std::vector<Strategy> strategies = module_strategies(units_, mapping);
        return std::all_of(strategies.begin(), strategies.end(), [&](Strategy strategy) {
            return strategy == Strategy::gpu || space_.strategies.count(strategy) > 0;
        });
    }

    const Costing& costing_;
    const UnitGraph& units_;
    const DesignSpace& space_;
    std::set<Mapping> seen_;
    std::vector<Change> list_;
};

bool is_dominated(const std::vector<NamedPoint>& front, const Score& score) {
    return std::any_of(front.begin(), front.end(), [&](const NamedPoint& point) {
        return point.latency <= score.latency && point.energy <= score.energy &&
               (point.latency < score.latency || point.energy < score.energy);
    });
}

}  // namespace

std::vector<DominatedPoint> dominated_neighbours(const Costing& costing, const StateSpace& states,
                                                 const DesignSpace& space,
                                                 const std::vector<NamedPoint>& front, std::size_t most) {
    Changes changes(costing, space);
    for (const NamedPoint& point : front) {
        changes.add_all(point);
    }
    const std::size_t all = changes.list().size();
    const std::size_t count = std::min(all, most);
    std::vector<DominatedPoint> points;
    for (std::size_t i = 0; i < count; ++i) {
        const Change& change = changes.list()[i * all / count];
        if (!check_mapping(costing, states, change.mapping).empty()) {
            continue;  // what is left of a run is no pipeline
        }
        const Score score = evaluate(costing, states, change.mapping);
        if (!score.infeasible && is_dominated(front, score)) {
            points.push_back({score.latency, score.energy, change.from->id, change.text});
        }
    }
    const auto place = [](const DominatedPoint& point) { return std::tie(point.latency, point.energy); };
    std::stable_sort(points.begin(), points.end(),
                     [&](const DominatedPoint& a, const DominatedPoint& b) { return place(a) < place(b); });
    points.erase(
        std::unique(points.begin(), points.end(),
                    [&](const DominatedPoint& a, const DominatedPoint& b) { return place(a) == place(b); }),
        points.end());
    return points;
}

}  // namespace cleave
