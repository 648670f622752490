// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/fpga.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t ceil_log2(std::int64_t value) {
    return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(value - 1)));
}

std::int64_t round_up(double value) { return static_cast<std::int64_t>(std::ceil(std::max(value, 0.0))); }

/// A convolution as DHM sees it: N filters of t taps each.
struct Filters {
    std::int64_t count = 0;
    std::int64_t taps = 0;
    bool depthwise = false;
};

/// Convolutions and fully connected layers; nothing for anything else.
std::optional<Filters> filters_of(const LayerWork& work) {
    const Shape& in = work.inputs.front();
    if (const auto* conv = std::get_if<Conv>(&work.op)) {
        return Filters{conv->filters, in.channels / conv->groups * conv->window.taps(),
                       is_depthwise(*conv, in)};
    }
    if (const auto* fc = std::get_if<FullyConnected>(&work.op)) {
        return Filters{fc->features, in.channels, false};
    }
    return std::nullopt;
}

/// M20K that hold lines: where lines can become logic, line buffers and delays take the most.
Resources line_memory(const ImplementationForm& form, std::int64_t blocks) {
    const std::int64_t dear = std::holds_alternative<DhmFitted>(form) ? blocks : 0;
    return {0, 0, blocks, dear, dear};
}

Resources filter_resources(const DhmFitted& form, const Filters& f) {
    const auto count = static_cast<double>(f.count);
    const auto taps = static_cast<double>(f.taps);
    const DelayDemand lines = form.lines(count, taps);
    Resources demand;
    demand.alm = round_up(form.alm(count, taps, form.delayed_taps(taps)));
    // Rounded as sums, so that a layer is off by half a block at most.
    demand.m20k_dearest = std::llround(lines.long_lines);
    demand.m20k_dear = std::llround(lines.long_lines + lines.middle_lines);
    demand.m20k = std::llround(lines.long_lines + lines.middle_lines + lines.short_lines);
    return demand;
}

Resources filter_resources(const DhmCsd& form, const Filters& f) {
    const double each = f.depthwise ? form.alm_per_depthwise_weight : form.alm_per_weight;
    return {round_up(each * static_cast<double>(f.count * f.taps) + form.alm_fixed), 0, 0};
}

class Mapper {
public:
    Mapper(const Implementation& implementation, const LayerWork& work)
        : impl_(implementation), work_(work) {}

    [[nodiscard]] LayerHardware conv(const Conv& conv) const {
        const Filters f = filters_of(work_).value();
        LayerHardware hw = stream(conv.window, f.taps);
        hw.resources += filters(f);
        return hw;
    }

    /// Batch norm that cannot be folded into a convolution before it: one constant multiplier a channel.
    [[nodiscard]] LayerHardware scale() const {
        LayerHardware hw = stream(Window{}, 1);
        hw.resources += filters({in().channels, 1, true});
        return hw;
    }

    [[nodiscard]] LayerHardware fully_connected() const {
        LayerHardware hw = stream(Window{}, in().channels);
        hw.resources += filters(filters_of(work_).value());
        return hw;
    }

    [[nodiscard]] LayerHardware pool(const Pool& pool) const {
        const std::int64_t taps = pool.window.taps();
        LayerHardware hw = stream(pool.window, taps);
        const double each =
            pool.kind == PoolKind::max ? impl_.streaming.alm_per_compare : impl_.streaming.alm_per_add;
        const double window =
            taps > 1 ? impl_.streaming.alm_per_window_bit * static_cast<double>(impl_.bits * taps) : 0;
        hw.resources.alm += per_channel(each * static_cast<double>(taps - 1) + window);
        return hw;
    }

    /// One accumulator a channel, wide enough for the sum over all positions.
    [[nodiscard]] LayerHardware global_average() const {
        LayerHardware hw = stream(Window{}, 1);
        const auto bits = static_cast<double>(impl_.bits + ceil_log2(in().positions()));
        hw.resources.alm += per_channel(impl_.streaming.alm_per_add * bits / static_cast<double>(impl_.bits));
        return hw;
    }

    [[nodiscard]] LayerHardware per_element(double alm) const {
        LayerHardware hw = stream(Window{}, 1);
        hw.resources.alm += per_channel(alm);
        return hw;
    }

    /// Concat, slice, shuffle: wires.
    [[nodiscard]] LayerHardware wires() const {
        LayerHardware hw;
        hw.interval = hw.positions = in().positions();
        return hw;
    }

private:
    [[nodiscard]] const Shape& in() const { return work_.inputs.front(); }

    [[nodiscard]] std::int64_t per_channel(double alm) const {
        return round_up(alm * static_cast<double>(work_.output.channels));
    }

    [[nodiscard]] Resources filters(const Filters& f) const {
        return std::visit([&](const auto& form) { return filter_resources(form, f); }, impl_.form);
    }

