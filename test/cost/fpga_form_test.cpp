// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/fpga_form.hpp"

#include "cleave/cost/dhm_csd.hpp"
#include "cleave/cost/dhm_fitted.hpp"
#include "cleave/network/parameters.hpp"
#include "support/networks.hpp"
#include "support/platforms.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// A third form: multipliers in DSP blocks, two of them in each, that a layer may reuse. Folded by f, a
/// convolution of m products a position has m / f multipliers and takes f clocks a position. Multipliers that
/// find no block are 50 ALM each.
struct SharedMultipliers {
    static constexpr std::string_view kName = "folded";

    std::int64_t alm_per_multiplier = 10;

    [[nodiscard]] std::vector<LayerHardware> variants(const LayerWork& work,
                                                      const CommonFigures& common) const {
        std::vector<LayerHardware> all;
        const Shape& in = work.inputs.front();
        const auto filters = filters_of(work.op, in);
        for (const std::int64_t fold : {1, 2, 4, 8}) {
            if (filters && filters->weights() % fold == 0) {
                const std::int64_t multipliers = filters->weights() / fold;
                all.push_back(
                    {.resources = {.alm = alm_per_multiplier * multipliers, .dsp = (multipliers + 1) / 2},
                     .interval = fold * in.positions(),
                     .positions = in.positions(),
                     .depth = common.pipeline_stages + fold});
            }
        }
        return all;
    }
    [[nodiscard]] static Resources delay_buffer(const WaitingMap& map, const CommonFigures& common) {
        return {.alm = map.channels * map.positions * common.bits};
    }
    [[nodiscard]] static std::vector<CapacityLimit> limits(const Resources& available) {
        // ALM + 100 (DSP - available) <= ALM available, where there are too few blocks.
        return {{.resource = "alm", .alm = 1, .limit = available.alm},
                {.resource = "alm", .alm = 1, .dsp = 100, .limit = available.alm + 100 * available.dsp},
                {.resource = "m20k", .m20k = 1, .limit = available.m20k}};
    }
    [[nodiscard]] static Resources occupied(const Resources& demand, const Resources& available) {
        const std::int64_t soft = std::max<std::int64_t>(demand.dsp - available.dsp, 0);
        return {.alm = demand.alm + 100 * soft, .dsp = demand.dsp - soft, .m20k = demand.m20k};
    }
    [[nodiscard]] static bool adds_up() { return false; }
    [[nodiscard]] static std::optional<double> aluts(const LayerWork& /*work*/,
                                                     const CommonFigures& /*common*/,
                                                     const Resources& /*available*/) {
        return std::nullopt;
    }
    [[nodiscard]] static std::optional<Hertz> fmax(const LayerWork& /*work*/,
                                                   const CommonFigures& /*common*/) {
        return Hertz(150e6);
    }
    [[nodiscard]] static std::optional<AssumedWeights> assumed_weights() { return AssumedWeights{3}; }
};

using ThreeForms = AnyForm<DhmFitted, DhmCsd, SharedMultipliers>;

/// A form without its member number `missing`.
template <int missing>
struct Lacking {
    static constexpr std::string_view kName = "lacking";
    std::vector<LayerHardware> variants(const LayerWork&, const CommonFigures&) const requires(missing != 1);
    Resources delay_buffer(const WaitingMap&, const CommonFigures&) const requires(missing != 2);
    std::vector<CapacityLimit> limits(const Resources&) const requires(missing != 3);
    Resources occupied(const Resources&, const Resources&) const requires(missing != 4);
    bool adds_up() const requires(missing != 5);
    std::optional<double> aluts(const LayerWork&, const CommonFigures&, const Resources&) const
        requires(missing != 6);
    std::optional<Hertz> fmax(const LayerWork&, const CommonFigures&) const requires(missing != 7);
    std::optional<AssumedWeights> assumed_weights() const requires(missing != 8);
};
static_assert(FpgaForm<DhmFitted> && FpgaForm<DhmCsd> && FpgaForm<SharedMultipliers> && FpgaForm<Lacking<0>>);
static_assert(!FpgaForm<Lacking<1>> && !FpgaForm<Lacking<2>> && !FpgaForm<Lacking<3>> &&
              !FpgaForm<Lacking<4>> && !FpgaForm<Lacking<5>> && !FpgaForm<Lacking<6>> &&
              !FpgaForm<Lacking<7>> && !FpgaForm<Lacking<8>>);

}  // namespace

TEST_CASE("a list of forms asks whichever form it is", "[cost][fpga]") {
    CommonFigures common;
    common.pipeline_stages = 3;
    common.streaming.m20k_words = 4;
    const Resources available{.alm = 1000, .dsp = 10, .m20k = 5};
    // 6 filters of 4 taps, 24 weights; 25 positions.
    const LayerWork conv = work(conv_op(6, 1), {{4, 5, 5}});

    ThreeForms form = DhmCsd{{.fixed = 50, .per_term = 10}, {}, {}, 1e6};
    REQUIRE(form.variants(conv, common).size() == 1);
    CHECK(form.variants(conv, common)[0].resources == Resources{.alm = 24 * 10 + 50});
    CHECK(form.limits(available).size() == 3);
    CHECK(form.adds_up());
    CHECK(!form.fmax(conv, common));

    form = DhmFitted{};
    REQUIRE(form.variants(conv, common).size() == 1);
    CHECK(form.limits(available).size() == 5);
    CHECK(!form.adds_up());
    CHECK(form.aluts(conv, common, available) == 0);
    CHECK(form.delay_buffer({5, 4}, common) == Resources{.m20k = 1, .m20k_dear = 1, .m20k_dearest = 1});

    form = SharedMultipliers{};
    const std::vector<LayerHardware> variants = form.variants(conv, common);
    REQUIRE(variants.size() == 4);
    // 24, 12, 6 and 3 multipliers.
    CHECK(variants[0].resources == Resources{.alm = 240, .dsp = 12});
    CHECK(variants[3].resources == Resources{.alm = 30, .dsp = 2});
    CHECK(variants[0].interval == 25);
    CHECK(variants[3].interval == 200);
    CHECK(variants[3].depth == 11);
    CHECK(form.variants(work(Softmax{}, {{4, 1, 1}}), common).empty());
    CHECK(form.delay_buffer({2, 3}, common) == Resources{.alm = 48});
    CHECK(!form.adds_up());
    CHECK(!form.aluts(conv, common, available));
    CHECK(form.fmax(conv, common)->value() == 150e6);
}

TEST_CASE("limits of a form with DSP blocks hold exactly when what is occupied fits", "[cost][fpga]") {
    const ThreeForms form = SharedMultipliers{};
    const Resources available{.alm = 1000, .dsp = 10, .m20k = 5};
    int fits = 0;
    int cases = 0;
    for (std::int64_t alm = 0; alm <= 1200; alm += 50) {
        for (std::int64_t dsp = 0; dsp <= 24; ++dsp) {
            const Resources demand{.alm = alm, .dsp = dsp};
            const Resources real = form.occupied(demand, available);
            const bool expected = real.alm <= available.alm && real.dsp <= available.dsp;
            const auto limits = form.limits(available);
            const bool kept = std::all_of(limits.begin(), limits.end(),
                                          [&](const CapacityLimit& l) { return l.use(demand) <= l.limit; });
            CAPTURE(alm, dsp);
            REQUIRE(kept == expected);
            fits += kept ? 1 : 0;
            ++cases;
        }
    }
    CHECK(fits > 100);
    CHECK(fits < cases - 100);
}
