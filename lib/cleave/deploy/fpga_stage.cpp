// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/fpga_stage.hpp"

#include "cleave/deploy/split_layer.hpp"
#include "cleave/network/fold_norm.hpp"

#include <utility>

namespace cleave {
namespace {

void set_bias(Op& op) {
    if (auto* conv = std::get_if<Conv>(&op)) {
        conv->bias = true;
    } else if (auto* fc = std::get_if<FullyConnected>(&op)) {
        fc->bias = true;
    }
}

/// A batch norm as a convolution with one weight a channel.
void become_convolution(FpgaStage& stage) {
    stage.parameters = norm_as_filters(stage.parameters);
    const auto channels = static_cast<std::int64_t>(stage.parameters.weights.size());
    Conv conv;
    conv.filters = conv.groups = channels;
    stage.op = conv;
}

class Stages {
public:
    Stages(const UnitGraph& units, const Parameters& parameters, const ComputeUnit& unit)
        : network_(units.network()), parameters_(parameters), unit_(units.unit(unit.unit)) {
        start(unit);
    }

    std::vector<FpgaStage> run() {
        const std::vector<FollowerRole> roles = follower_roles(network_, unit_);
        for (std::size_t i = 0; stages_.front().complete && i < roles.size(); ++i) {
            follow(unit_.layers[i + 1], roles[i]);
        }
        return std::move(stages_);
    }

private:
    void start(const ComputeUnit& unit) {
        FpgaStage stage;
        stage.layer = stage.output = unit_.head;
        stage.reads = unit_.reads;
        stage.op = network_.layer(unit_.head).op;
        stage.shape = network_.output(unit_.head);
        stage.channels = {0, stage.shape.channels};
        if (unit.split) {
            ConvSide side = conv_side(network_, parameters_[index(unit_.head)], *unit.split, unit.share);
            stage.op = side.conv;
            stage.parameters = std::move(side.parameters);
            stage.channels = side_of(network_, *unit.split, unit.share).output_channels;
            stage.shape.channels = stage.channels.count;
            stage.complete = unit.split->axis != SplitAxis::channels;
        } else {
            stage.parameters = parameters_[index(unit_.head)];
        }
        if (std::holds_alternative<BatchNorm>(stage.op)) {
            become_convolution(stage);
        }
        stages_.push_back(std::move(stage));
    }

    void follow(LayerId layer, FollowerRole role) {
        FpgaStage& last = stages_.back();
        switch (role) {
            case FollowerRole::folded:
                fold_norm(last.parameters, affine_of(parameters_of(layer)));
                set_bias(last.op);
                last.output = layer;
                break;
            case FollowerRole::clamp:
                last.clamp = std::get<Activation>(network_.layer(layer).op);
                last.unclamped = last.output;
                last.clamp_layer = last.output = layer;
                break;
            case FollowerRole::nothing: last.output = layer; break;
            case FollowerRole::hardware: add_stage(layer); break;
        }
    }

    void add_stage(LayerId layer) {
        FpgaStage stage;
        stage.layer = stage.output = layer;
        stage.reads = {stages_.back().output};
        stage.op = network_.layer(layer).op;
        stage.parameters = parameters_of(layer);
        stage.channels = stages_.back().channels;
        stage.shape = stages_.back().shape;
        if (std::holds_alternative<BatchNorm>(stage.op)) {
            become_convolution(stage);
        }
        stages_.push_back(std::move(stage));
    }

    [[nodiscard]] LayerParameters parameters_of(LayerId layer) const {
        return parameters_of_channels(parameters_[index(layer)], stages_.back().channels);
    }

    const Network& network_;
    const Parameters& parameters_;
    const Unit& unit_;
    std::vector<FpgaStage> stages_;
};

}  // namespace

std::vector<FpgaStage> fpga_stages(const UnitGraph& units, const Parameters& parameters,
                                   const ComputeUnit& unit) {
    return Stages(units, parameters, unit).run();
}

bool keeps_format(const FpgaStage& stage) {
    const auto* pool = std::get_if<Pool>(&stage.op);
    return std::holds_alternative<Activation>(stage.op) || std::holds_alternative<Slice>(stage.op) ||
           std::holds_alternative<Shuffle>(stage.op) || std::holds_alternative<Flatten>(stage.op) ||
           std::holds_alternative<Dropout>(stage.op) || (pool != nullptr && pool->kind == PoolKind::max);
}

}  // namespace cleave
