// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/folded.hpp"

#include "cleave/cost/block_memory.hpp"
#include "cleave/cost/even_pace.hpp"
#include "cleave/cost/folded_passes.hpp"
#include "cleave/cost/rounding.hpp"
#include "cleave/network/parameters.hpp"

#include <algorithm>
#include <numeric>

namespace cleave {
namespace {

/// One fold: timing and memories as hardware, and logic that is not rounded yet, of its module and of the
/// converters of width around it.
struct Variant {
    LayerHardware hw;
    double tables = 0;
    double registers = 0;
    double alm = 0;
    double converters = 0;
};
using Variants = std::vector<Variant>;

/// A stage that lets channels through, some at a time.
struct Stream {
    std::int64_t channels = 1;
    /// Maps that come.
    std::int64_t maps = 1;
    double fixed = 0;
    /// ALM of each lane.
    double lane_alm = 0;
};

/// A fold of what takes turns: how its passes go, and the words of its input memory.
struct Turning {
    const FoldedTurns& turns;
    Fold fold;
    FoldedPasses passes;
    std::int64_t words = 0;
};

class Folder {
public:
    /// @param only  this fold alone, or all of them
    Folder(const Folded& form, const CommonFigures& common, const LayerWork& work,
           const std::optional<Fold>& only)
        : form_(form), common_(common), work_(work), only_(only) {}

    [[nodiscard]] Variants convolution(const FoldedTurns& turns) const {
        Variants all;
        for (const std::int64_t pe : divisors(turns.filters)) {
            for (const std::int64_t simd : divisors(turns.channels)) {
                for (const bool columns : {false, true}) {
                    if (columns && turns.window.kernel_h == 1) {
                        continue;
                    }
                    for (const Multipliers multipliers : {Multipliers::dsp, Multipliers::logic}) {
                        const Fold fold{pe, simd, multipliers, columns};
                        if (!only_ || *only_ == fold) {
                            all.push_back(convolution(turns, fold));
                        }
                    }
                }
            }
        }
        return all;
    }

    [[nodiscard]] Variants pool(const Pool& pool) const {
        Variants all;
        const FoldedTurns turns{pool.window, in().channels, 1, 1, true};
        const bool is_max = pool.kind == PoolKind::max;
        for (const std::int64_t pe : lanes_of(in().channels)) {
            const Turning t = turning(turns, {pe, 1, Multipliers::logic, false});
            const FoldedPasses& p = t.passes;
            Variant v = taking_turns(t);
            const auto lanes = static_cast<double>(pe);
            v.alm =
                form_.alm.pool_fixed + reading(form_.tables, t) +
                (is_max ? form_.alm.per_max * lanes
                        : form_.alm.per_mean * lanes + form_.alm.division * static_cast<double>(p.output));
            v.hw.depth = p.clocks() + form_.pool_stages + (is_max ? 0 : kDivisionStages) + pe / p.output + 1;
            all.push_back(v);
        }
        return all;
    }

    /// One accumulator a channel, `pe` of them added to at a time, whose means leave some at a time.
    [[nodiscard]] Variants global_average() const {
        const std::int64_t sum_bits = common_.bits + ceil_log2(in().positions());
        Variants all;
        for (const std::int64_t pe : lanes_of(in().channels)) {
            const std::int64_t means = mean_lanes(pe, in().positions());
            Variant v = streaming(pe, in().channels / pe);
            v.hw.interval += in().channels / means - in().channels / pe;
            v.hw.depth += kDivisionStages + in().channels / means;
            remember(v, in().channels / pe, sum_bits * pe);
            v.alm = form_.alm.mean_fixed + form_.alm.per_mean_bit * static_cast<double>(sum_bits * pe) +
                    form_.alm.division * static_cast<double>(means);
            v.converters = around(pe, means);
            all.push_back(v);
        }
        return all;
    }

    [[nodiscard]] Variants stream(const Stream& s) const {
        Variants all;
        for (const std::int64_t lanes : lanes_of(s.channels)) {
            Variant v = streaming(lanes, s.channels / lanes);
            v.alm = s.fixed + s.lane_alm * static_cast<double>(lanes);
            v.converters =
                around(lanes, lanes) + static_cast<double>(s.maps - 1) * form_.converter_alm(1, lanes);
            all.push_back(v);
        }
        return all;
    }

