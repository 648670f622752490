// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/complete_mapping.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace cleave {
namespace {

/// The speed that a pipeline is built for.
struct Speed {
    Nanoseconds pace;
    Hertz clock;
};

class Completer {
public:
    Completer(const Costing& costing, Mapping mapping) : costing_(costing), mapping_(std::move(mapping)) {
        for (const LayerChoice& choice : mapping_.hardware) {
            named_.emplace(choice.layer, choice.hardware);
        }
    }

    Mapping run() {
        const std::vector<StageGroup> groups = groups_of(costing_.graph(), mapping_);
        for (const StageGroup& group : groups) {
            if (const auto hardware = costing_.hardware_of(group)) {
                add(group, *hardware);
            }
        }
        for (const StageGroup& group : groups) {
            if (!costing_.hardware_of(group)) {
                choose(group);
            }
        }
        normalize(mapping_);
        return std::move(mapping_);
    }

private:
    using Candidates = std::vector<std::vector<LayerHardware>>;

    void choose(const StageGroup& group) {
        const Candidates candidates = candidates_of(group);
        std::optional<std::vector<LayerHardware>> best;
        double least_miss = std::numeric_limits<double>::infinity();
        for (const Speed& speed : speeds(group, candidates)) {
            std::vector<LayerHardware> hardware = smallest(candidates, speed);
            const double miss = miss_of(group, hardware);
            if (miss < least_miss) {
                best = std::move(hardware);
                least_miss = miss;
            }
            if (miss == 0) {
                break;
            }
        }
        add(group, best.value());
    }

    /// What each unit can be: any useful hardware, or the one that is named.
    [[nodiscard]] Candidates candidates_of(const StageGroup& group) const {
        Candidates all;
        for (const UnitId unit : group.units) {
            const std::vector<LayerHardware> possible =
                group.axis ? costing_.hardware().of_split(unit, *group.axis, group.share)
                           : costing_.hardware().of(unit);
            const auto name = named_.find(costing_.graph().unit(unit).head);
            const auto found = std::find_if(possible.begin(), possible.end(), [&](const LayerHardware& hw) {
                return name != named_.end() && hw.choice == name->second;
            });
            all.push_back(found == possible.end() ? keep_useful(possible) : std::vector{*found});
        }
        return all;
    }

    /// Those at which each unit has hardware, fastest first. Nothing is faster than what streams in and out.
    [[nodiscard]] std::vector<Speed> speeds(const StageGroup& group, const Candidates& candidates) const {
        std::vector<Speed> all;
        for (const Hertz clock : costing_.platform().fpga.clocks()) {
            Nanoseconds least = transfers(group, candidates);
            bool possible = true;
            for (const auto& of_unit : candidates) {
                std::optional<Nanoseconds> fastest;
                for (const LayerHardware& hw : of_unit) {
                    if (costing_.reaches(hw, clock)) {
                        const Nanoseconds pace = Costing::interval_time(hw, clock);
                        fastest = std::min(fastest.value_or(pace), pace);
                    }
                }
                possible = possible && fastest;
                least = std::max(least, fastest.value_or(least));
            }
            for (const auto& of_unit : possible ? candidates : Candidates{}) {
                for (const LayerHardware& hw : of_unit) {
                    if (costing_.reaches(hw, clock)) {
                        all.push_back({std::max(least, Costing::interval_time(hw, clock)), clock});
                    }
                }
            }
        }
        std::sort(all.begin(), all.end(), [](const Speed& a, const Speed& b) {
            return a.pace == b.pace ? a.clock > b.clock : a.pace < b.pace;
        });
        all.erase(std::unique(
                      all.begin(), all.end(),
                      [](const Speed& a, const Speed& b) { return a.pace == b.pace && a.clock == b.clock; }),
                  all.end());
        return all;
    }

    [[nodiscard]] Nanoseconds transfers(const StageGroup& group, const Candidates& candidates) const {
        if (costing_.platform().hand_over != HandOver::streamed) {
            return {};
        }
        std::vector<LayerHardware> any;
        for (const auto& of_unit : candidates) {
            any.push_back(of_unit.front());
        }
        const GroupCost cost = cost_of(group, std::move(any));
        return std::max(cost.to_fpga, cost.to_gpu);
    }

    /// The smallest hardware of each unit at a speed at which each has one.
    [[nodiscard]] std::vector<LayerHardware> smallest(const Candidates& candidates,
                                                      const Speed& speed) const {
        std::vector<LayerHardware> result;
        for (const auto& of_unit : candidates) {
            const LayerHardware* best = nullptr;
            for (const LayerHardware& hw : of_unit) {
                if (costing_.keeps(hw, speed.pace, speed.clock) &&
                    (best == nullptr || size_key(hw) < size_key(*best))) {
                    best = &hw;
                }
            }
            result.push_back(*best);
        }
        return result;
    }

    [[nodiscard]] std::pair<double, HardwareChoice> size_key(const LayerHardware& hardware) const {
        double share = 0;
        for (const CapacityLimit& limit : costing_.platform().fpga.limits()) {
            const FpgaRefusal use{limit.resource, limit.use(hardware.resources), limit.limit};
            share = std::max(share, use.ratio());
        }
        return {share, hardware.choice};
    }

    [[nodiscard]] GroupCost cost_of(const StageGroup& group, std::vector<LayerHardware> hardware) const {
        return group.axis ? costing_.split(group.units.front(), *group.axis, group.share, hardware.front())
                          : costing_.run(group.units, std::move(hardware));
    }

    /// 0 if a group fits beside what is there; else how many times the limit that is exceeded most is needed.
    [[nodiscard]] double miss_of(const StageGroup& group, const std::vector<LayerHardware>& hardware) {
        const auto refusal = costing_.refusal(resident(group) + cost_of(group, hardware).demand);
        return refusal ? refusal->ratio() : 0;
    }

    /// Demand of what is on the FPGA at the same time as a group.
    Resources& resident(const StageGroup& group) {
        const bool by_module = costing_.platform().resource_scope == ResourceScope::module;
        return resident_[by_module ? costing_.graph().unit(group.units.front()).module : ModuleId{}];
    }

    void add(const StageGroup& group, const std::vector<LayerHardware>& hardware) {
        resident(group) += cost_of(group, hardware).demand;
        for (std::size_t i = 0; i < group.units.size(); ++i) {
            const LayerId head = costing_.graph().unit(group.units[i]).head;
            if (named_.emplace(head, hardware[i].choice).second) {
                mapping_.hardware.push_back({head, hardware[i].choice});
            }
        }
    }

    const Costing& costing_;
    Mapping mapping_;
    std::map<LayerId, HardwareChoice> named_;
    std::map<ModuleId, Resources> resident_;
};

}  // namespace

Mapping complete_mapping(const Costing& costing, Mapping mapping) {
    if (mapping.hardware.empty() && !costing.has_choices()) {
        return mapping;
    }
    return Completer(costing, std::move(mapping)).run();
}

}  // namespace cleave
