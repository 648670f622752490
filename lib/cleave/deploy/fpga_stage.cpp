// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/fpga_stage.hpp"

#include "cleave/deploy/split_layer.hpp"

#include <cmath>
#include <utility>

namespace cleave {
namespace {

/// y = factor x + offset, channel by channel.
struct Affine {
    std::vector<double> factor;
    std::vector<double> offset;
};

Affine affine_of(const LayerParameters& norm) {
    Affine result;
    for (std::size_t c = 0; c < norm.scale.size(); ++c) {
        const double factor = static_cast<double>(norm.scale[c]) /
                              std::sqrt(static_cast<double>(norm.variance[c]) + norm.epsilon);
        result.factor.push_back(factor);
        result.offset.push_back(static_cast<double>(norm.shift[c]) -
                                static_cast<double>(norm.mean[c]) * factor);
    }
    return result;
}

/// Batch norm into the weights and bias of what is before it.
void fold(LayerParameters& parameters, const Affine& norm) {
    const std::size_t filters = norm.factor.size();
    const std::size_t each = parameters.weights.size() / filters;
    parameters.bias.resize(filters, 0.0F);
    for (std::size_t f = 0; f < filters; ++f) {
        for (std::size_t i = f * each; i < (f + 1) * each; ++i) {
            parameters.weights[i] = static_cast<float>(parameters.weights[i] * norm.factor[f]);
        }
        parameters.bias[f] = static_cast<float>(parameters.bias[f] * norm.factor[f] + norm.offset[f]);
    }
}

void set_bias(Op& op) {
    if (auto* conv = std::get_if<Conv>(&op)) {
        conv->bias = true;
    } else if (auto* fc = std::get_if<FullyConnected>(&op)) {
        fc->bias = true;
    }
}

/// A batch norm as a convolution with one weight a channel.
void become_convolution(FpgaStage& stage) {
    const Affine norm = affine_of(stage.parameters);
    const auto channels = static_cast<std::int64_t>(norm.factor.size());
    Conv conv;
    conv.filters = conv.groups = channels;
    stage.op = conv;
    stage.parameters = {};
    stage.parameters.weights.assign(norm.factor.begin(), norm.factor.end());
    stage.parameters.bias.assign(norm.offset.begin(), norm.offset.end());
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
                fold(last.parameters, affine_of(parameters_of(layer)));
                set_bias(last.op);
                last.output = layer;
                break;
            case FollowerRole::clamp:
                last.clamp = std::get<Activation>(network_.layer(layer).op);
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
