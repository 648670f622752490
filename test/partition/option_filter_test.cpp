// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/option_filter.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace cleave;

namespace {

bool is_near(std::int64_t kept, std::int64_t other, double factor) {
    return static_cast<double>(kept) <= std::ceil(static_cast<double>(other) * factor);
}

bool stands_for(const StageOption& kept, const StageOption& other) {
    return is_near(kept.time.ticks(), other.time.ticks(), kLadderNear) &&
           is_near(kept.energy.ticks(), other.energy.ticks(), kLadderNear) &&
           is_near(kept.demand.alm, other.demand.alm, kLadderStep) &&
           is_near(kept.demand.dsp, other.demand.dsp, kLadderStep) &&
           is_near(kept.demand.m20k, other.demand.m20k, kLadderStep);
}

std::vector<StageOption> random_options(std::mt19937& random, std::size_t count) {
    std::uniform_int_distribution<std::int64_t> cost(1000, 1200);
    std::uniform_int_distribution<std::int64_t> demand(0, 20);
    std::vector<StageOption> options(count);
    for (std::size_t i = 0; i < count; ++i) {
        options[i].stage = static_cast<std::uint32_t>(i);
        options[i].time = Nanoseconds(cost(random));
        options[i].energy = Picojoules(cost(random));
        options[i].demand.alm = 50 * demand(random);
        options[i].demand.dsp = demand(random);
        options[i].demand.m20k = demand(random);
    }
    return options;
}

}  // namespace

TEST_CASE("every option that is thinned out is near one that is kept", "[partition][folded]") {
    std::mt19937 random(7);
    const auto before = [](const StageOption& a, const StageOption& b) { return a.stage < b.stage; };
    std::size_t all = 0;
    std::size_t left = 0;
    for (int repetition = 0; repetition < 50; ++repetition) {
        std::vector<StageOption> options = random_options(random, 300);
        keep_nondominated(options, before);
        std::vector<StageOption> kept = options;
        thin_out(kept);
        for (const StageOption& option : options) {
            CHECK(std::any_of(kept.begin(), kept.end(),
                              [&](const StageOption& k) { return stands_for(k, option); }));
        }
        all += options.size();
        left += kept.size();
    }
    CHECK(left < all);
}

TEST_CASE("what needs nothing of a resource is not given up for what needs some", "[partition][folded]") {
    StageOption on_gpu;
    on_gpu.time = Nanoseconds(1000);
    on_gpu.energy = Picojoules(1000);
    StageOption on_fpga = on_gpu;
    on_fpga.time = Nanoseconds(990);
    on_fpga.demand.dsp = 1;
    std::vector<StageOption> options{on_fpga, on_gpu};
    thin_out(options);
    REQUIRE(options.size() == 1);
    CHECK(options.front().demand.dsp == 0);
}
