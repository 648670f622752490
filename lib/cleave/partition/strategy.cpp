// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/strategy.hpp"

#include <algorithm>

namespace cleave {
Placement::Placement(const UnitGraph& graph, const Mapping& mapping)
    : graph_(graph), kinds_(graph.size(), Decision::Kind::gpu), splits_(graph.size()), runs_(graph.size()) {
    for (std::size_t r = 0; r < mapping.runs.size(); ++r) {
        for (const LayerId layer : mapping.runs[r]) {
            const std::size_t unit = index(graph.unit_of(layer));
            kinds_[unit] = Decision::Kind::run;
            runs_[unit] = r;
        }
    }
    for (const Split& split : mapping.splits) {
        const std::size_t unit = index(graph.unit_of(split.layer));
        kinds_[unit] = Decision::Kind::split;
        splits_[unit] = split;
    }
}

Decision::Kind Placement::kind(LayerId layer) const {
    const UnitId unit = graph_.unit_of(layer);
    const bool follows_sums = kind(unit) == Decision::Kind::split &&
                              split(unit).axis == SplitAxis::channels && !graph_.is_head(layer);
    return follows_sums ? Decision::Kind::gpu : kind(unit);
}

bool is_depthwise_unit(const UnitGraph& graph, UnitId id) {
    const auto* conv = std::get_if<Conv>(&graph.network().layer(graph.unit(id).head).op);
    return conv != nullptr && conv->groups > 1 &&
           is_depthwise(*conv, graph.network().input(graph.unit(id).head));
}

bool is_pointwise_unit(const UnitGraph& graph, UnitId id) {
    const auto* conv = std::get_if<Conv>(&graph.network().layer(graph.unit(id).head).op);
    return conv != nullptr && conv->groups == 1 && conv->window.taps() == 1;
}

std::vector<Strategy> module_strategies(const UnitGraph& graph, const Mapping& mapping) {
    const Placement placement(graph, mapping);
    const std::size_t modules = graph.network().modules().size();
    struct Seen {
        bool fpga = false;
        bool split = false;
        bool depthwise_on[2] = {false, false};
        bool pointwise_on[2] = {false, false};
    };
    std::vector<Seen> seen(modules);
    bool all_on_fpga = true;
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const UnitId id = unit_id(i);
        Seen& module = seen[index(graph.unit(id).module)];
        const bool on_fpga = placement.kind(id) == Decision::Kind::run;
        module.split = module.split || placement.kind(id) == Decision::Kind::split;
        module.fpga = module.fpga || on_fpga;
        all_on_fpga = all_on_fpga && on_fpga;
        if (placement.kind(id) != Decision::Kind::split) {
            const int device = on_fpga ? 1 : 0;
            module.depthwise_on[device] = module.depthwise_on[device] || is_depthwise_unit(graph, id);
            module.pointwise_on[device] = module.pointwise_on[device] || is_pointwise_unit(graph, id);
        }
    }
    std::vector<Strategy> result;
    for (const Seen& module : seen) {
        const bool crosses = (module.depthwise_on[0] && module.pointwise_on[1]) ||
                             (module.depthwise_on[1] && module.pointwise_on[0]);
        if (all_on_fpga) {
            result.push_back(Strategy::fpga);
        } else if (module.split) {
            result.push_back(Strategy::gconv);
        } else if (!module.fpga) {
            result.push_back(Strategy::gpu);
        } else {
            result.push_back(crosses ? Strategy::dwconv : Strategy::fused);
        }
    }
    return result;
}

}  // namespace cleave