    /// Map after map, or all channels of all maps at once where no width divides them; of each map two
    /// positions wait.
    [[nodiscard]] Variants concat() const {
        Variants all;
        std::int64_t common = 0;
        for (const Shape& map : work_.inputs) {
            common = std::gcd(common, map.channels);
        }
        const std::int64_t channels = work_.output.channels;
        const auto maps = static_cast<double>(work_.inputs.size());
        for (const std::int64_t lanes : lanes_of(channels)) {
            const std::int64_t beat = beat_of(common, lanes);
            Variant v = streaming(lanes, beat > 0 ? channels / beat : 1);
            v.hw.depth += beat > 0 ? channels / beat : 1;
            for (const Shape& map : work_.inputs) {
                const std::int64_t wide = beat > 0 ? beat : map.channels;
                remember(v, 2 * map.channels / wide, common_.bits * wide);
                v.converters += form_.converter_alm(1, wide);
            }
            const std::int64_t wide = beat > 0 ? beat : channels;
            v.converters += form_.converter_alm(wide, 1);
            v.alm = form_.alm.concat_map * maps + form_.alm.per_concat * static_cast<double>(wide);
            all.push_back(v);
        }
        return all;
    }

    /// Through a bank of memory for each group; or, where no width suits, a whole position at once.
    [[nodiscard]] Variants shuffle(const Shuffle& shuffle) const {
        Variants all;
        const std::int64_t channels = in().channels;
        for (const std::int64_t lanes : lanes_of(channels)) {
            const std::int64_t beat = shuffle_beat(channels, shuffle.groups, lanes);
            const std::int64_t wide = beat > 0 ? beat : channels;
            Variant v = streaming(lanes, channels / wide);
            v.hw.depth += channels / wide;
            v.converters = around(wide, wide);
            if (beat > 0) {
                const std::int64_t words = 2 * channels / shuffle.groups / beat;
                for (std::int64_t i = 0; i < shuffle.groups; ++i) {
                    remember(v, words, common_.bits * beat);
                }
                v.alm = form_.alm.stream_fixed +
                        form_.alm.per_shuffle * static_cast<double>(beat * shuffle.groups);
            }
            all.push_back(v);
        }
        return all;
    }

    /// Nothing but a name.
    [[nodiscard]] Variants wires() const {
        Variants all;
        for (const std::int64_t lanes : lanes_of(in().channels)) {
            Variant v = streaming(lanes, in().channels / lanes);
            v.hw.fill_positions = v.hw.depth = 0;
            all.push_back(v);
        }
        return all;
    }

    [[nodiscard]] const Shape& in() const { return work_.inputs.front(); }

private:
    /// What a fold without multipliers may take at a time.
    [[nodiscard]] std::vector<std::int64_t> lanes_of(std::int64_t channels) const {
        if (!only_) {
            return divisors(channels);
        }
        const bool is_one = *only_ == Fold{only_->pe, 1, Multipliers::logic, false} && only_->pe > 0 &&
                            channels % only_->pe == 0;
        return is_one ? std::vector<std::int64_t>{only_->pe} : std::vector<std::int64_t>{};
    }

    void remember(Variant& v, std::int64_t words, std::int64_t bits) const {
        v.hw.resources += memory_blocks(words, bits, common_.streaming);
    }

    /// Converters in front of what takes so many bytes at a time and behind what gives so many.
    [[nodiscard]] double around(std::int64_t in, std::int64_t out) const {
        return form_.converter_alm(1, in) + form_.converter_alm(out, 1);
    }

    [[nodiscard]] Variant streaming(std::int64_t lanes, std::int64_t clocks_each) const {
        Variant v;
        v.hw.choice.fold = Fold{lanes, 1, Multipliers::logic, false};
        v.hw.positions = in().positions();
        v.hw.interval = v.hw.positions * clocks_each;
        v.hw.fill_positions = std::min<std::int64_t>(1, v.hw.positions);
        v.hw.depth = form_.stream_stages;
        return v;
    }

