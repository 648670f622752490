// SPDX-License-Identifier: Apache-2.0
#include "cleave/partition/stage.hpp"

#include "support/random.hpp"
#include "support/reference_costs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

GroupCost group(std::int64_t before, std::int64_t down, std::int64_t fpga, std::int64_t up,
                std::int64_t beside, std::int64_t after) {
    GroupCost cost;
    cost.gpu_before = Nanoseconds(before);
    cost.to_fpga = Nanoseconds(down);
    cost.fpga = Nanoseconds(fpga);
    cost.to_gpu = Nanoseconds(up);
    cost.gpu_beside = Nanoseconds(beside);
    cost.gpu_after = Nanoseconds(after);
    return cost;
}

RefGroup reference(const GroupCost& cost) {
    RefGroup group;
    group.before = cost.gpu_before.ticks();
    group.down = cost.to_fpga.ticks();
    group.fpga = cost.fpga.ticks();
    group.up = cost.to_gpu.ticks();
    group.beside = cost.gpu_beside.ticks();
    group.after = cost.gpu_after.ticks();
    return group;
}

/// Conversions are charged for all groups or for none, as one platform does.
GroupCost random_group(Random& random, std::int64_t largest, Conversion conversion) {
    const auto length = [&] { return Nanoseconds(random.between(1, largest)); };
    const bool converts = conversion == Conversion::charged;
    GroupCost cost;
    cost.gpu_before = converts ? length() : Nanoseconds{};
    cost.to_fpga = length();
    cost.fpga = length();
    cost.to_gpu = length();
    cost.gpu_beside = Nanoseconds(random.below(largest));
    cost.gpu_after = converts || random.chance(50) ? length() : Nanoseconds{};
    return cost;
}

enum class Device { gpu, link, fpga };

Device device_of(TaskKind kind) {
    switch (kind) {
        case TaskKind::gpu_before:
        case TaskKind::gpu_work:
        case TaskKind::gpu_after: return Device::gpu;
        case TaskKind::to_fpga:
        case TaskKind::to_gpu: return Device::link;
        case TaskKind::fpga: return Device::fpga;
    }
    throw std::logic_error("task kind out of range");
}

}  // namespace

TEST_CASE("a stage without groups takes the GPU's time", "[partition][stage]") {
    CHECK(stage_time(nullptr, nullptr, Nanoseconds(7)) == Nanoseconds(7));
}

TEST_CASE("a group's tasks follow each other", "[partition][stage]") {
    const GroupCost run = group(1, 20, 300, 4000, 0, 50000);
    CHECK(stage_time(&run, nullptr, {}) == Nanoseconds(54321));
    // 500 of GPU work end while the FPGA is busy, 5000 end after the last transfer (4321) has ended.
    CHECK(stage_time(&run, nullptr, Nanoseconds(300)) == Nanoseconds(54321));
    CHECK(stage_time(&run, nullptr, Nanoseconds(5000)) == Nanoseconds(1 + 5000 + 50000));
    // The GPU's own share of a split counts as work.
    const GroupCost split = group(1, 20, 300, 4000, 5000, 50000);
    CHECK(stage_time(&split, nullptr, Nanoseconds(1000)) == Nanoseconds(1 + 6000 + 50000));
}

TEST_CASE("two groups share the devices in the better order", "[partition][stage]") {
    // a first: link 0-10, 10-11; FPGA 10-20, 20-120; link 20-30, 120-121. b first: link 0-1, 1-11; FPGA
    // 1-101, 101-111; link 101-102, 111-121.
    const GroupCost a = group(0, 10, 10, 10, 0, 0);
    const GroupCost b = group(0, 1, 100, 1, 0, 0);
    CHECK(stage_time(&a, &b, {}) == Nanoseconds(121));
    CHECK(stage_time(&b, &a, {}) == Nanoseconds(121));
    // With 100 more on the way up, the long transfer had better not come last.
    const GroupCost c = group(0, 10, 10, 110, 0, 0);
    CHECK(stage_time(&c, &b, {}) == Nanoseconds(131));
    CHECK(stage_time(&b, &c, {}) == Nanoseconds(131));
}

