// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/fpga.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/network/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

bool is_outside(const std::optional<SeenRange>& range, std::int64_t value) {
    return range && (value < range->least || value > range->most);
}

}  // namespace

Fpga::Fpga(FpgaModel model, std::vector<ClockedImplementation> implementations, Resources capacity)
    : model_(std::move(model)), chosen_(std::move(implementations)), capacity_(capacity) {
    std::vector<std::size_t> numbers;
    for (const ClockedImplementation& one : chosen_) {
        if (one.number >= model_.implementations.size() || !(one.clock.value() > 0) ||
            std::count(numbers.begin(), numbers.end(), one.number) != 0) {
            throw std::invalid_argument("FPGA implementation or clock out of range");
        }
        numbers.push_back(one.number);
        clocks_.push_back(one.clock);
    }
    if (chosen_.empty()) {
        throw std::invalid_argument("an FPGA needs an implementation");
    }
    if (const auto why = unmixable(model_, numbers)) {
        throw std::invalid_argument(*why);
    }
    std::sort(clocks_.begin(), clocks_.end(), std::greater<>());
    clocks_.erase(std::unique(clocks_.begin(), clocks_.end()), clocks_.end());
    limits_ = first().form.limits(available());
}

std::optional<std::string> unmixable(const FpgaModel& model, const std::vector<std::size_t>& numbers) {
    for (const std::size_t number : numbers) {
        const Implementation& one = model.implementations[number];
        if (numbers.size() > 1 && !one.form.adds_up()) {
            return fmt::format("implementation {} can only be used alone: its memory may become logic",
                               one.name);
        }
        if (one.bits != model.implementations[numbers.front()].bits) {
            return fmt::format("implementations {} and {} have feature maps of different bits",
                               model.implementations[numbers.front()].name, one.name);
        }
    }
    return std::nullopt;
}

std::string Fpga::implementation_names() const {
    std::string names;
    for (const ClockedImplementation& one : chosen_) {
        names += (names.empty() ? "" : " + ") + implementation(one.number).name;
    }
    return names;
}

std::string Fpga::description() const {
    const auto megahertz = [](Hertz clock) { return fmt::format("{:.4g} MHz", clock.value() / 1e6); };
    if (chosen_.size() == 1) {
        return fmt::format("{}, {}", implementation_names(), megahertz(chosen_.front().clock));
    }
    std::string all;
    for (const ClockedImplementation& one : chosen_) {
        all += fmt::format("{}{} at {}", all.empty() ? "" : " + ", implementation(one.number).name,
                           megahertz(one.clock));
    }
    return all;
}

Hertz Fpga::clock_of(std::size_t number) const {
    const auto found = std::find_if(chosen_.begin(), chosen_.end(),
                                    [&](const ClockedImplementation& one) { return one.number == number; });
    if (found == chosen_.end()) {
        throw std::invalid_argument("an implementation that is not in use has no clock");
    }
    return found->clock;
}

double Fpga::usable_alm_share() const {
    double least = 1;
    for (const ClockedImplementation& one : chosen_) {
        least = std::min(least, implementation(one.number).usable_alm_share);
    }
    return least;
}

std::int64_t Fpga::usable_alm() const {
    return static_cast<std::int64_t>(std::floor(usable_alm_share() * static_cast<double>(capacity_.alm)));
}

std::vector<LayerHardware> Fpga::variants(const LayerWork& work) const {
    std::vector<LayerHardware> all;
    for (const ClockedImplementation& one : chosen_) {
        const Implementation& impl = implementation(one.number);
        for (LayerHardware& hw : impl.form.variants(work, impl)) {
            hw.choice.implementation = one.number;
            all.push_back(std::move(hw));
        }
    }
    return all;
}

std::optional<Fpga::Assumption> Fpga::assumed_weights() const {
    for (const ClockedImplementation& one : chosen_) {
        if (const auto assumed = implementation(one.number).form.assumed_weights()) {
            return Assumption{implementation(one.number).name, *assumed};
        }
    }
    return std::nullopt;
}

bool Fpga::extrapolated(const HardwareChoice& hardware, const LayerWork& work) const {
    const Shape& in = work.inputs.front();
    const auto filters = filters_of(work.op, in);
    if (!filters) {
        return false;
    }
    const auto* conv = std::get_if<Conv>(&work.op);
    const Window window = conv != nullptr ? conv->window : Window{};
    const SeenRanges& seen = implementation(hardware.implementation).seen;
    if (const auto& fold = hardware.fold) {
        const auto& multipliers =
            fold->multipliers == Multipliers::dsp ? seen.dsp_multipliers : seen.logic_multipliers;
        if (is_outside(multipliers, fold->products_per_clock(window.kernel_h))) {
            return true;
        }
    }
    return is_outside(seen.taps, filters->taps) || is_outside(seen.filters, filters->count) ||
           is_outside(seen.weights, filters->weights()) || is_outside(seen.kernel, window.kernel_h) ||
           is_outside(seen.kernel, window.kernel_w) || is_outside(seen.width, in.width) ||
           is_outside(seen.groups, conv != nullptr ? conv->groups : 1);
}

Watts Fpga::base_power(Hertz clock) const {
    Watts most;
    for (const ClockedImplementation& one : chosen_) {
        most = std::max(most, implementation(one.number).power.base_at(clock));
    }
    return most;
}

Watts Fpga::work_power(std::size_t number, const Resources& demand, Hertz clock) const {
    return implementation(number).power.work_at(clock, occupied(demand));
}

std::int64_t Fpga::map_bytes() const { return ceil_div(first().bits, 8); }

std::int64_t Fpga::partial_sum_bytes(std::int64_t taps) const {
    return ceil_div(2 * first().bits + ceil_log2(taps), 8);
}

}  // namespace cleave