    /// Timing, the memory of the input, and what reads it.
    [[nodiscard]] Variant taking_turns(const Turning& t) const {
        const Window& w = t.turns.window;
        const Fold& fold = t.fold;
        const FoldedPasses& p = t.passes;
        Variant v;
        LayerHardware& hw = v.hw;
        hw.choice.fold = fold;
        hw.positions = in().positions();
        hw.fill_positions = positions_ahead(w, in(), work_.output);
        const std::int64_t rows_in = fold.columns ? in().height + w.pad_top + w.pad_bottom : in().height;
        hw.interval = std::max(work_.output.positions() * p.clocks(), rows_in * in().width * p.words);
        const std::int64_t in_bytes = p.word_bytes / (fold.columns ? w.kernel_h : 1);
        if (fold.columns) {
            remember(v, in().width * p.words, common_.bits * (w.extent_h() - 1) * in_bytes);
        }
        remember(v, t.words, common_.bits * p.word_bytes);
        v.converters = around(in_bytes, p.output);
        return v;
    }

    [[nodiscard]] Turning turning(const FoldedTurns& turns, const Fold& fold) const {
        const FoldedPasses passes = passes_of(turns, fold);
        return {turns, fold, passes,
                passes.input_words(positions_held(turns.window, in(), work_.output, fold.columns))};
    }

    [[nodiscard]] std::int64_t selected(std::int64_t words, std::int64_t bits) const {
        return selected_bits(words, bits, common_.streaming);
    }

    /// Bits of exact sums of so many products, with their sign: what the weights of a filter add up to
    /// decides them. Normally distributed ones of 8 bits, standard deviation 24 of 127, have 19 in the mean
    /// each, and the largest sum of many filters lies above that; fewer bits in proportion.
    [[nodiscard]] std::int64_t bits_of_sum(std::int64_t taps) const {
        constexpr std::int64_t kEach = 24;
        constexpr std::int64_t kBeyond = 100;
        constexpr std::int64_t kOfBits = 8;
        return 2 * common_.bits - kOfBits + ceil_log2(kEach * taps + kBeyond) + 1;
    }

    [[nodiscard]] Variant convolution(const FoldedTurns& turns, const Fold& fold) const {
        const Turning t = turning(turns, fold);
        const FoldedPasses& p = t.passes;
        Variant v = taking_turns(t);
        const std::int64_t sum_bits = bits_of_sum(turns.window.taps() * turns.channels);
        v.tables = logic(form_.tables, t, sum_bits);
        v.registers = logic(form_.registers, t, sum_bits);
        if (fold.multipliers == Multipliers::dsp) {
            v.hw.resources.dsp = ceil_div(p.multipliers, form_.products_per_dsp);
        }
        const std::int64_t results = turns.depthwise ? turns.filters : turns.filters * turns.groups;
        remember(v, p.clocks(), common_.bits * p.multipliers);
        remember(v, results / p.output, sum_bits * p.output);
        v.hw.depth = p.clocks() + common_.pipeline_stages + ceil_log2(p.multipliers / fold.pe) +
                     fold.pe / p.output + 1;
        return v;
    }

    /// What finds a window in the input memory and reads it.
    [[nodiscard]] double reading(const FoldedLogic& l, const Turning& t) const {
        const Window& w = t.turns.window;
        const std::int64_t bits = common_.bits * t.passes.word_bytes;
        // A column former takes care of the rows beside the map.
        const bool pads =
            w.pad_left > 0 || w.pad_right > 0 || (!t.fold.columns && (w.pad_top > 0 || w.pad_bottom > 0));
        return (pads ? l.border : 0) + l.per_address_bit * static_cast<double>(ceil_log2(t.words)) +
               l.per_position_bit *
                   static_cast<double>(ceil_log2(work_.output.height) + ceil_log2(work_.output.width)) +
               l.per_selected_bit * static_cast<double>(selected(t.words, bits));
    }

    [[nodiscard]] double logic(const FoldedLogic& l, const Turning& t, std::int64_t sum_bits) const {
        const FoldedTurns& turns = t.turns;
        const Window& w = turns.window;
        const Fold& fold = t.fold;
        const FoldedPasses& p = t.passes;
        const auto multipliers = static_cast<double>(p.multipliers);
        double sum = l.fixed + l.per_multiplier * multipliers +
                     l.per_sum * static_cast<double>(p.multipliers - fold.pe) +
                     l.per_sum_bit * static_cast<double>(fold.pe * sum_bits) +
                     l.per_result_bit * static_cast<double>(p.output * sum_bits) +
                     l.per_word_byte * static_cast<double>(p.word_bytes) +
                     (turns.depthwise ? l.depthwise : 0) + reading(l, t);
        std::int64_t choices = selected(p.clocks(), common_.bits * p.multipliers);
        if (fold.multipliers == Multipliers::logic) {
            sum += multipliers * (turns.depthwise ? l.logic_depthwise_multiplier : l.logic_multiplier);
        }
        if (fold.columns) {
            sum += l.column_fixed + l.per_column_byte * static_cast<double>(p.word_bytes);
            choices +=
                selected(in().width * p.words, common_.bits * (w.extent_h() - 1) * p.word_bytes / w.kernel_h);
        }
        return sum + l.per_selected_bit * static_cast<double>(choices);
    }

