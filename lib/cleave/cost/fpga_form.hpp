// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/layer_work.hpp"
#include "cleave/cost/resources.hpp"
#include "cleave/units/names.hpp"
#include "cleave/units/quantity.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// Line buffers and windows of direct hardware mapping (DHM).
enum class FillRule {
    /// (k_h - 1) W + k_w positions: a whole window fills before the first output.
    full_window,
    /// floor(k_h / 2) (W + 1): with same padding the first output needs half a window only.
    half_window,
};
[[nodiscard]] constexpr auto names_of(FillRule) {
    using enum FillRule;
    return std::to_array<Named<FillRule>>({{full_window, "full_window"}, {half_window, "half_window"}});
}
static_assert(all_named<FillRule>());

/// What layers without weights and buffers cost in streaming hardware, per channel. See docs/cost-models.md,
/// "FPGA".
struct StreamingParams {
    /// ALM of one 8-bit compare-and-select (max pooling), per tap after the first.
    double alm_per_compare = 0;
    /// ALM of one 8-bit adder (add; average pooling, per tap after the first).
    double alm_per_add = 0;
    /// ALM of one bit of window register beyond the line buffer.
    double alm_per_window_bit = 0;
    /// Shape of one M20K as a line or delay buffer.
    std::int64_t m20k_word_bits = 40;
    std::int64_t m20k_words = 512;
};

/// Dynamic power while a pipeline works: base + occupied alm + dsp + m20k; static power is the device's.
struct FpgaPower {
    Watts base;
    Watts per_alm;
    Watts per_m20k;
    Watts per_dsp = {};
    /// The clock that these are at; power is in proportion to the clock. Absent: they stand for the
    /// implementation's own clock range as a whole, and nothing is scaled.
    std::optional<Hertz> at = {};

    [[nodiscard]] double scale(Hertz clock) const { return at ? clock / *at : 1.0; }
    [[nodiscard]] Watts base_at(Hertz clock) const { return base * scale(clock); }
    /// Without the base.
    [[nodiscard]] Watts work_at(Hertz clock, const Resources& occupied) const {
        return (per_alm * static_cast<double>(occupied.alm) + per_dsp * static_cast<double>(occupied.dsp) +
                per_m20k * static_cast<double>(occupied.m20k)) *
               scale(clock);
    }
};

/// How far reality may be from the model: standard deviations of log(real / modelled). 0: not known.
struct ImplementationSpread {
    double alm = 0;
    /// Where the weights are known; nothing if that makes no difference.
    std::optional<double> alm_known_weights = {};
    double m20k = 0;
    /// Of dynamic power.
    double power = 0;
    double clock = 0;
};

/// 8-bit weights that are not known: normally distributed, in units of the last place.
struct AssumedWeights {
    double sigma = 0;
};

/// A range of integers, both ends included.
struct SeenRange {
    std::int64_t least = 0;
    std::int64_t most = 0;
};

/// The convolutions and fully connected layers (1x1 convolutions of one position) that an implementation's
/// figures come from. An absent range says nothing.
struct SeenRanges {
    std::optional<SeenRange> taps;
    std::optional<SeenRange> filters;
    std::optional<SeenRange> weights;
    std::optional<SeenRange> kernel;
    std::optional<SeenRange> width;
    std::optional<SeenRange> groups;
    /// Multipliers of a folded layer, by what they are made of.
    std::optional<SeenRange> dsp_multipliers;
    std::optional<SeenRange> logic_multipliers;
};
/// What files call them.
inline constexpr std::pair<const char*, std::optional<SeenRange> SeenRanges::*> kSeenRanges[]{
    {"taps", &SeenRanges::taps},
    {"filters", &SeenRanges::filters},
    {"weights", &SeenRanges::weights},
    {"kernel", &SeenRanges::kernel},
    {"width", &SeenRanges::width},
    {"groups", &SeenRanges::groups},
    {"dsp_multipliers", &SeenRanges::dsp_multipliers},
    {"logic_multipliers", &SeenRanges::logic_multipliers}};

