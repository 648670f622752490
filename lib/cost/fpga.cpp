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

/// A convolution as DHM sees it: N filters of t taps each, over C input channels of width W.
struct Filters {
    std::int64_t count = 0;
    std::int64_t taps = 0;
    std::int64_t channels = 0;
    std::int64_t window_taps = 1;
    bool depthwise = false;
};

Resources filter_resources(const DhmFitted& form, const Filters& f) {
    const auto taps = static_cast<double>(f.taps);
    const auto count = static_cast<double>(f.count);
    // Below the smallest filter of the fit its straight line would cross zero; go to the origin instead.
    const double least = std::max(taps, form.fewest_taps);
    const double per_filter = (form.alm_per_weight * least + form.alm_per_filter) * taps / least;
    const double window = form.alm_per_window * static_cast<double>(f.channels * f.window_taps);
    const double m20k = std::max(form.m20k_per_weight * taps + form.m20k_per_filter, 0.0);
    return {round_up(count * per_filter + window + form.alm_fixed), 0, round_up(count * m20k)};
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
        Filters f;
        f.count = conv.filters;
        f.taps = in().channels / conv.groups * conv.window.taps();
        f.channels = in().channels;
        f.window_taps = conv.window.taps();
        f.depthwise = is_depthwise(conv, in());
        LayerHardware hw = stream(conv.window, f.taps);
        hw.resources += filters(f);
        return hw;
    }

    /// Batch norm that cannot be folded into a convolution before it: one constant multiplier a channel.
    [[nodiscard]] LayerHardware scale() const {
        LayerHardware hw = stream(Window{}, 1);
        hw.resources += filters({in().channels, 1, in().channels, 1, true});
        return hw;
    }

    [[nodiscard]] LayerHardware fully_connected(const FullyConnected& fc) const {
        LayerHardware hw = stream(Window{}, in().channels);
        hw.resources += filters({fc.features, in().channels, in().channels, 1, false});
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
        hw.resources.m20k = ceil_div(line_bits, impl_.streaming.m20k_word_bits) *
                            ceil_div(in().width, impl_.streaming.m20k_words);
        return hw;
    }

    const Implementation& impl_;
    const LayerWork& work_;
};

bool is_clamp(ActivationKind kind) { return kind == ActivationKind::relu || kind == ActivationKind::relu6; }

std::vector<CapacityLimit> make_limits(const Implementation& impl, const Resources& capacity) {
    const auto alm =
        static_cast<std::int64_t>(std::floor(impl.usable_alm_share * static_cast<double>(capacity.alm)));
    std::vector<CapacityLimit> limits{{"alm", 1, 0, 0, alm}, {"dsp", 0, 1, 0, capacity.dsp}};
    if (const auto* fitted = std::get_if<DhmFitted>(&impl.form)) {
        // Multipliers beyond the M20K blocks become logic: the blocks alone never bind, logic with the spill
        // does.
        const std::int64_t each = fitted->alm_per_spilled_m20k;
        const std::int64_t blocks = std::min(fitted->m20k_before_spill, capacity.m20k);
        limits.push_back({"alm", 1, 0, each, alm + each * blocks});
    } else {
        limits.push_back({"m20k", 0, 0, 1, capacity.m20k});
    }
    return limits;
}

}  // namespace

Fpga::Fpga(FpgaModel model, std::size_t implementation, Hertz clock, Resources capacity)
    : model_(std::move(model)), implementation_(implementation), clock_(clock), capacity_(capacity) {
    if (implementation_ >= model_.implementations.size() || !(clock_.value() > 0)) {
        throw std::invalid_argument("FPGA implementation or clock out of range");
    }
    limits_ = make_limits(this->implementation(), capacity_);
}

std::optional<LayerHardware> Fpga::map(const LayerWork& work) const {
    using Hardware = std::optional<LayerHardware>;
    const Mapper mapper(implementation(), work);
    const StreamingParams& streaming = implementation().streaming;
    return std::visit(
        Overloaded{
            [](const Input&) -> Hardware { return std::nullopt; },
            [&](const Conv& conv) -> Hardware { return mapper.conv(conv); },
            [&](const FullyConnected& fc) -> Hardware {
                // A spatial input would have to be stored whole before the first product.
                return work.inputs.front().positions() == 1 ? Hardware(mapper.fully_connected(fc))
                                                            : std::nullopt;
            },
            [&](const Pool& pool) -> Hardware { return mapper.pool(pool); },
            [&](const GlobalAveragePool&) -> Hardware { return mapper.global_average(); },
            [&](const BatchNorm&) -> Hardware { return mapper.scale(); },
            [&](const Activation& act) -> Hardware {
                return is_clamp(act.kind) ? Hardware(mapper.per_element(streaming.alm_per_compare))
                                          : std::nullopt;
            },
            [&](const Dropout&) -> Hardware { return mapper.wires(); },
            [&](const Add&) -> Hardware {
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
        },
        work.op);
}

Resources Fpga::delay_buffer(std::int64_t channels, std::int64_t positions) const {
    const StreamingParams& s = implementation().streaming;
    return {0, 0,
            ceil_div(channels * implementation().bits, s.m20k_word_bits) * ceil_div(positions, s.m20k_words)};
}

Resources Fpga::occupied(const Resources& demand) const {
    Resources result = demand;
    if (const auto* fitted = std::get_if<DhmFitted>(&implementation().form)) {
        const std::int64_t blocks = std::min(fitted->m20k_before_spill, capacity_.m20k);
        const std::int64_t spilled = std::max<std::int64_t>(demand.m20k - blocks, 0);
        result.m20k -= spilled;
        result.alm += spilled * fitted->alm_per_spilled_m20k;
    }
    return result;
}

Watts Fpga::dynamic_power(const Resources& demand) const {
    const FpgaPower& power = implementation().power;
    const Resources real = occupied(demand);
    const auto logic = static_cast<double>(demand.alm);
    const auto spilled = static_cast<double>(real.alm - demand.alm);
    return power.base + power.per_alm * logic + power.per_spilled_alm * spilled +
           power.per_m20k * static_cast<double>(real.m20k);
}

std::int64_t Fpga::map_bytes() const { return ceil_div(implementation().bits, 8); }

std::int64_t Fpga::partial_sum_bytes(std::int64_t taps) const {
    return ceil_div(2 * implementation().bits + ceil_log2(taps), 8);
}

}  // namespace cleave
