// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/cost/gpu.hpp"
#include "cleave/cost/link.hpp"
#include "cleave/cost/model_sheet.hpp"
#include "cleave/units/names.hpp"

namespace cleave {

/// What energy is counted. See docs/cost-models.md, "Energy scope".
enum class EnergyScope {
    /// A device's energy while it works (its idle or static power for that time included).
    active,
    /// Dynamic energy, and idle and static power of both devices and the link over the whole inference.
    system,
};
[[nodiscard]] constexpr auto names_of(EnergyScope) {
    using enum EnergyScope;
    return std::to_array<Named<EnergyScope>>({{active, "active"}, {system, "system"}});
}
static_assert(all_named<EnergyScope>());

/// How resources add up. See docs/cost-models.md, "Resource scope".
enum class ResourceScope {
    /// Everything placed on the FPGA is resident at once.
    network,
    /// Every module has the whole FPGA to itself.
    module,
};
[[nodiscard]] constexpr auto names_of(ResourceScope) {
    using enum ResourceScope;
    return std::to_array<Named<ResourceScope>>({{network, "network"}, {module, "module"}});
}
static_assert(all_named<ResourceScope>());

/// Whether the GPU pays for converting between its number format and the FPGA's where a tensor crosses.
enum class Conversion { charged, free };
[[nodiscard]] constexpr auto names_of(Conversion) {
    using enum Conversion;
    return std::to_array<Named<Conversion>>({{charged, "charged"}, {free, "free"}});
}
static_assert(all_named<Conversion>());

/// How maps get to a run on the FPGA and back.
enum class HandOver {
    /// All that goes in is in the FPGA's memory before it starts, and what comes out leaves when it is
    /// complete: the time is the sum.
    buffered,
    /// The run computes while maps cross, in both directions at once: its pace is that of the slowest of
    /// transfers in, pipeline and transfers out.
    streamed,
};
[[nodiscard]] constexpr auto names_of(HandOver) {
    using enum HandOver;
    return std::to_array<Named<HandOver>>({{buffered, "buffered"}, {streamed, "streamed"}});
}
static_assert(all_named<HandOver>());

/// Whether the unused FPGA and link of a partition that runs on the GPU alone draw their static and idle
/// power.
enum class UnusedFpga { powered, off };
[[nodiscard]] constexpr auto names_of(UnusedFpga) {
    using enum UnusedFpga;
    return std::to_array<Named<UnusedFpga>>({{powered, "powered"}, {off, "unpowered"}});
}
static_assert(all_named<UnusedFpga>());

/// Everything that the cost of a partition depends on, besides the network.
struct Platform {
    Gpu gpu;
    Fpga fpga;
    LinkModel link;
    EnergyScope energy_scope = EnergyScope::system;
    ResourceScope resource_scope = ResourceScope::network;
    Conversion conversion = Conversion::charged;
    UnusedFpga unused_fpga = UnusedFpga::powered;
    HandOver hand_over = HandOver::buffered;
};

}  // namespace cleave