    const Folded& form_;
    const CommonFigures& common_;
    const LayerWork& work_;
    const std::optional<Fold>& only_;
};

Variants variants_of(const Folded& form, const LayerWork& work, const CommonFigures& common,
                     const std::optional<Fold>& only = std::nullopt) {
    const Folder folder(form, common, work, only);
    const std::int64_t channels = work.inputs.front().channels;
    const FoldedAlm& alm = form.alm;
    return std::visit(
        Overloaded{
            [](const Input&) -> Variants { return {}; },
            [&](const Conv& conv) -> Variants {
                if (is_depthwise(conv, work.inputs.front())) {
                    return folder.convolution({conv.window, conv.filters, 1, 1, true});
                }
                return folder.convolution(
                    {conv.window, conv.filters / conv.groups, channels / conv.groups, conv.groups, false});
            },
            [&](const FullyConnected& fc) -> Variants {
                return folder.in().positions() == 1
                           ? folder.convolution({Window{}, fc.features, channels, 1, false})
                           : Variants{};
            },
            [&](const Pool& pool) -> Variants { return folder.pool(pool); },
            [&](const GlobalAveragePool&) -> Variants { return folder.global_average(); },
            [&](const BatchNorm&) -> Variants {
                return folder.convolution({Window{}, channels, 1, 1, true});
            },
            [&](const Activation& act) -> Variants {
                return clamps_only(act.kind) ? folder.stream({channels, 1, 0, alm.per_clamp}) : Variants{};
            },
            [&](const Dropout&) -> Variants { return folder.wires(); },
            [&](const Add&) -> Variants {
                const auto maps = static_cast<std::int64_t>(work.inputs.size());
                return broadcasts(work.inputs)
                           ? Variants{}
                           : folder.stream({channels, maps, 0, alm.per_add * static_cast<double>(maps - 1)});
            },
            [](const Mul&) -> Variants { return {}; },
            [&](const Concat&) -> Variants { return folder.concat(); },
            [&](const Slice&) -> Variants {
                return folder.stream({channels, 1, alm.stream_fixed, 0});
            },
            [&](const Shuffle& shuffle) -> Variants { return folder.shuffle(shuffle); },
            [&](const Flatten&) -> Variants {
                return folder.in().positions() == 1 ? folder.wires() : Variants{};
            },
            [](const Softmax&) -> Variants { return {}; },
            [](const Lrn&) -> Variants { return {}; },
            [](const Other&) -> Variants { return {}; },
        },
        work.op);
}

}  // namespace

double Folded::converter_alm(std::int64_t in, std::int64_t out) const {
    return in < out   ? alm.per_gathered_byte * static_cast<double>(out)
           : in > out ? alm.per_dealt_byte * static_cast<double>(in - out)
                      : 0;
}

std::vector<LayerHardware> Folded::variants(const LayerWork& work, const CommonFigures& common) const {
    std::vector<LayerHardware> all;
    for (Variant& v : variants_of(*this, work, common)) {
        v.hw.resources.alm += round_up(packed_alm(v.tables, v.registers) + v.alm + v.converters);
        all.push_back(v.hw);
    }
    return all;
}

std::optional<Folded::Parts> Folded::parts(const LayerWork& work, const Fold& fold,
                                           const CommonFigures& common) const {
    const Variants found = variants_of(*this, work, common, fold);
    return found.empty() ? std::nullopt
                         : std::optional(Parts{found.front().tables, found.front().registers,
                                               found.front().alm, found.front().hw.resources.alm});
}

Resources Folded::delay_buffer(const WaitingMap& map, const CommonFigures& common) {
    constexpr std::int64_t kLeast = 4;
    const std::int64_t word = std::max(kLeast, ceil_div(map.channels * map.frame_positions, map.clocks));
    return memory_blocks(ceil_div(map.channels * map.positions, word), word * common.bits, common.streaming);
}

}  // namespace cleave