/// A feature map of which a part waits in front of a layer for others that the layer reads.
struct WaitingMap {
    std::int64_t channels = 1;
    /// Positions that wait.
    std::int64_t positions = 0;
    /// Positions of a whole frame, and the clock cycles in which all of them pass: the run's pace.
    std::int64_t frame_positions = 1;
    std::int64_t clocks = 1;
};

/// Figures of an implementation that do not depend on its form.
struct CommonFigures {
    std::string name;
    StreamingParams streaming;
    FpgaPower power;
    Hertz clock;
    FillRule fill = FillRule::half_window;
    /// Pipeline stages besides the adder tree.
    std::int64_t pipeline_stages = 0;
    /// Share of the device's ALMs that may be planned for.
    double usable_alm_share = 1.0;
    /// Bits of weights and feature maps.
    std::int64_t bits = 8;
    SeenRanges seen;
    ImplementationSpread spread;
};

/// A way to turn layers into hardware, with its parameters as members: everything that the cost of an FPGA
/// asks of it. `available` is the device's capacity, of the ALM what may be planned for.
///
/// - kName: its name in model files.
/// - variants: each hardware that a layer or slice can become; empty if there is none for its operation.
/// - delay_buffer: memory for what waits of a feature map (a branch that is early).
/// - limits: what summed demand must keep.
/// - occupied: blocks really taken by a summed demand.
/// - adds_up: true if that is always the sum itself.
/// - aluts: adaptive look-up tables of a convolution or fully connected layer alone on the device; nothing if
///   its data do not say.
/// - fmax: the highest clock of such a layer; nothing if its data do not say.
/// - assumed_weights: what is assumed of weights that are not known, where costs depend on them.
template <class F>
concept FpgaForm = requires(const F& form, const LayerWork& work, const CommonFigures& common,
                            const WaitingMap& map, const Resources& demand, const Resources& available) {
    { F::kName } -> std::convertible_to<std::string_view>;
    { form.variants(work, common) } -> std::same_as<std::vector<LayerHardware>>;
    { form.delay_buffer(map, common) } -> std::same_as<Resources>;
    { form.limits(available) } -> std::same_as<std::vector<CapacityLimit>>;
    { form.occupied(demand, available) } -> std::same_as<Resources>;
    { form.adds_up() } -> std::same_as<bool>;
    { form.aluts(work, common, available) } -> std::same_as<std::optional<double>>;
    { form.fmax(work, common) } -> std::same_as<std::optional<Hertz>>;
    { form.assumed_weights() } -> std::same_as<std::optional<AssumedWeights>>;
};

/// One of a closed set of forms; its members ask whichever it is.
template <FpgaForm... Forms>
class AnyForm : public std::variant<Forms...> {
public:
    using std::variant<Forms...>::variant;

    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const {
        return ask([&](const FpgaForm auto& form) { return form.variants(work, common); });
    }
    [[nodiscard]] Resources delay_buffer(const WaitingMap& map, const CommonFigures& common) const {
        return ask([&](const FpgaForm auto& form) { return form.delay_buffer(map, common); });
    }
    [[nodiscard]] std::vector<CapacityLimit> limits(const Resources& available) const {
        return ask([&](const FpgaForm auto& form) { return form.limits(available); });
    }
    [[nodiscard]] Resources occupied(const Resources& demand, const Resources& available) const {
        return ask([&](const FpgaForm auto& form) { return form.occupied(demand, available); });
    }
    [[nodiscard]] bool adds_up() const {
        return ask([](const FpgaForm auto& form) { return form.adds_up(); });
    }
    [[nodiscard]] std::optional<double> aluts(const LayerWork& work, const CommonFigures& common,
                                              const Resources& available) const {
        return ask([&](const FpgaForm auto& form) { return form.aluts(work, common, available); });
    }
    [[nodiscard]] std::optional<Hertz> fmax(const LayerWork& work, const CommonFigures& common) const {
        return ask([&](const FpgaForm auto& form) { return form.fmax(work, common); });
    }
    [[nodiscard]] std::optional<AssumedWeights> assumed_weights() const {
        return ask([](const FpgaForm auto& form) { return form.assumed_weights(); });
    }

private:
    template <class Question>
    [[nodiscard]] auto ask(const Question& question) const {
        return std::visit(question, static_cast<const std::variant<Forms...>&>(*this));
    }
};

}  // namespace cleave
