// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/dhm_csd.hpp"

#include "cleave/cost/dhm_layer.hpp"
#include "cleave/cost/rounding.hpp"

namespace cleave {

std::vector<LayerHardware> DhmCsd::variants(const LayerWork& work, const CommonFigures& common) const {
    auto layer = dhm_layer(work, common);
    if (!layer) {
        return {};
    }
    Resources& resources = layer->hardware.resources;
    resources.m20k += layer->line_blocks;
    if (layer->filters) {
        const double each = layer->filters->depthwise ? alm_per_depthwise_weight : alm_per_weight;
        resources.alm += round_up(each * static_cast<double>(layer->filters->weights()) + alm_fixed);
    }
    return {layer->hardware};
}

Resources DhmCsd::delay_buffer(const WaitingMap& map, const CommonFigures& common) {
    return {.m20k = delay_blocks(map.channels * common.bits, map.positions, common.streaming)};
}

}  // namespace cleave
