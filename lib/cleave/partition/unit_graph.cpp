// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/unit_graph.hpp"

#include "cleave/network/parameters.hpp"

#include <algorithm>

namespace cleave {
namespace {

bool can_follow(const Op& op) {
    return std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Activation>(op) ||
           std::holds_alternative<Dropout>(op);
}

template <class T>
void push_unique(std::vector<T>& list, const T& value) {
    if (std::find(list.begin(), list.end(), value) == list.end()) {
        list.push_back(value);
    }
}

}  // namespace

UnitGraph::UnitGraph(const Network& network) : network_(network), unit_of_(network.layers().size()) {
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const LayerId id = layer_id(i);
        const Layer& layer = network.layer(id);
        if (std::holds_alternative<Input>(layer.op)) {
            continue;
        }
        const LayerId before = layer.inputs.front();
        const bool follows = can_follow(layer.op) &&
                             !std::holds_alternative<Input>(network.layer(before).op) &&
                             network.readers(before).size() == 1 && !network.is_result(before) &&
                             network.layer(before).module == layer.module;
        if (follows) {
            Unit& unit = units_[index(unit_of_[index(before)])];
            unit.layers.push_back(id);
            unit.output = id;
            unit_of_[i] = unit_of_[index(before)];
            continue;
        }
        Unit unit;
        unit.head = unit.output = id;
        unit.layers = {id};
        unit.module = layer.module;
        unit_of_[i] = unit_id(units_.size());
        for (const LayerId in : layer.inputs) {
            unit.reads.push_back(in);
            if (!std::holds_alternative<Input>(network.layer(in).op)) {
                push_unique(unit.producers, unit_of_[index(in)]);
            }
        }
        for (const UnitId producer : unit.producers) {
            units_[index(producer)].readers.push_back(unit_of_[i]);
        }
        units_.push_back(std::move(unit));
    }
}

bool UnitGraph::is_head(LayerId layer) const {
    return !std::holds_alternative<Input>(network_.layer(layer).op) && unit(unit_of(layer)).head == layer;
}

bool UnitGraph::is_wiring(UnitId id) const {
    const Op& op = network_.layer(unit(id).head).op;
    return std::holds_alternative<Concat>(op) || std::holds_alternative<Slice>(op) ||
           std::holds_alternative<Shuffle>(op) || std::holds_alternative<Flatten>(op) ||
           std::holds_alternative<Dropout>(op);
}

std::vector<FollowerRole> follower_roles(const Network& network, const Unit& unit) {
    bool folds = filters_of(network.layer(unit.head).op, network.input(unit.head)).has_value();
    bool clamps = folds;
    std::vector<FollowerRole> roles;
    for (std::size_t i = 1; i < unit.layers.size(); ++i) {
        const Op& op = network.layer(unit.layers[i]).op;
        const auto* activation = std::get_if<Activation>(&op);
        const bool is_norm = std::holds_alternative<BatchNorm>(op);
        const bool is_clamp = activation != nullptr && clamps_only(activation->kind);
        roles.push_back(is_norm && folds                      ? FollowerRole::folded
                        : is_clamp && clamps                  ? FollowerRole::clamp
                        : std::holds_alternative<Dropout>(op) ? FollowerRole::nothing
                                                              : FollowerRole::hardware);
        folds = folds && is_norm;
        clamps = clamps && !is_clamp;
    }
    return roles;
}

}  // namespace cleave
