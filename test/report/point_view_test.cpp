// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/point_view.hpp"

#include "cleave/report/neighbours.hpp"
#include "cleave/search/explore.hpp"
#include "support/random_mappings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Bars of one lane are one after the other, within the latency; gives their whole time.
Nanoseconds check_lane(const PointView& view, Lane lane) {
    Nanoseconds busy;
    Nanoseconds free;
    for (const Bar& bar : view.bars) {
        if (bar.lane == lane) {
            CHECK(bar.start >= free);
            CHECK(bar.end > bar.start);
            CHECK(bar.end <= view.score.latency);
            CHECK_FALSE(bar.layers.empty());
            free = bar.end;
            busy += bar.end - bar.start;
        }
    }
    return busy;
}

void check_view(const PointView& view) {
    // The score's interval is that of the busiest device (Busy::longest), summed there by other code.
    CHECK(std::max({check_lane(view, Lane::gpu), check_lane(view, Lane::link),
                    check_lane(view, Lane::fpga)}) == view.score.interval);
    CHECK(view.energy.sum() == view.score.energy);
    std::int64_t bytes = 0;
    std::map<Lane, Picojoules> energy;
    for (const Bar& bar : view.bars) {
        bytes += bar.bytes;
        energy[bar.lane] += bar.energy;
        CHECK((bar.bytes > 0) == (bar.lane == Lane::link));
    }
    CHECK(bytes == view.score.link_bytes);
    CHECK(energy[Lane::gpu] == view.energy.gpu);
    CHECK(energy[Lane::link] == view.energy.link);
    CHECK(energy[Lane::fpga] == view.energy.fpga);
}

void check_places(const PointView& view, const Mapping& mapping) {
    for (std::size_t r = 0; r < mapping.runs.size(); ++r) {
        for (const LayerId layer : mapping.runs[r]) {
            CHECK(view.places[index(layer)].device == LayerPlace::Device::fpga);
            CHECK(view.places[index(layer)].run == r);
        }
    }
    for (const Split& split : mapping.splits) {
        const LayerPlace& place = view.places[index(split.layer)];
        CHECK(place.device == LayerPlace::Device::split);
        CHECK(place.share == split.fpga_share);
        CHECK(place.extent > place.share);
    }
    CHECK(view.pipelines.size() == mapping.runs.size() + mapping.splits.size());
}

}  // namespace

TEST_CASE("Bars, energies and bytes of a point add up to its score", "[report]") {
    const std::size_t count = for_random_mappings(80, 10, [](const Scored& s) {
        const PointView view = view_point(s.costing, s.mapping, s.score);
        check_view(view);
        check_places(view, s.mapping);
    });
    CHECK(count > 100);
}

TEST_CASE("The schedule of a run, by hand", "[report]") {
    const Network network = Chain({2, 8, 8}).then("a", conv_op(4, 3, 1, 1)).then("b", conv_op(4, 1)).build();
    const Platform platform = make_platform();
    const UnitGraph units(network);
    const StateSpace states(units);
    const Costing costing(units, platform);
    const Mapping mapping{{{find_layer(network, "a")}}, {}};
    const PointView view = view_point(costing, mapping, evaluate(costing, states, mapping));
    // Convert, send, compute, send back, convert; then the other layer on the GPU.
    REQUIRE(view.bars.size() == 6);
    const std::vector<std::pair<Lane, Activity>> expected{
        {Lane::gpu, Activity::convert}, {Lane::link, Activity::down},   {Lane::fpga, Activity::compute},
        {Lane::link, Activity::up},     {Lane::gpu, Activity::convert}, {Lane::gpu, Activity::compute}};
    Nanoseconds now;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(view.bars[i].lane == expected[i].first);
        CHECK(view.bars[i].activity == expected[i].second);
        CHECK(view.bars[i].start == now);
        now = view.bars[i].end;
    }
    CHECK(now == view.score.latency);
    // 8 bits an element: 2 x 8 x 8 down, 4 x 8 x 8 up.
    CHECK(view.bars[1].bytes == 128);
    CHECK(view.bars[3].bytes == 256);
    CHECK(view.bars[1].layers == std::vector<LayerId>{LayerId{}});
    CHECK(view.bars[5].layers == std::vector<LayerId>{find_layer(network, "b")});
}

namespace {

/// One convolution in folded hardware with 8 of its 16 filters on the FPGA, `pe` of them at a time.
struct FoldedSplit {
    FoldedSplit(std::int64_t pe, HandOver hand_over) : platform(make_platform(options(hand_over))) {
        const LayerId a = find_layer(network, "a");
        mapping = {{}, {{a, SplitAxis::filters, 8}}, {{a, {0, Fold{pe, 1, Multipliers::dsp, false}}}}};
        view = view_point(costing, mapping, evaluate(costing, states, mapping));
    }
    [[nodiscard]] static PlatformOptions options(HandOver hand_over) {
        PlatformOptions options;
        options.form = Form::folded;
        options.hand_over = hand_over;
        // The GPU's share takes longer than some foldings of the FPGA's and less than others.
        options.kernel_overhead = 100;
        options.capacity = {100000, 100000, 100000};
        return options;
    }
    [[nodiscard]] const Bar& bar(Lane lane, Activity activity) const {
        const auto is_it = [&](const Bar& one) { return one.lane == lane && one.activity == activity; };
        REQUIRE(std::count_if(view.bars.begin(), view.bars.end(), is_it) == 1);
        return *std::find_if(view.bars.begin(), view.bars.end(), is_it);
    }

    Network network = Chain({8, 8, 8}).then("a", conv_op(16, 3, 1, 1)).build();
    Platform platform;
    UnitGraph units{network};
    StateSpace states{units};
    Costing costing{units, platform};
    Mapping mapping;
    PointView view;
};

Nanoseconds length(const Bar& bar) { return bar.end - bar.start; }

}  // namespace

