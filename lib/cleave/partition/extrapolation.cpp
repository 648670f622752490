// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/extrapolation.hpp"

#include "cleave/partition/strategy.hpp"

#include <algorithm>

namespace cleave {

HardwareChoice hardware_choice(const Costing& costing, const Mapping& mapping, LayerId layer) {
    const auto choice = std::find_if(mapping.hardware.begin(), mapping.hardware.end(),
                                     [&](const LayerChoice& c) { return c.layer == layer; });
    return choice != mapping.hardware.end()
               ? choice->hardware
               : HardwareChoice{costing.platform().fpga.implementations().front().number, std::nullopt};
}

std::vector<ExtrapolatedLayer> extrapolated_layers(const Costing& costing, const Mapping& mapping) {
    using Device = ExtrapolatedLayer::Device;
    const UnitGraph& graph = costing.graph();
    const Platform& platform = costing.platform();
    const Placement placement(graph, mapping);
    std::vector<ExtrapolatedLayer> found;
    const auto note = [&](LayerId layer, Device device, const LayerWork& work) {
        const bool outside = device == Device::gpu
                                 ? platform.gpu.extrapolated(work)
                                 : platform.fpga.extrapolated(hardware_choice(costing, mapping, layer), work);
        if (outside) {
            found.push_back({layer, device});
        }
    };
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const UnitId unit = unit_id(i);
        const LayerId head = graph.unit(unit).head;
        const LayerWork whole = whole_layer(graph.network(), head);
        switch (placement.kind(unit)) {
            case Decision::Kind::gpu: note(head, Device::gpu, whole); break;
            case Decision::Kind::run: note(head, Device::fpga, whole); break;
            case Decision::Kind::split: {
                const Split& split = placement.split(unit);
                const std::int64_t rest = costing.split_extent(unit, split.axis) - split.fpga_share;
                note(head, Device::gpu, slice_layer(whole, split.axis, rest));
                note(head, Device::fpga, slice_layer(whole, split.axis, split.fpga_share));
                break;
            }
        }
    }
    return found;
}

}  // namespace cleave
