// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/dhm_fitted.hpp"

#include "cleave/cost/dhm_layer.hpp"
#include "cleave/cost/rounding.hpp"

#include <cmath>

namespace cleave {
namespace {

/// Line buffers and delays, which take the most logic where no block is free.
Resources long_memory(std::int64_t blocks) {
    return {.m20k = blocks, .m20k_dear = blocks, .m20k_dearest = blocks};
}

ByDepth<std::int64_t> lines_of(const Resources& demand) {
    return {demand.m20k - demand.m20k_dear, demand.m20k_dear - demand.m20k_dearest, demand.m20k_dearest};
}

}  // namespace

double FilterCost::operator()(double filters, double taps, double delayed_taps) const {
    return fixed +
           filters * (per_tap * taps + per_tap_log * taps * std::log2(taps) + per_delayed_tap * delayed_taps);
}

Seconds CriticalPath::delay(double filters, std::int64_t line_bits, std::int64_t word_bits) const {
    return fixed + per_fanout * (1 - 1 / std::sqrt(std::max(filters, 2.0))) +
           (line_bits > word_bits ? wide_line : Seconds());
}

double DhmFitted::delayed_taps(double taps) const {
    return delayed_share * std::max(taps - undelayed_taps, 0.0);
}

double DhmFitted::filter_alm(double filters, double taps) const {
    return alm(filters, taps, delayed_taps(taps));
}

ByDepth<double> DhmFitted::lines(double filters, double taps) const {
    const double share = filters * delayed_share;
    const double first = std::max(short_lines.most_taps, undelayed_taps);
    const double second = std::max(middle_lines.most_taps, first);
    return {share * (std::clamp(taps, undelayed_taps, first) - undelayed_taps),
            share * (std::clamp(taps, first, second) - first),
            share * std::max(taps - second, 0.0) + m20k_fixed};
}

double DhmFitted::filter_aluts(double filters, double taps, double spilled) const {
    return alut(filters, taps, delayed_taps(taps)) + alut_per_spilled_long_line * spilled;
}

std::vector<LayerHardware> DhmFitted::variants(const LayerWork& work, const CommonFigures& common) const {
    auto layer = dhm_layer(work, common);
    if (!layer) {
        return {};
    }
    Resources& resources = layer->hardware.resources;
    resources += long_memory(layer->line_blocks);
    if (layer->filters) {
        const auto count = static_cast<double>(layer->filters->count);
        const auto taps = static_cast<double>(layer->filters->taps);
        const ByDepth<double> own = lines(count, taps);
        resources.alm += round_up(filter_alm(count, taps));
        // Rounded as sums, so that a layer is off by half a block at most.
        resources += {.m20k = std::llround(own.all()),
                      .m20k_dear = std::llround(own.long_lines + own.middle_lines),
                      .m20k_dearest = std::llround(own.long_lines)};
    }
    return {layer->hardware};
}

Resources DhmFitted::delay_buffer(const WaitingMap& map, const CommonFigures& common) {
    return long_memory(delay_blocks(map.channels * common.bits, map.positions, common.streaming));
}

std::vector<CapacityLimit> DhmFitted::limits(const Resources& available) const {
    // Lines that find no free block become logic, cheapest first. The logic of summed demand is then the
    // largest of linear forms, in which all blocks beyond the first M cost what the k cheapest classes
    // cost and at most as much as class k: one limit for each.
    const auto [one, two, three] = line_alm();
    const std::int64_t alms = available.alm;
    const std::int64_t blocks = available.m20k;
    return {{.resource = "alm", .alm = 1, .limit = alms},
            {.resource = "dsp", .dsp = 1, .limit = available.dsp},
            {.resource = "alm", .alm = 1, .m20k = one, .limit = alms + one * blocks},
            {.resource = "alm", .alm = 1, .m20k = one, .m20k_dear = two - one, .limit = alms + two * blocks},
            {.resource = "alm",
             .alm = 1,
             .m20k = one,
             .m20k_dear = two - one,
             .m20k_dearest = three - two,
             .limit = alms + three * blocks}};
}

Resources DhmFitted::occupied(const Resources& demand, const Resources& available) const {
    const auto spilled = lines_of(demand).beyond(available.m20k);
    return {
        .alm = demand.alm + spilled.at(line_alm()), .dsp = demand.dsp, .m20k = demand.m20k - spilled.all()};
}

std::optional<double> DhmFitted::aluts(const LayerWork& work, const CommonFigures& common,
                                       const Resources& available) const {
    const auto filters = filters_of(work.op, work.inputs.front());
    const auto hardware = variants(work, common);
    if (!filters || hardware.empty()) {
        return std::nullopt;
    }
    const auto spilled = lines_of(hardware.front().resources).beyond(available.m20k);
    return filter_aluts(static_cast<double>(filters->count), static_cast<double>(filters->taps),
                        static_cast<double>(spilled.long_lines));
}

std::optional<Hertz> DhmFitted::fmax(const LayerWork& work, const CommonFigures& common) const {
    const Shape& in = work.inputs.front();
    const auto filters = filters_of(work.op, in);
    if (!filters) {
        return std::nullopt;
    }
    const Seconds delay = path.delay(static_cast<double>(filters->count), in.channels * common.bits,
                                     common.streaming.m20k_word_bits);
    return Hertz(1 / delay.value());
}

}  // namespace cleave