    /// One input position a clock, through line buffers for all rows of the window but one.
    [[nodiscard]] LayerHardware stream(const Window& w, std::int64_t taps) const {
        LayerHardware hw;
        hw.positions = in().positions();
        hw.interval = hw.positions;
        hw.depth = impl_.pipeline_stages + ceil_log2(std::max<std::int64_t>(taps, 1));
        switch (impl_.fill) {
            case FillRule::full_window:
                hw.fill_positions = (w.extent_h() - 1) * in().width + w.extent_w();
                break;
            case FillRule::half_window:
                hw.fill_positions = w.extent_h() / 2 * in().width + w.extent_w() / 2;
                break;
        }
        hw.fill_positions = std::min(hw.fill_positions, hw.positions);
        const std::int64_t line_bits = impl_.bits * in().channels * (w.extent_h() - 1);
        hw.resources = line_memory(impl_.form, ceil_div(line_bits, impl_.streaming.m20k_word_bits) *
                                                   ceil_div(in().width, impl_.streaming.m20k_words));
        return hw;
    }

    const Implementation& impl_;
    const LayerWork& work_;
};

std::vector<CapacityLimit> make_limits(const Implementation& impl, const Resources& capacity,
                                       std::int64_t alm) {
    std::vector<CapacityLimit> limits{{"alm", 1, 0, 0, alm}, {"dsp", 0, 1, 0, capacity.dsp}};
    if (const auto* fitted = std::get_if<DhmFitted>(&impl.form)) {
        // Lines that find no free block become logic, cheapest first. The logic of summed demand is then the
        // largest of linear forms, in which all blocks beyond the first M cost what the k cheapest classes
        // cost and at most as much as class k: one limit for each.
        const std::int64_t one = fitted->short_lines.alm;
        const std::int64_t two = fitted->middle_lines.alm;
        const std::int64_t three = fitted->long_line_alm;
        limits.push_back({"alm", 1, 0, one, alm + one * capacity.m20k});
        limits.push_back({"alm", 1, 0, one, alm + two * capacity.m20k, two - one});
        limits.push_back({"alm", 1, 0, one, alm + three * capacity.m20k, two - one, three - two});
    } else {
        limits.push_back({"m20k", 0, 0, 1, capacity.m20k});
    }
    return limits;
}

/// Lines of each class that find no free block, cheapest first.
struct Spill {
    std::int64_t short_lines = 0;
    std::int64_t middle_lines = 0;
    std::int64_t long_lines = 0;

    Spill(const Resources& demand, std::int64_t blocks) {
        const std::int64_t all = std::max<std::int64_t>(demand.m20k - blocks, 0);
        short_lines = std::min(all, demand.m20k - demand.m20k_dear);
        middle_lines = std::min(all - short_lines, demand.m20k_dear - demand.m20k_dearest);
        long_lines = all - short_lines - middle_lines;
    }

    [[nodiscard]] std::int64_t all() const { return short_lines + middle_lines + long_lines; }
};

bool is_outside(const std::optional<SeenRange>& range, std::int64_t value) {
    return range && (value < range->least || value > range->most);
}

}  // namespace

double FilterCost::operator()(double filters, double taps, double delayed_taps) const {
    return fixed +
           filters * (per_tap * taps + per_tap_log * taps * std::log2(taps) + per_delayed_tap * delayed_taps);
}

double DhmFitted::delayed_taps(double taps) const {
    return delayed_share * std::max(taps - undelayed_taps, 0.0);
}

DelayDemand DhmFitted::lines(double filters, double taps) const {
    const double share = filters * delayed_share;
    const double first = std::max(short_lines.most_taps, undelayed_taps);
    const double second = std::max(middle_lines.most_taps, first);
    DelayDemand demand;
    demand.short_lines = share * (std::clamp(taps, undelayed_taps, first) - undelayed_taps);
    demand.middle_lines = share * (std::clamp(taps, first, second) - first);
    demand.long_lines = share * std::max(taps - second, 0.0) + m20k_fixed;
    return demand;
}

Seconds CriticalPath::delay(double filters, std::int64_t line_bits, std::int64_t word_bits) const {
    return fixed + per_fanout * (1 - 1 / std::sqrt(std::max(filters, 2.0))) +
           (line_bits > word_bits ? wide_line : Seconds());
}

Fpga::Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity)
    : model_(std::move(model)), implementation_(implementation), clock_(clock), capacity_(capacity) {
    if (implementation_ >= model_.implementations.size() || !(clock_.value() > 0)) {
        throw std::invalid_argument("FPGA implementation or clock out of range");
    }
    limits_ = make_limits(this->implementation(), capacity_, usable_alm());
}

std::int64_t Fpga::usable_alm() const {
    return static_cast<std::int64_t>(
        std::floor(implementation().usable_alm_share * static_cast<double>(capacity_.alm)));
}

