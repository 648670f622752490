// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/evaluate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cleave {
namespace {

class MappingCheck {
public:
    MappingCheck(const Costing& costing, const StateSpace& states) : costing_(costing), states_(states) {}

    std::vector<MappingFault> placement(const Mapping& mapping) {
        for (const FpgaRun& run : mapping.runs) {
            for (const LayerId layer : run) {
                check_layer(layer);
            }
        }
        for (const Split& split : mapping.splits) {
            if (check_layer(split.layer)) {
                check_split(split);
            }
        }
        if (faults_.empty()) {
            for (const FpgaRun& run : mapping.runs) {
                check_run(run);
            }
        }
        if (faults_.empty()) {
            check_order(mapping);
        }
        return faults_;
    }

    std::vector<MappingFault> hardware(const Mapping& mapping) {
        check_hardware(mapping);
        return faults_;
    }

private:
    [[nodiscard]] const std::string& name(LayerId layer) const {
        return costing_.graph().network().layer(layer).name;
    }

    void fault(LayerId layer, std::string message) { faults_.push_back({layer, std::move(message)}); }

    bool check_layer(LayerId layer) {
        const UnitGraph& graph = costing_.graph();
        if (std::holds_alternative<Input>(graph.network().layer(layer).op)) {
            fault(layer, "the network input is not computed anywhere");
            return false;
        }
        if (!graph.is_head(layer)) {
            fault(layer, fmt::format("'{}' goes along with '{}': name that layer instead", name(layer),
                                     name(graph.unit(graph.unit_of(layer)).head)));
            return false;
        }
        if (!seen_.insert(layer).second) {
            fault(layer, fmt::format("layer '{}' is placed twice", name(layer)));
            return false;
        }
        return true;
    }

    void check_split(const Split& split) {
        const UnitId unit = costing_.graph().unit_of(split.layer);
        const std::int64_t extent = costing_.split_extent(unit, split.axis);
        const std::string axis = name_of(split.axis);
        if (extent == 0) {
            fault(split.layer, fmt::format("layer '{}' cannot be split along {}", name(split.layer), axis));
        } else if (split.fpga_share < 1 || split.fpga_share >= extent) {
            fault(split.layer, fmt::format("fpga_share must be 1 to {} of the {} {} of '{}', not {}",
                                           extent - 1, extent, axis, name(split.layer), split.fpga_share));
        } else if (!split.picked.empty() && split.picked.back() >= extent) {
            fault(split.layer, fmt::format("picked must be numbers from 0 to {} of the {} of '{}', not {}",
                                           extent - 1, axis, name(split.layer), split.picked.back()));
        } else if (split.picked != costing_.picked(split.layer, split.axis, split.fpga_share)) {
            fault(split.layer,
                  costing_.weights() == nullptr
                      ? fmt::format("which {} of '{}' are picked counts only where the weights are known "
                                    "(--weights)",
                                    axis, name(split.layer))
                      : fmt::format(
                            "the logic of these {} of '{}' is not known, only that of others (--weights with "
                            "the model counts any)",
                            axis, name(split.layer)));
        } else if (costing_.hardware().of_split(unit, split.axis, split.fpga_share).empty()) {
            fault(split.layer,
                  fmt::format("the FPGA has no hardware for what follows '{}'", name(split.layer)));
        }
    }

    void check_run(const FpgaRun& run) {
        const UnitGraph& graph = costing_.graph();
        std::vector<UnitId> units;
        for (const LayerId layer : run) {
            units.push_back(graph.unit_of(layer));
            if (costing_.hardware().of(units.back()).empty()) {
                fault(layer, fmt::format("the FPGA has no hardware for layer '{}'", name(layer)));
            }
        }
        if (units.empty()) {
            fault(LayerId{}, "a run needs a layer");
            return;
        }
        if (!costing_.is_connected(units)) {
            fault(run.front(),
                  fmt::format("the run from '{}' to '{}' is not one pipeline: its layers are not connected",
                              name(run.front()), name(run.back())));
        }
        const bool one_module = graph.unit(units.front()).module == graph.unit(units.back()).module;
        if (costing_.platform().resource_scope == ResourceScope::module && !one_module) {
            fault(run.front(),
                  fmt::format("the run from '{}' to '{}' leaves its module, which resources.scope: module "
                              "does not allow",
                              name(run.front()), name(run.back())));
        }
    }

    void check_hardware(const Mapping& mapping) {
        for (const StageGroup& group : groups_of(costing_.graph(), mapping)) {
            if (costing_.hardware_of(group)) {
                continue;
            }
            for (std::size_t i = 0; i < group.units.size(); ++i) {
                StageGroup one{{group.units[i]}, group.axis, group.share};
                if (!group.hardware.empty()) {
                    one.hardware = {group.hardware[i]};
                }
                if (!costing_.hardware_of(one)) {
                    const LayerId layer = costing_.graph().unit(group.units[i]).head;
                    if (group.hardware.empty()) {
                        fault(layer, fmt::format("layer '{}' can be on the FPGA in several ways: say which",
                                                 name(layer)));
                    } else {
                        faults_.push_back(
                            {layer,
                             fmt::format(
                                 "the FPGA has no such hardware for layer '{}' ({})", name(layer),
                                 describe(costing_.hardware().of(group.units[i], group.axis, group.share))),
                             true});
                    }
                }
            }
        }
    }

