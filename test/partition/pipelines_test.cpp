// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/pipelines.hpp"

#include "support/networks.hpp"
#include "support/random_mappings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

constexpr Fold kFoldOfA{2, 1, Multipliers::dsp, true};

/// Three convolutions on 6 x 6 positions, folded at 100 MHz: 10 ns a cycle.
struct ThreePaced : ThreeConvs {
    explicit ThreePaced(const PlatformOptions& options) : platform(make_platform(options)) {}

    [[nodiscard]] static PlatformOptions folded(HandOver hand_over) {
        PlatformOptions options;
        options.form = Form::folded;
        options.hand_over = hand_over;
        options.capacity = {100000, 100000, 100000};
        return options;
    }
    /// `a` with 2 of 4 filters at a time, one channel and a whole column of it: 2 * (3 * 2) * 36 cycles.
    [[nodiscard]] Mapping run(const Fold& of_b, const Fold& of_c) const {
        return {{{a, b, c}}, {}, {{a, {0, kFoldOfA}}, {b, {0, of_b}}, {c, {0, of_c}}}};
    }
    [[nodiscard]] std::vector<Pipeline> pipelines(const Mapping& mapping) const {
        const UnitGraph units(network);
        const StateSpace states(units);
        const Costing costing(units, platform);
        return pipelines_of(costing, evaluate(costing, states, mapping));
    }

    Platform platform;
};

constexpr Fold kOneByOne{1, 1, Multipliers::dsp, false};
constexpr Fold kTwoByOne{2, 1, Multipliers::dsp, false};
constexpr Fold kFourByOne{4, 1, Multipliers::dsp, false};

}  // namespace

TEST_CASE("the slowest layer paces a run, the first of several", "[partition][pipelines]") {
    const ThreePaced three(ThreePaced::folded(HandOver::buffered));
    // 1x1 from 4 to 4 channels: 4 / PE * 4 / SIMD * 36 cycles.
    struct Case {
        Fold of_b;
        Fold of_c;
        std::int64_t pace;
        LayerId pacing;
    };
    for (const Case& one :
         {Case{kTwoByOne, kFourByOne, 4320, three.a}, Case{kOneByOne, kTwoByOne, 5760, three.b},
          Case{kTwoByOne, kOneByOne, 5760, three.c}, Case{kOneByOne, kOneByOne, 5760, three.b}}) {
        const std::vector<Pipeline> pipelines = three.pipelines(three.run(one.of_b, one.of_c));
        REQUIRE(pipelines.size() == 1);
        CHECK(pipelines.front().pace == Nanoseconds(one.pace));
        CHECK(pipelines.front().clock == Hertz(100e6));
        REQUIRE(pipelines.front().pacing_layer() != nullptr);
        CHECK(pipelines.front().pacing_layer()->layer == one.pacing);
        REQUIRE(pipelines.front().layers.size() == 3);
        CHECK(pipelines.front().layers[0].interval == Nanoseconds(4320));
        CHECK(pipelines.front().layers[0].hardware.fold == kFoldOfA);
        CHECK(pipelines.front().layers[1].interval == Nanoseconds(one.of_b == kOneByOne ? 5760 : 2880));
    }
}

TEST_CASE("transfers pace a run that streams beside them if they take longer", "[partition][pipelines]") {
    ThreePaced three(ThreePaced::folded(HandOver::streamed));
    const auto pacer = [&](double down_us, double up_us) {
        three.platform.link.to_fpga = {Seconds(down_us * 1e-6), Seconds(), BytesPerSecond(1e12)};
        three.platform.link.to_gpu = {Seconds(up_us * 1e-6), Seconds(), BytesPerSecond(1e12)};
        const Pipeline pipeline = three.pipelines(three.run(kOneByOne, kTwoByOne)).front();
        CHECK(pipeline.pace ==
              Nanoseconds(std::max({std::int64_t{5760}, static_cast<std::int64_t>(1000 * down_us),
                                    static_cast<std::int64_t>(1000 * up_us)})));
        const PipelineLayer* layer = pipeline.pacing_layer();
        CHECK((layer == nullptr) == std::holds_alternative<Direction>(pipeline.paced_by));
        return pipeline.paced_by;
    };
    using Pacer = std::variant<LayerId, Direction>;
    CHECK(pacer(1, 2) == Pacer(three.b));
    CHECK(pacer(7, 6) == Pacer(Direction::to_fpga));
    CHECK(pacer(6, 7) == Pacer(Direction::to_gpu));
    CHECK(pacer(7, 7) == Pacer(Direction::to_fpga));
    // As long as the layer's interval to the nanosecond.
    CHECK(pacer(5.76, 1) == Pacer(three.b));

    three.platform.hand_over = HandOver::buffered;
    three.platform.link.to_fpga.floor = three.platform.link.to_gpu.floor = Seconds(1);
    CHECK(three.pipelines(three.run(kOneByOne, kTwoByOne)).front().paced_by == Pacer(three.b));
}

TEST_CASE("pipelines hold what a partition has on the FPGA, in the order of its mapping",
          "[partition][pipelines]") {
    for (const HandOver hand_over : {HandOver::buffered, HandOver::streamed}) {
        std::size_t splits = 0;
        std::size_t several = 0;
        std::size_t by_transfers = 0;
        const auto check = [&](const Scored& s) {
            const std::vector<Pipeline> pipelines = pipelines_of(s.costing, s.score);
            REQUIRE(pipelines.size() == s.mapping.runs.size() + s.mapping.splits.size());
            several += pipelines.size() > 1 ? 1 : 0;
            for (std::size_t i = 0; i < pipelines.size(); ++i) {
                const Pipeline& pipeline = pipelines[i];
                std::vector<LayerId> layers;
                Resources sum;
                Nanoseconds slowest(1);
                for (const PipelineLayer& one : pipeline.layers) {
                    layers.push_back(one.layer);
                    sum += one.demand;
                    slowest = std::max(slowest, one.interval);
                }
                const bool is_split = i >= s.mapping.runs.size();
                REQUIRE(pipeline.axis.has_value() == is_split);
                if (is_split) {
                    const Split& split = s.mapping.splits[i - s.mapping.runs.size()];
                    CHECK(layers == std::vector<LayerId>{split.layer});
                    CHECK(pipeline.axis == split.axis);
                    CHECK(pipeline.share == split.fpga_share);
                    ++splits;
                } else {
                    CHECK(layers == s.mapping.runs[i]);
                }
                const StageGroup group = groups_of(s.units, s.mapping)[i];
                const GroupCost cost = s.costing.group(group);
                CHECK(sum == cost.demand);
                CHECK(pipeline.pace == cost.pace);
                CHECK(pipeline.time == cost.fpga);
                const bool streamed = hand_over == HandOver::streamed;
                CHECK(pipeline.pace == (streamed ? std::max({slowest, cost.to_fpga, cost.to_gpu}) : slowest));
                CHECK((pipeline.pacing_layer() == nullptr) == (pipeline.pace > slowest));
                by_transfers += pipeline.pacing_layer() == nullptr ? 1 : 0;
            }
        };
        const std::size_t count = for_random_mappings(
            60, 10, check, [&](PlatformOptions& options) { options.hand_over = hand_over; });
        CHECK(count > 100);
        CHECK(splits > 10);
        CHECK(several > 10);
        CHECK((by_transfers > 10) == (hand_over == HandOver::streamed));
    }
}