std::optional<LayerHardware> Fpga::map(const LayerWork& work) const {
    using Hardware = std::optional<LayerHardware>;
    const Mapper mapper(implementation(), work);
    const StreamingParams& streaming = implementation().streaming;
    return std::visit(
        Overloaded{
            [](const Input&) -> Hardware { return std::nullopt; },
            [&](const Conv& conv) -> Hardware { return mapper.conv(conv); },
            [&](const FullyConnected&) -> Hardware {
                // A spatial input would have to be stored whole before the first product.
                return work.inputs.front().positions() == 1 ? Hardware(mapper.fully_connected())
                                                            : std::nullopt;
            },
            [&](const Pool& pool) -> Hardware { return mapper.pool(pool); },
            [&](const GlobalAveragePool&) -> Hardware { return mapper.global_average(); },
            [&](const BatchNorm&) -> Hardware { return mapper.scale(); },
            [&](const Activation& act) -> Hardware {
                return clamps_only(act.kind) ? Hardware(mapper.per_element(streaming.alm_per_compare))
                                             : std::nullopt;
            },
            [&](const Dropout&) -> Hardware { return mapper.wires(); },
            [&](const Add&) -> Hardware {
                // An operand that is broadcast is the result of a whole map: nothing streams until it is
                // complete.
                if (broadcasts(work.inputs)) {
                    return std::nullopt;
                }
                return mapper.per_element(streaming.alm_per_add *
                                          static_cast<double>(work.inputs.size() - 1));
            },
            [](const Mul&) -> Hardware { return std::nullopt; },
            [&](const Concat&) -> Hardware { return mapper.wires(); },
            [&](const Slice&) -> Hardware { return mapper.wires(); },
            [&](const Shuffle&) -> Hardware { return mapper.wires(); },
            [&](const Flatten&) -> Hardware {
                return work.inputs.front().positions() == 1 ? Hardware(mapper.wires()) : std::nullopt;
            },
            [](const Softmax&) -> Hardware { return std::nullopt; },
            [](const Lrn&) -> Hardware { return std::nullopt; },
            [](const Other&) -> Hardware { return std::nullopt; },
        },
        work.op);
}

Resources Fpga::delay_buffer(std::int64_t channels, std::int64_t positions) const {
    const StreamingParams& s = implementation().streaming;
    return line_memory(implementation().form, ceil_div(channels * implementation().bits, s.m20k_word_bits) *
                                                  ceil_div(positions, s.m20k_words));
}

Resources Fpga::occupied(const Resources& demand) const {
    Resources result{demand.alm, demand.dsp, demand.m20k};
    if (const auto* fitted = std::get_if<DhmFitted>(&implementation().form)) {
        const Spill spill(demand, capacity_.m20k);
        result.m20k -= spill.all();
        result.alm += fitted->short_lines.alm * spill.short_lines +
                      fitted->middle_lines.alm * spill.middle_lines +
                      fitted->long_line_alm * spill.long_lines;
    }
    return result;
}

std::optional<double> Fpga::aluts(const LayerWork& work) const {
    const auto* fitted = std::get_if<DhmFitted>(&implementation().form);
    const auto filters = filters_of(work);
    const auto hardware = map(work);
    if (fitted == nullptr || !filters || !hardware) {
        return std::nullopt;
    }
    const auto taps = static_cast<double>(filters->taps);
    const Spill spill(hardware->resources, capacity_.m20k);
    return fitted->alut(static_cast<double>(filters->count), taps, fitted->delayed_taps(taps)) +
           fitted->alut_per_spilled_long_line * static_cast<double>(spill.long_lines);
}

std::optional<Hertz> Fpga::fmax(const LayerWork& work) const {
    const auto* fitted = std::get_if<DhmFitted>(&implementation().form);
    const auto filters = filters_of(work);
    if (fitted == nullptr || !filters) {
        return std::nullopt;
    }
    const Seconds delay = fitted->path.delay(static_cast<double>(filters->count),
                                             work.inputs.front().channels * implementation().bits,
                                             implementation().streaming.m20k_word_bits);
    return Hertz(1 / delay.value());
}

bool Fpga::extrapolated(const LayerWork& work) const {
    const auto* conv = std::get_if<Conv>(&work.op);
    if (conv == nullptr) {
        return false;
    }
    const Filters filters = filters_of(work).value();
    const SeenRanges& seen = implementation().seen;
    return is_outside(seen.taps, filters.taps) || is_outside(seen.filters, filters.count) ||
           is_outside(seen.weights, filters.count * filters.taps) ||
           is_outside(seen.kernel, conv->window.kernel_h) || is_outside(seen.kernel, conv->window.kernel_w) ||
           is_outside(seen.width, work.inputs.front().width) || is_outside(seen.groups, conv->groups);
}

Watts Fpga::dynamic_power(const Resources& demand) const {
    const FpgaPower& power = implementation().power;
    const Resources real = occupied(demand);
    return power.base + power.per_alm * static_cast<double>(real.alm) +
           power.per_m20k * static_cast<double>(real.m20k);
}

std::int64_t Fpga::map_bytes() const { return ceil_div(implementation().bits, 8); }

std::int64_t Fpga::partial_sum_bytes(std::int64_t taps) const {
    return ceil_div(2 * implementation().bits + ceil_log2(taps), 8);
}

}  // namespace cleave
