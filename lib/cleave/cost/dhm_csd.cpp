// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/dhm_csd.hpp"

#include "cleave/cost/block_memory.hpp"
#include "cleave/cost/dhm_layer.hpp"
#include "cleave/cost/folded_passes.hpp"
#include "cleave/cost/rounding.hpp"

namespace cleave {
namespace {

/// Of filters and their windows, and of windows alone.
struct Size {
    ExpectedCsd logic;
    double filters = 0;
    Window window;
    double window_bits = 0;
};

double windows(const CsdFigures& f, const Size& size) {
    return size.window.taps() > 1 ? f.window + f.per_window_bit * size.window_bits
                                  : (f.per_window_bit + f.per_single_bit) * size.window_bits;
}

double filters(const CsdFigures& f, const Size& size) {
    return f.fixed + f.per_term * size.logic.terms + f.per_adder * size.logic.adders +
           f.per_product * size.logic.products + f.per_filter * size.filters + windows(f, size);
}

Size size_of(const LayerWork& work, const Window& window, std::int64_t bits) {
    const std::int64_t numbers = window.taps() * work.inputs.front().channels;
    return {{}, 0, window, static_cast<double>(bits * numbers)};
}

void set_weights(Size& size, const CsdLogic& known) {
    size.logic = {static_cast<double>(known.terms), static_cast<double>(known.adders),
                  static_cast<double>(known.products)};
    size.filters = static_cast<double>(known.filters);
}

void expect_weights(Size& size, const LayerWork& work, const Filters& filters, double sigma) {
    const auto* conv = std::get_if<Conv>(&work.op);
    const std::int64_t groups = conv != nullptr ? conv->groups : (filters.depthwise ? filters.count : 1);
    size.logic = expected_csd(filters.count / groups, filters.taps, groups, sigma);
    size.filters = static_cast<double>(filters.count);
}

/// Bits of the sum over all positions of a channel.
std::int64_t sum_bits(const LayerWork& work, std::int64_t bits) {
    return bits + ceil_log2(work.inputs.front().positions());
}

/// ALM of what has no weights.
double plain_alm(const CsdAlm& alm, const LayerWork& work, std::int64_t bits) {
    const Shape& in = work.inputs.front();
    const auto channels = static_cast<double>(work.output.channels);
    return std::visit(
        Overloaded{
            [&](const Pool& pool) {
                const auto more = static_cast<double>(pool.window.taps() - 1);
                return channels *
                       (pool.kind == PoolKind::max ? alm.max_tap * more : alm.mean_tap * more + alm.division);
            },
            // An accumulator for each channel, wide enough for the sum over all positions.
            [&](const GlobalAveragePool&) {
                return channels * alm.mean_bit * static_cast<double>(sum_bits(work, bits)) +
                       alm.division * static_cast<double>(mean_lanes(in.channels, in.positions()));
            },
            [&](const Activation&) { return channels * alm.clamp; },
            [&](const Add&) { return channels * alm.add * static_cast<double>(work.inputs.size() - 1); },
            [&](const Concat&) { return channels * alm.concat; },
            // Wires.
            [](const auto&) { return 0.0; },
        },
        work.op);
}

/// @param weighted  of the layer's mapping; nothing for what has no weights
DhmCsd::Parts layer_parts(const DhmCsd& form, const LayerWork& work, const CommonFigures& common,
                          const std::optional<Filters>& weighted, const std::optional<CsdLogic>& logic) {
    if (weighted) {
        const auto* conv = std::get_if<Conv>(&work.op);
        Size size = size_of(work, conv != nullptr ? conv->window : Window{}, common.bits);
        if (logic) {
            set_weights(size, *logic);
        } else {
            expect_weights(size, work, *weighted, form.weight_sigma);
        }
        return {filters(form.tables, size), filters(form.registers, size), 0};
    }
    DhmCsd::Parts parts;
    if (const auto* pool = std::get_if<Pool>(&work.op)) {
        const Size size = size_of(work, pool->window, common.bits);
        parts.tables = windows(form.tables, size);
        parts.registers = windows(form.registers, size);
    }
    parts.alm = plain_alm(form.alm, work, common.bits);
    return parts;
}

/// Clocks from the last number that an output position needs to the position.
/// @param depth  of windows, with product, bias and rounding besides adders or comparisons
std::int64_t depth_of(const LayerWork& work, std::int64_t depth) {
    // Product, bias and rounding, which a division takes the place of.
    constexpr std::int64_t kBesideSums = 3;
    constexpr std::int64_t kQueue = 2;
    constexpr std::int64_t kRegister = 1;
    return std::visit(
        Overloaded{
            [&](const Pool& pool) {
                const std::int64_t single = pool.window.taps() == 1 ? kRegister : 0;
                return pool.kind == PoolKind::max ? depth : depth - kBesideSums + kDivisionStages + single;
            },
            [&](const GlobalAveragePool&) {
                // Means of the channels take turns, and are gathered again.
                const Shape& in = work.inputs.front();
                const std::int64_t turns = in.channels / mean_lanes(in.channels, in.positions());
                return kDivisionStages + turns + (turns > 1 ? kRegister : 0);
            },
            // Each map waits in a queue, and there may be a clamp behind.
            [&](const Concat&) { return kQueue + kRegister + kRegister; },
            [&](const auto&) { return depth; },
        },
        work.op);
}

}  // namespace

std::optional<DhmCsd::Parts> DhmCsd::parts(const LayerWork& work, const CommonFigures& common,
                                           const std::optional<CsdLogic>& logic) const {
    const auto layer = dhm_layer(work, common);
    return layer ? std::optional(layer_parts(*this, work, common, layer->filters, logic)) : std::nullopt;
}

std::vector<LayerHardware> DhmCsd::variants(const LayerWork& work, const CommonFigures& common) const {
    auto layer = dhm_layer(work, common);
    if (!layer) {
        return {};
    }
    layer->hardware.resources = {
        .alm = round_up(layer_parts(*this, work, common, layer->filters, work.csd).all())};
    layer->hardware.depth = depth_of(work, layer->hardware.depth);
    // Lines of a sixteenth of a block and less are memory made of logic.
    constexpr std::int64_t kShortLine = 16;
    const std::int64_t width = work.inputs.front().width;
    layer->hardware.resources += width * kShortLine <= common.streaming.m20k_words
                                     ? memory_blocks(width, layer->line_bits, common.streaming)
                                     : Resources{.m20k = layer->line_blocks};
    if (std::holds_alternative<GlobalAveragePool>(work.op)) {
        layer->hardware.resources +=
            memory_blocks(1, work.inputs.front().channels * sum_bits(work, common.bits), common.streaming);
    }
    return {layer->hardware};
}

Resources DhmCsd::delay_buffer(const WaitingMap& map, const CommonFigures& common) {
    return {.m20k = delay_blocks(map.channels * common.bits, map.positions, common.streaming)};
}

}  // namespace cleave