TEST_CASE("stage times equal a simulation from event to event", "[partition][stage][oracle]") {
    int better_second = 0;
    for (std::uint32_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        CAPTURE(seed);
        const auto largest = random.pick<std::int64_t>({2, 5, 20, 1000});
        const auto conversion = random.pick<Conversion>({Conversion::charged, Conversion::free});
        const GroupCost a = random_group(random, largest, conversion);
        const GroupCost b = random_group(random, largest, conversion);
        const std::int64_t work = random.chance(30) ? 0 : random.below(4 * largest);
        const RefGroup ref_a = reference(a);
        const RefGroup ref_b = reference(b);
        REQUIRE(stage_time(&a, nullptr, Nanoseconds(work)).ticks() == simulate_stage({&ref_a}, work));
        const Nanoseconds both = stage_time(&a, &b, Nanoseconds(work));
        REQUIRE(both.ticks() == simulate_stage({&ref_a, &ref_b}, work));
        REQUIRE(both == stage_time(&b, &a, Nanoseconds(work)));

        const StageTime function = stage_time_of(a, &b);
        REQUIRE(function.at(Nanoseconds(work)) == both);
        REQUIRE(stage_time_of(a, nullptr).at(Nanoseconds(work)) ==
                stage_time(&a, nullptr, Nanoseconds(work)));
        const Nanoseconds full = std::max(function.full_from(), Nanoseconds{});
        REQUIRE(stage_time(&a, &b, full + Nanoseconds(work)) == stage_time(&a, &b, full) + Nanoseconds(work));

        const std::vector<TaskTime> tasks = stage_tasks({a, b}, Nanoseconds(work));
        std::map<Device, Nanoseconds> free_at;
        Nanoseconds end;
        for (const TaskTime& task : tasks) {
            REQUIRE(task.group < 2);
            REQUIRE(task.start < task.end);
            REQUIRE(task.start >= free_at[device_of(task.kind)]);
            free_at[device_of(task.kind)] = task.end;
            end = std::max(end, task.end);
        }
        REQUIRE(end == both);
        REQUIRE(std::is_sorted(tasks.begin(), tasks.end(),
                               [](const TaskTime& x, const TaskTime& y) { return x.start < y.start; }));
        const auto first = std::find_if(tasks.begin(), tasks.end(),
                                        [](const TaskTime& t) { return t.kind == TaskKind::to_fpga; });
        better_second += first->group == 1 ? 1 : 0;
    }
    CHECK(better_second > 300);
}

TEST_CASE("the tasks of a group keep their order", "[partition][stage]") {
    const std::vector<TaskTime> tasks = stage_tasks({group(1, 2, 3, 4, 5, 6)}, Nanoseconds(10));
    REQUIRE(tasks.size() == 6);
    const std::vector<TaskKind> kinds{TaskKind::gpu_before, TaskKind::to_fpga, TaskKind::gpu_work,
                                      TaskKind::fpga,       TaskKind::to_gpu,  TaskKind::gpu_after};
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        CHECK(std::count_if(tasks.begin(), tasks.end(),
                            [&](const TaskTime& t) { return t.kind == kinds[i]; }) == 1);
    }
    CHECK(tasks.back().kind == TaskKind::gpu_after);
    CHECK(tasks.back().end == Nanoseconds(1 + 15 + 6));
    CHECK(stage_tasks({}, Nanoseconds(3)).size() == 1);
    CHECK_THROWS_AS(
        stage_tasks({group(1, 1, 1, 1, 1, 1), group(1, 1, 1, 1, 1, 1), group(1, 1, 1, 1, 1, 1)}, {}),
        std::invalid_argument);
}