TEST_CASE("GPU and FPGA work on a split at the same time, and each counts once", "[report][folds]") {
    std::set<bool> fpga_is_slower;
    for (const HandOver hand_over : {HandOver::buffered, HandOver::streamed}) {
        for (const std::int64_t pe : {1, 2, 4, 8}) {
            CAPTURE(pe, name_of(hand_over));
            const FoldedSplit split(pe, hand_over);
            const Bar before = *std::find_if(
                split.view.bars.begin(), split.view.bars.end(),
                [](const Bar& bar) { return bar.lane == Lane::gpu && bar.activity == Activity::convert; });
            const Bar& gpu = split.bar(Lane::gpu, Activity::compute);
            const Bar& fpga = split.bar(Lane::fpga, Activity::compute);
            const Bar& down = split.bar(Lane::link, Activity::down);
            const Bar& up = split.bar(Lane::link, Activity::up);
            const Bar& after = split.view.bars.back();
            REQUIRE(split.view.bars.size() == 6);
            CHECK(before.start == Nanoseconds{});
            // Both start when the input is converted, and what comes up waits for the GPU's share.
            CHECK(gpu.start == before.end);
            CHECK(down.start == before.end);
            CHECK(std::max(gpu.start, fpga.start) < std::min(gpu.end, fpga.end));
            CHECK(after.lane == Lane::gpu);
            CHECK(after.start == std::max(gpu.end, up.end));
            CHECK(after.end == split.view.score.latency);
            fpga_is_slower.insert(up.end > gpu.end);
            if (hand_over == HandOver::buffered) {
                CHECK(fpga.start == down.end);
                CHECK(up.start == fpga.end);
                CHECK(split.view.score.latency ==
                      length(before) + std::max(length(gpu), length(down) + length(fpga) + length(up)) +
                          length(after));
            } else {
                // Maps cross while the FPGA computes: from its first to its last moment, and counted with it.
                CHECK(fpga.start == down.start);
                CHECK(fpga.end == up.end);
                CHECK(length(fpga) >= std::max(length(down), length(up)));
                CHECK(split.view.score.latency ==
                      length(before) + std::max(length(gpu), length(fpga)) + length(after));
            }
        }
    }
    CHECK(fpga_is_slower.size() == 2);
}

TEST_CASE("With streamed hand-over each direction of the link has one bar at a time", "[report]") {
    std::size_t both_at_once = 0;
    const auto check = [&](const Scored& s) {
        PointView view = view_point(s.costing, s.mapping, s.score);
        CHECK(view.energy.sum() == view.score.energy);
        check_lane(view, Lane::gpu);
        check_lane(view, Lane::fpga);
        for (const Bar& bar : view.bars) {
            if (bar.lane == Lane::link) {
                // The FPGA works as long as a map crosses.
                CHECK(std::any_of(view.bars.begin(), view.bars.end(), [&](const Bar& fpga) {
                    return fpga.lane == Lane::fpga && fpga.start <= bar.start && bar.end <= fpga.end;
                }));
                both_at_once += std::any_of(view.bars.begin(), view.bars.end(), [&](const Bar& other) {
                    return other.lane == Lane::link && bar.activity == Activity::down &&
                           other.activity == Activity::up && bar.start < other.end && other.start < bar.end;
                });
            }
        }
        for (const Activity direction : {Activity::down, Activity::up}) {
            PointView one = view;
            std::erase_if(one.bars, [&](const Bar& bar) { return bar.activity != direction; });
            check_lane(one, Lane::link);
        }
    };
    CHECK(for_random_mappings(40, 10, check,
                              [](PlatformOptions& options) { options.hand_over = HandOver::streamed; }) > 50);
    CHECK(both_at_once > 10);
}

TEST_CASE("The sample holds design points that the front dominates, and no others", "[report]") {
    std::size_t found = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        const Network network = random_network(random, random.between(2, 4));
        const Platform platform = make_platform(random_platform_options(random));
        const ReferenceCosts costs(network, platform);
        const auto partitions =
            costs.units().size() > 6 ? std::nullopt : ReferenceSpace(costs, DesignSpace{}).partitions(2000);
        if (!partitions) {
            continue;
        }
        CAPTURE(seed);
        std::set<std::pair<std::int64_t, std::int64_t>> space;
        for (const RefPartition& partition : *partitions) {
            if (partition.feasible) {
                space.insert({partition.time, partition.energy});
            }
        }
        const UnitGraph units(network);
        const StateSpace states(units);
        const Costing costing(units, platform);
        std::vector<NamedPoint> front;
        for (const FrontPoint& point : explore({network, platform, {}, {}, {}}).front) {
            front.push_back({"p", point.mapping, point.score.latency, point.score.energy});
        }
        const auto sample = dominated_neighbours(costing, states, {}, front, 1000);
        for (std::size_t i = 0; i < sample.size(); ++i) {
            const DominatedPoint& point = sample[i];
            CHECK(std::any_of(front.begin(), front.end(), [&](const NamedPoint& p) {
                return p.latency <= point.latency && p.energy <= point.energy &&
                       !(p.latency == point.latency && p.energy == point.energy);
            }));
            CHECK(space.count({point.latency.ticks(), point.energy.ticks()}) == 1);
            CHECK((i == 0 || std::pair(sample[i - 1].latency, sample[i - 1].energy) <
                                 std::pair(point.latency, point.energy)));
        }
        found += sample.size();
        CHECK(dominated_neighbours(costing, states, {}, front, 2).size() <= 2);
    }
    CHECK(found > 20);
}
