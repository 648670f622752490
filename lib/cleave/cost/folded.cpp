// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/folded.hpp"

#include "cleave/cost/block_memory.hpp"
#include "cleave/cost/even_pace.hpp"
#include "cleave/cost/folded_passes.hpp"
#include "cleave/cost/rounding.hpp"
#include "cleave/network/parameters.hpp"

#include <algorithm>

namespace cleave {
namespace {

/// A stage that lets `lanes` of `channels` channels through at a time.
struct Stream {
    std::int64_t channels = 1;
    /// ALM of each lane.
    double lane_alm = 0;
    /// Positions that it holds whole.
    std::int64_t held_positions = 0;
    bool wires_only = false;
};

class Folder {
public:
    Folder(const Folded& form, const CommonFigures& common, const LayerWork& work)
        : form_(form), common_(common), work_(work) {}

    [[nodiscard]] std::vector<LayerHardware> convolution(const FoldedTurns& turns) const {
        std::vector<LayerHardware> all;
        for (const std::int64_t pe : divisors(turns.filters)) {
            for (const std::int64_t simd : divisors(turns.channels)) {
                for (const bool columns : {false, true}) {
                    if (columns && turns.window.kernel_h == 1) {
                        continue;
                    }
                    for (const Multipliers multipliers : {Multipliers::dsp, Multipliers::logic}) {
                        all.push_back(convolution(turns, {pe, simd, multipliers, columns}));
                    }
                }
            }
        }
        return all;
    }

    [[nodiscard]] std::vector<LayerHardware> pool(const Window& window) const {
        std::vector<LayerHardware> all;
        const FoldedTurns turns{window, in().channels, 1, 1, true};
        for (const std::int64_t pe : divisors(in().channels)) {
            LayerHardware hw = taking_turns(turns, {pe, 1, Multipliers::logic, false});
            const FoldedLogic& logic = form_.logic;
            const FoldedPasses p = passes_of(turns, hw.choice.fold.value());
            hw.resources.alm += round_up(logic.pool_fixed + logic.pool_per_pe * static_cast<double>(pe) +
                                         converter(p.output));
            hw.depth = p.clocks() + form_.pool_stages + pe / p.output + 1;
            all.push_back(hw);
        }
        return all;
    }

    /// One accumulator a channel, `pe` of them added to at a time, which give their means one by one.
    [[nodiscard]] std::vector<LayerHardware> global_average() const {
        const std::int64_t sum_bits = common_.bits + ceil_log2(in().positions());
        const double add =
            common_.streaming.alm_per_add * static_cast<double>(sum_bits) / static_cast<double>(common_.bits);
        std::vector<LayerHardware> all = stream({in().channels, add, 0, false});
        for (LayerHardware& hw : all) {
            const std::int64_t pe = hw.choice.fold->pe;
            hw.resources += memory_blocks(in().channels / pe, sum_bits * pe, common_.streaming);
            hw.depth += in().channels / pe;
        }
        return all;
    }

    [[nodiscard]] std::vector<LayerHardware> stream(const Stream& s) const {
        std::vector<LayerHardware> all;
        for (const std::int64_t lanes : divisors(s.channels)) {
            LayerHardware hw;
            hw.choice.fold = Fold{lanes, 1, Multipliers::logic, false};
            hw.positions = in().positions();
            hw.interval = hw.positions * (s.channels / lanes);
            if (!s.wires_only) {
                const auto wide = static_cast<double>(lanes);
                hw.resources.alm = round_up(form_.logic.stream_fixed + s.lane_alm * wide + converter(lanes));
                hw.resources += memory_blocks(s.held_positions * (s.channels / lanes), common_.bits * lanes,
                                              common_.streaming);
                hw.fill_positions = std::min<std::int64_t>(1, hw.positions);
                hw.depth = form_.stream_stages + (s.held_positions > 0 ? s.channels / lanes : 0);
            }
            all.push_back(hw);
        }
        return all;
    }

    [[nodiscard]] const Shape& in() const { return work_.inputs.front(); }

private:
    /// Timing, and the memory of the input.
    [[nodiscard]] LayerHardware taking_turns(const FoldedTurns& turns, const Fold& fold) const {
        const Window& w = turns.window;
        const FoldedPasses p = passes_of(turns, fold);
        LayerHardware hw;
        hw.choice.fold = fold;
        hw.positions = in().positions();
        hw.fill_positions = positions_ahead(w, in(), work_.output);
        const std::int64_t rows_in = fold.columns ? in().height + w.pad_top + w.pad_bottom : in().height;
        hw.interval = std::max(work_.output.positions() * p.clocks(), rows_in * in().width * p.words);
        if (fold.columns) {
            const std::int64_t bytes = p.word_bytes / w.kernel_h;
            hw.resources += memory_blocks(in().width * p.words, common_.bits * (w.extent_h() - 1) * bytes,
                                          common_.streaming);
        }
        hw.resources += memory_blocks(p.input_words(positions_held(w, in(), work_.output, fold.columns)),
                                      common_.bits * p.word_bytes, common_.streaming);
        return hw;
    }

