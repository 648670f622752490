// SPDX-License-Identifier: Apache-2.0
// Times, demand and power of the units of a run.
#include "cleave/partition/costing.hpp"

#include <algorithm>
#include <optional>

namespace cleave {

Nanoseconds Costing::interval_time(const LayerHardware& hardware, Hertz clock) {
    return round_exact(Seconds(static_cast<double>(hardware.interval) / clock.value()));
}

Nanoseconds Costing::own_time(const LayerHardware& hardware, Nanoseconds pace, Hertz clock) {
    return Nanoseconds(scale_up(hardware.fill_positions, pace.ticks(), hardware.positions)) +
           round_exact(Seconds(static_cast<double>(hardware.depth) / clock.value()));
}

PacedUnit Costing::paced(UnitId unit, Nanoseconds pace, Hertz clock, const LayerHardware* own) const {
    std::optional<PacedUnit> result;
    const auto include = [&](const LayerHardware& hw) {
        const Nanoseconds time = own_time(hw, pace, clock);
        const PacedUnit others = result.value_or(PacedUnit{time, time, hw.positions});
        result = PacedUnit{std::min(others.least, time), std::max(others.most, time), others.positions};
    };
    if (own != nullptr) {
        include(*own);
    }
    for (const LayerHardware& hw : hardware_.useful(unit)) {
        if (keeps(hw, pace, clock)) {
            include(hw);
        }
    }
    return result.value_or(PacedUnit{});
}

bool Costing::reaches(const LayerHardware& hardware, Hertz clock) const {
    return platform_.fpga.clock_of(hardware.choice.implementation) >= clock;
}

bool Costing::keeps(const LayerHardware& hardware, Nanoseconds pace, Hertz clock) const {
    return reaches(hardware, clock) && interval_time(hardware, clock) <= pace;
}

std::optional<Nanoseconds> Costing::longest_paying(const std::vector<UnitId>& units, Milliwatts power) const {
    const Milliwatts all_power = standing_power_ + power;
    if (all_power == Milliwatts{}) {
        return std::nullopt;
    }
    const GpuCost gpu = on_gpu(units);
    const Picojoules energy = gpu.energy + standing_power_ * gpu.time;
    return std::max(gpu.time, Nanoseconds(energy.ticks() / all_power.ticks()));
}

RunTiming Costing::timing_of(const std::vector<UnitId>& units, const std::vector<LayerHardware>& hardware,
                             Nanoseconds pace, Hertz clock) const {
    std::vector<PacedUnit> own;
    for (std::size_t i = 0; i < units.size(); ++i) {
        own.push_back(paced(units[i], pace, clock, &hardware[i]));
    }
    return time_run(graph_, units, own, pace);
}

Resources Costing::with_waits(const LayerHardware& hardware, const std::vector<RunTiming::Wait>& waits,
                              Nanoseconds pace, Hertz clock) const {
    Resources demand = hardware.resources;
    for (const auto& [id, held] : waits) {
        const Shape& map = graph_.network().output(id);
        demand +=
            platform_.fpga.delay_buffer(hardware.choice.implementation,
                                        {map.channels, held, map.positions(), cycles_within(pace, clock)});
    }
    return demand;
}

Milliwatts Costing::run_power(Hertz clock) const {
    Watts power = platform_.fpga.base_power(clock);
    if (platform_.energy_scope == EnergyScope::active) {
        power += platform_.fpga.static_power();
    }
    return round_exact(power);
}

Picojoules Costing::work_energy(std::size_t implementation, const Resources& demand, Nanoseconds pace,
                                Hertz clock) const {
    return round_exact(platform_.fpga.work_power(implementation, demand, clock) * to_si(pace));
}

}  // namespace cleave
