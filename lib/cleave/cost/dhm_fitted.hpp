// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga_form.hpp"

#include <algorithm>

namespace cleave {

/// Delay lines of one depth class: products that wait in a balanced adder chain for the ones before them.
/// Each takes an M20K block while one is free, and `alm` in memory made of logic once none is.
struct DelayLines {
    /// Taps of a filter up to which its lines are of this class.
    double most_taps = 0;
    std::int64_t alm = 0;
};

/// Lines by depth class, or a figure for each class.
template <class Number>
struct ByDepth {
    Number short_lines = 0;
    Number middle_lines = 0;
    Number long_lines = 0;

    [[nodiscard]] Number all() const { return long_lines + middle_lines + short_lines; }
    /// Those that find none of `blocks`: the cheapest in logic, which are the shortest, leave first.
    [[nodiscard]] ByDepth beyond(Number blocks) const {
        const Number out = std::max(all() - blocks, Number(0));
        const Number first = std::min(out, short_lines);
        const Number second = std::min(out - first, middle_lines);
        return {first, second, out - first - second};
    }
    /// Their sum, each class at its price.
    [[nodiscard]] Number at(const ByDepth& price) const {
        return price.short_lines * short_lines + price.middle_lines * middle_lines +
               price.long_lines * long_lines;
    }
};

/// What a fit says of one layer of N filters with t taps:
/// fixed + N (per_tap t + per_tap_log t log2 t + per_delayed_tap d), d = taps whose products wait in memory.
struct FilterCost {
    double fixed = 0;
    double per_tap = 0;
    double per_tap_log = 0;
    double per_delayed_tap = 0;

    [[nodiscard]] double operator()(double filters, double taps, double delayed_taps) const;
};

/// 1 / Fmax = fixed + per_fanout (1 - 1 / sqrt(max(N, 2))) + wide_line, the last if one position of the
/// input, over all channels, is wider than a word of an M20K.
struct CriticalPath {
    Seconds fixed;
    Seconds per_fanout;
    Seconds wide_line;

    [[nodiscard]] Seconds delay(double filters, std::int64_t line_bits, std::int64_t word_bits) const;
};

/// `dhm-2021`: direct hardware mapping with resources fitted to vendor-tool results, per filter with t = C
/// k_h k_w / groups taps. Delay lines and line buffers go to M20K first; when all blocks are taken, the lines
/// that need the least logic leave them first. See docs/cost-models.md, "FPGA".
struct DhmFitted {
    static constexpr std::string_view kName = "fitted";

    FilterCost alm;
    /// Share of the taps whose weight is not zero, and taps of a filter that need no memory.
    double delayed_share = 1;
    double undelayed_taps = 0;
    /// Classes by depth; the deepest also holds line buffers and has no end.
    DelayLines short_lines;
    DelayLines middle_lines;
    std::int64_t long_line_alm = 0;
    /// M20K of a layer besides its lines.
    double m20k_fixed = 0;
    FilterCost alut;
    /// ALUTs more (less, if negative) for each long line in logic.
    double alut_per_spilled_long_line = 0;
    CriticalPath path;

    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const;
    [[nodiscard]] static Resources delay_buffer(const WaitingMap& map, const CommonFigures& common);
    [[nodiscard]] std::vector<CapacityLimit> limits(const Resources& available) const;
    [[nodiscard]] Resources occupied(const Resources& demand, const Resources& available) const;
    [[nodiscard]] static bool adds_up() { return false; }
    [[nodiscard]] static std::optional<AssumedWeights> assumed_weights() { return std::nullopt; }
    [[nodiscard]] std::optional<double> aluts(const LayerWork& work, const CommonFigures& common,
                                              const Resources& available) const;
    [[nodiscard]] std::optional<Hertz> fmax(const LayerWork& work, const CommonFigures& common) const;

    // What the above is made of, before it is rounded to whole blocks; a fit predicts with it.

    /// ALM of N filters of t taps with every line in a block.
    [[nodiscard]] double filter_alm(double filters, double taps) const;
    /// Lines of a layer; the long ones include `m20k_fixed`, and line buffers come on top.
    [[nodiscard]] ByDepth<double> lines(double filters, double taps) const;
    /// ALUTs with `spilled` long lines in logic.
    [[nodiscard]] double filter_aluts(double filters, double taps, double spilled) const;
    /// ALM of a line in logic.
    [[nodiscard]] ByDepth<std::int64_t> line_alm() const {
        return {short_lines.alm, middle_lines.alm, long_line_alm};
    }

private:
    /// Taps of a filter whose products wait in memory.
    [[nodiscard]] double delayed_taps(double taps) const;
};

}  // namespace cleave