    [[nodiscard]] LayerHardware convolution(const FoldedTurns& turns, const Fold& fold) const {
        const FoldedLogic& logic = form_.logic;
        const FoldedPasses p = passes_of(turns, fold);
        LayerHardware hw = taking_turns(turns, fold);
        const auto multipliers = static_cast<double>(p.multipliers);
        double alm = logic.fixed + logic.per_multiplier * multipliers +
                     logic.per_pe * static_cast<double>(fold.pe) +
                     logic.per_output * static_cast<double>(p.output) +
                     logic.per_word_byte * static_cast<double>(p.word_bytes) + converter(p.output) +
                     (turns.window.taps() > 1 ? logic.window : 0) + (fold.columns ? logic.column_former : 0);
        if (fold.multipliers == Multipliers::logic) {
            alm +=
                multipliers * (turns.depthwise ? logic.logic_depthwise_multiplier : logic.logic_multiplier);
        } else {
            hw.resources.dsp = ceil_div(p.multipliers, form_.products_per_dsp);
        }
        hw.resources.alm += round_up(alm);
        // Exact sums: products of 2 b bits, one bit more for each doubling of their number.
        const std::int64_t sum_bits = 2 * common_.bits + ceil_log2(turns.window.taps() * turns.channels) + 1;
        const std::int64_t results = turns.depthwise ? turns.filters : turns.filters * turns.groups;
        hw.resources += memory_blocks(p.clocks(), common_.bits * p.multipliers, common_.streaming);
        hw.resources += memory_blocks(results / p.output, sum_bits * p.output, common_.streaming);
        hw.depth = p.clocks() + common_.pipeline_stages + ceil_log2(p.multipliers / fold.pe) +
                   fold.pe / p.output + 1;
        return hw;
    }

    [[nodiscard]] double converter(std::int64_t output) const {
        return form_.logic.width_converter * static_cast<double>(output * ceil_log2(output));
    }

    const Folded& form_;
    const CommonFigures& common_;
    const LayerWork& work_;
};

}  // namespace

std::vector<LayerHardware> Folded::variants(const LayerWork& work, const CommonFigures& common) const {
    using All = std::vector<LayerHardware>;
    const Folder folder(*this, common, work);
    const std::int64_t channels = work.inputs.front().channels;
    const StreamingParams& s = common.streaming;
    return std::visit(
        Overloaded{
            [](const Input&) -> All { return {}; },
            [&](const Conv& conv) -> All {
                if (is_depthwise(conv, work.inputs.front())) {
                    return folder.convolution({conv.window, conv.filters, 1, 1, true});
                }
                return folder.convolution(
                    {conv.window, conv.filters / conv.groups, channels / conv.groups, conv.groups, false});
            },
            [&](const FullyConnected& fc) -> All {
                return folder.in().positions() == 1
                           ? folder.convolution({Window{}, fc.features, channels, 1, false})
                           : All{};
            },
            [&](const Pool& pool) -> All { return folder.pool(pool.window); },
            [&](const GlobalAveragePool&) -> All { return folder.global_average(); },
            [&](const BatchNorm&) -> All {
                return folder.convolution({Window{}, channels, 1, 1, true});
            },
            [&](const Activation& act) -> All {
                return clamps_only(act.kind) ? folder.stream({channels, s.alm_per_compare, 0, false}) : All{};
            },
            [&](const Dropout&) -> All {
                return folder.stream({channels, 0, 0, true});
            },
            [&](const Add&) -> All {
                // Aligns both, adds, limits the range.
                const auto more = static_cast<double>(work.inputs.size() - 1);
                return broadcasts(work.inputs)
                           ? All{}
                           : folder.stream(
                                 {channels, 2 * s.alm_per_add * more + s.alm_per_compare, 0, false});
            },
            [](const Mul&) -> All { return {}; },
            [&](const Concat&) -> All {
                return folder.stream({work.output.channels, s.alm_per_compare / 2, 2, false});
            },
            [&](const Slice&) -> All {
                return folder.stream({channels, 0, 0, false});
            },
            [&](const Shuffle&) -> All {
                return folder.stream({channels, s.alm_per_compare / 2, 2, false});
            },
            [&](const Flatten&) -> All {
                return folder.in().positions() == 1 ? folder.stream({channels, 0, 0, true}) : All{};
            },
            [](const Softmax&) -> All { return {}; },
            [](const Lrn&) -> All { return {}; },
            [](const Other&) -> All { return {}; },
        },
        work.op);
}

Resources Folded::delay_buffer(const WaitingMap& map, const CommonFigures& common) {
    constexpr std::int64_t kLeast = 4;
    const std::int64_t word = std::max(kLeast, ceil_div(map.channels * map.frame_positions, map.clocks));
    return memory_blocks(ceil_div(map.channels * map.positions, word), word * common.bits, common.streaming);
}

}  // namespace cleave
