// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/stand_ins.hpp"

#include <algorithm>

namespace cleave {
namespace {

bool is_other(const Network& network, std::size_t i) {
    return std::holds_alternative<Other>(network.layer(layer_id(i)).op);
}

/// Layers that are on the FPGA in part, or whole: by LayerId.
struct OnFpga {
    std::vector<bool> any;
    std::vector<bool> whole;
};

OnFpga on_fpga(const Network& network, const Plan& plan) {
    const std::size_t count = network.layers().size();
    OnFpga result{std::vector<bool>(count, false), std::vector<bool>(count, false)};
    for (const LayerPart& part : plan.parts) {
        const bool here = part.device == StepDevice::fpga;
        result.any[index(part.layer)] = result.any[index(part.layer)] || here;
        result.whole[index(part.layer)] = here && !part.axis;
    }
    return result;
}

}  // namespace

void mark_stand_ins(const Network& network, Plan& plan) {
    const std::size_t count = network.layers().size();
    const OnFpga there = on_fpga(network, plan);
    std::vector<bool> stand_in(count, false);
    for (std::size_t i = 0; i < count; ++i) {
        const auto& inputs = network.layer(layer_id(i)).inputs;
        const bool behind =
            std::any_of(inputs.begin(), inputs.end(), [&](LayerId in) { return stand_in[index(in)]; });
        // What the FPGA computes, it computes from what is recorded.
        stand_in[i] = is_other(network, i) || (behind && !there.whole[i]);
    }
    std::vector<bool> feeds_fpga = there.any;
    for (std::size_t i = count; i-- > 0;) {
        for (const LayerId in : network.layer(layer_id(i)).inputs) {
            feeds_fpga[index(in)] = feeds_fpga[index(in)] || feeds_fpga[i];
        }
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (is_other(network, i)) {
            plan.copied.push_back(layer_id(i));
            if (feeds_fpga[i]) {
                plan.copied_before_fpga.push_back(layer_id(i));
            }
        }
    }
    for (PlanTensor& tensor : plan.tensors) {
        const bool from_gpu = tensor.from && plan.step(*tensor.from).device == StepDevice::gpu;
        tensor.stand_in = from_gpu && stand_in[index(tensor.layer)];
    }
}

}  // namespace cleave