    /// What a layer may be, implementation by implementation.
    [[nodiscard]] std::string describe(const std::vector<LayerHardware>& all) const {
        struct Folds {
            std::set<std::int64_t> pe;
            std::set<std::int64_t> simd;
            std::set<std::string> multipliers;
            bool columns = false;
        };
        std::map<std::size_t, Folds> by_implementation;
        for (const LayerHardware& hw : all) {
            Folds& folds = by_implementation[hw.choice.implementation];
            if (const auto& fold = hw.choice.fold) {
                folds.pe.insert(fold->pe);
                folds.simd.insert(fold->simd);
                folds.multipliers.insert(name_of(fold->multipliers));
                folds.columns = folds.columns || fold->columns;
            }
        }
        std::vector<std::string> texts;
        for (const auto& [number, folds] : by_implementation) {
            const std::string& implementation = costing_.platform().fpga.implementation(number).name;
            texts.push_back(folds.pe.empty()
                                ? implementation + " without a fold"
                                : fmt::format("{} with pe {}; simd {}; multipliers {}; {}", implementation,
                                              fmt::join(folds.pe, ", "), fmt::join(folds.simd, ", "),
                                              fmt::join(folds.multipliers, " or "),
                                              folds.columns ? "with or without columns" : "no columns"));
        }
        return fmt::format("allowed: {}", fmt::join(texts, "; or "));
    }

    /// Nothing can start: names a run that waits for itself if there is one, else the first that waits.
    void report_stuck(const Mapping& mapping, const FpgaRun& waiting) {
        for (const FpgaRun& run : mapping.runs) {
            if (!is_convex(run)) {
                fault(run.front(),
                      fmt::format("the run from '{}' to '{}' cannot be one pipeline: a layer between its "
                                  "layers is not in it",
                                  name(run.front()), name(run.back())));
                return;
            }
        }
        fault(waiting.front(),
              fmt::format("the run from '{}' to '{}' cannot start: it and other runs wait for each other",
                          name(waiting.front()), name(waiting.back())));
    }

    /// False if a layer outside the run needs something from it and something in it needs that layer.
    [[nodiscard]] bool is_convex(const FpgaRun& run) const {
        const UnitGraph& graph = costing_.graph();
        std::set<UnitId> inside;
        for (const LayerId layer : run) {
            inside.insert(graph.unit_of(layer));
        }
        std::set<UnitId> behind;
        for (std::size_t i = 0; i < graph.size(); ++i) {
            const UnitId unit = unit_id(i);
            const auto& producers = graph.unit(unit).producers;
            const auto any_in = [&](const std::set<UnitId>& set) {
                return std::any_of(producers.begin(), producers.end(),
                                   [&](UnitId p) { return set.contains(p); });
            };
            if (inside.contains(unit)) {
                if (any_in(behind)) {
                    return false;
                }
            } else if (any_in(inside) || any_in(behind)) {
                behind.insert(unit);
            }
        }
        return true;
    }

    /// Places everything greedily: a run can start once all it reads from outside is there. The order does
    /// not matter (what can start stays startable), so getting stuck means that runs wait for each other or
    /// for themselves.
    void check_order(const Mapping& mapping) {
        const UnitGraph& graph = costing_.graph();
        const Placement placement(graph, mapping);
        StateId at = states_.start();
        while (at != states_.end()) {
            StateId next = at;
            for (const UnitId unit : states_.ready(at)) {
                if (placement.kind(unit) != Decision::Kind::run) {
                    next = states_.after(at, unit);
                    break;
                }
                std::vector<UnitId> units;
                for (const LayerId layer : mapping.runs[placement.run(unit)]) {
                    units.push_back(graph.unit_of(layer));
                }
                if (const auto after = states_.after_all(at, units)) {
                    next = *after;
                    break;
                }
            }
            if (next == at) {
                report_stuck(mapping, mapping.runs[placement.run(states_.ready(at).front())]);
                return;
            }
            at = next;
        }
    }

    const Costing& costing_;
    const StateSpace& states_;
    std::set<LayerId> seen_;
    std::vector<MappingFault> faults_;
};

}  // namespace

std::vector<MappingFault> check_placement(const Costing& costing, const StateSpace& states,
                                          const Mapping& mapping) {
    return MappingCheck(costing, states).placement(mapping);
}

std::vector<MappingFault> check_mapping(const Costing& costing, const StateSpace& states,
                                        const Mapping& mapping) {
    const std::vector<MappingFault> faults = check_placement(costing, states, mapping);
    return faults.empty() ? MappingCheck(costing, states).hardware(mapping) : faults;
}

}  // namespace cleave
