// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/units/names.hpp"

#include <vector>

namespace cleave {

/// A layer whose cost on a device lies outside what that device's model was fitted to.
struct ExtrapolatedLayer {
    LayerId layer{};
    enum class Device { gpu, fpga } device = Device::gpu;

    friend bool operator==(const ExtrapolatedLayer&, const ExtrapolatedLayer&) = default;
};
[[nodiscard]] constexpr auto names_of(ExtrapolatedLayer::Device) {
    using enum ExtrapolatedLayer::Device;
    return std::to_array<Named<ExtrapolatedLayer::Device>>({{gpu, "gpu"}, {fpga, "fpga"}});
}
static_assert(all_named<ExtrapolatedLayer::Device>());

/// The hardware of a layer on the FPGA: what a mapping names, or else the first implementation in use.
[[nodiscard]] HardwareChoice hardware_choice(const Costing& costing, const Mapping& mapping, LayerId layer);

/// The layers of a partition that are costed by extrapolation, in network order; a split layer may be on the
/// list for each of its parts. The mapping must be valid.
[[nodiscard]] std::vector<ExtrapolatedLayer> extrapolated_layers(const Costing& costing,
                                                                 const Mapping& mapping);

}  // namespace cleave
