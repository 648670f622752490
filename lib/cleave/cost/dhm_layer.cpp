// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/dhm_layer.hpp"

#include "cleave/cost/rounding.hpp"

#include <algorithm>

namespace cleave {
namespace {

class Mapper {
public:
    Mapper(const CommonFigures& common, const LayerWork& work) : common_(common), work_(work) {}

    [[nodiscard]] DhmLayer filters(const Window& window, const Filters& filters) const {
        DhmLayer layer = stream(window, filters.taps);
        layer.filters = filters;
        return layer;
    }

    [[nodiscard]] DhmLayer pool(const Pool& pool) const {
        const std::int64_t taps = pool.window.taps();
        DhmLayer layer = stream(pool.window, taps);
        const StreamingParams& s = common_.streaming;
        const double each = pool.kind == PoolKind::max ? s.alm_per_compare : s.alm_per_add;
        const double window = taps > 1 ? s.alm_per_window_bit * static_cast<double>(common_.bits * taps) : 0;
        layer.hardware.resources.alm = per_channel(each * static_cast<double>(taps - 1) + window);
        return layer;
    }

    /// One accumulator a channel, wide enough for the sum over all positions.
    [[nodiscard]] DhmLayer global_average() const {
        const auto bits = static_cast<double>(common_.bits + ceil_log2(in().positions()));
        return per_element(common_.streaming.alm_per_add * bits / static_cast<double>(common_.bits));
    }

    [[nodiscard]] DhmLayer per_element(double alm) const {
        DhmLayer layer = stream(Window{}, 1);
        layer.hardware.resources.alm = per_channel(alm);
        return layer;
    }

    /// Concat, slice, shuffle: wires.
    [[nodiscard]] DhmLayer wires() const {
        DhmLayer layer;
        layer.hardware.interval = layer.hardware.positions = in().positions();
        return layer;
    }

private:
    [[nodiscard]] const Shape& in() const { return work_.inputs.front(); }

    [[nodiscard]] std::int64_t per_channel(double alm) const {
        return round_up(alm * static_cast<double>(work_.output.channels));
    }

    /// One input position a clock, through line buffers for all rows of the window but one.
    [[nodiscard]] DhmLayer stream(const Window& w, std::int64_t taps) const {
        DhmLayer layer;
        LayerHardware& hw = layer.hardware;
        hw.positions = in().positions();
        hw.interval = hw.positions;
        hw.depth = common_.pipeline_stages + ceil_log2(std::max<std::int64_t>(taps, 1));
        switch (common_.fill) {
            case FillRule::full_window:
                hw.fill_positions = (w.extent_h() - 1) * in().width + w.extent_w();
                break;
            case FillRule::half_window:
                hw.fill_positions = w.extent_h() / 2 * in().width + w.extent_w() / 2;
                break;
        }
        hw.fill_positions = std::min(hw.fill_positions, hw.positions);
        layer.line_bits = common_.bits * in().channels * (w.extent_h() - 1);
        layer.line_blocks = delay_blocks(layer.line_bits, in().width, common_.streaming);
        return layer;
    }

    const CommonFigures& common_;
    const LayerWork& work_;
};

}  // namespace

std::optional<DhmLayer> dhm_layer(const LayerWork& work, const CommonFigures& common) {
    using Hardware = std::optional<DhmLayer>;
    const Mapper mapper(common, work);
    const auto if_one_position = [&](const auto& make) {
        return work.inputs.front().positions() == 1 ? Hardware(make()) : std::nullopt;
    };
    return std::visit(
        Overloaded{
            [](const Input&) -> Hardware { return std::nullopt; },
            [&](const Conv& conv) -> Hardware {
                return mapper.filters(conv.window, filters_of(work.op, work.inputs.front()).value());
            },
            [&](const FullyConnected&) -> Hardware {
                // A spatial input would have to be stored whole before the first product.
                return if_one_position([&] {
                    return mapper.filters(Window{}, filters_of(work.op, work.inputs.front()).value());
                });
            },
            [&](const Pool& pool) -> Hardware { return mapper.pool(pool); },
            [&](const GlobalAveragePool&) -> Hardware { return mapper.global_average(); },
            [&](const BatchNorm&) -> Hardware {
                // One that does not fold into a convolution: one constant multiplier a channel.
                return mapper.filters(Window{}, {work.inputs.front().channels, 1, true});
            },
            [&](const Activation& act) -> Hardware {
                return clamps_only(act.kind) ? Hardware(mapper.per_element(common.streaming.alm_per_compare))
                                             : std::nullopt;
            },
            [&](const Dropout&) -> Hardware { return mapper.wires(); },
            [&](const Add&) -> Hardware {
                // An operand that is broadcast is the result of a whole map: nothing streams until it is
                // complete.
                if (broadcasts(work.inputs)) {
                    return std::nullopt;
                }
                return mapper.per_element(common.streaming.alm_per_add *
                                          static_cast<double>(work.inputs.size() - 1));
            },
            [](const Mul&) -> Hardware { return std::nullopt; },
            [&](const Concat&) -> Hardware { return mapper.wires(); },
            [&](const Slice&) -> Hardware { return mapper.wires(); },
            [&](const Shuffle&) -> Hardware { return mapper.wires(); },
            [&](const Flatten&) -> Hardware { return if_one_position([&] { return mapper.wires(); }); },
            [](const Softmax&) -> Hardware { return std::nullopt; },
            [](const Lrn&) -> Hardware { return std::nullopt; },
            [](const Other&) -> Hardware { return std::nullopt; },
        },
        work.op);
}

std::int64_t delay_blocks(std::int64_t bits, std::int64_t positions, const StreamingParams& streaming) {
    return ceil_div(bits, streaming.m20k_word_bits) * ceil_div(positions, streaming.m20k_words);
}

}  // namespace cleave
