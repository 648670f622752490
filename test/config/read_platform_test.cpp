// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_platform.hpp"

#include "cleave/config/read_config.hpp"
#include "cleave/config/write_platform.hpp"
#include "cleave/partition/evaluate.hpp"
#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

ExploreConfig load_file(const fs::path& path, const std::vector<std::string>& overrides) {
    return load_explore_config(path.string(), {{source_dir()}, overrides});
}

bool same(const LinkDirection& a, const LinkDirection& b) {
    return a.floor.value() == b.floor.value() && a.overhead.value() == b.overhead.value() &&
           a.bandwidth.value() == b.bandwidth.value() && a.exponent == b.exponent && a.spread == b.spread;
}

void check_same(const Platform& a, const Platform& b) {
    CHECK(a.gpu.model().name == b.gpu.model().name);
    CHECK(a.gpu.profile().name == b.gpu.profile().name);
    CHECK(a.gpu.mode().name == b.gpu.mode().name);
    CHECK(a.fpga.model().name == b.fpga.model().name);
    CHECK(a.fpga.implementation_names() == b.fpga.implementation_names());
    CHECK(a.fpga.clocks().front().value() == b.fpga.clocks().front().value());
    CHECK(a.fpga.capacity() == b.fpga.capacity());
    CHECK(a.link.name == b.link.name);
    CHECK(same(a.link.to_fpga, b.link.to_fpga));
    CHECK(same(a.link.to_gpu, b.link.to_gpu));
    CHECK(a.link.energy.value() == b.link.energy.value());
    CHECK(a.link.idle_power.value() == b.link.idle_power.value());
    CHECK(a.energy_scope == b.energy_scope);
    CHECK(a.resource_scope == b.resource_scope);
    CHECK(a.conversion == b.conversion);
    CHECK(a.unused_fpga == b.unused_fpga);
}

const std::vector<std::vector<std::string>> kOverrides{
    {},
    {"fpga.clock=123.456789 MHz", "fpga.capacity.alm=1000", "energy.scope=active", "energy.conversion=free",
     "energy.unused_fpga=unpowered", "resources.scope=module"},
    {"link.bandwidth=0.7 GB/s", "link.overhead=1.3 us", "link.floor=0 s", "link.energy=0.1 pJ/B"},
    {"link.energy=123.456789 pJ/B"},
    {"link.model=pcie_gen2_x4_paper"},
};

}  // namespace

TEST_CASE("a platform is read as it was written", "[config][platform]") {
    const Folder folder;
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(source_dir()) / "configs")) {
        if (!entry.is_regular_file()) {
            continue;
        }
        for (const auto& overrides : kOverrides) {
            CAPTURE(entry.path().string(), overrides);
            const ExploreConfig config = load_file(entry.path(), overrides);
            const Platform& platform = config.request.platform;
            const Platform again = load_platform(folder.write("platform.yaml", platform_yaml(config)));
            check_same(again, platform);
            // Numbers of the models too: a mapping costs the same.
            const UnitGraph units(config.request.network);
            const StateSpace states(units);
            const Score score = evaluate(Costing(units, again), states, Mapping{});
            const Score right = evaluate(Costing(units, platform), states, Mapping{});
            CHECK(score.latency == right.latency);
            CHECK(score.energy == right.energy);
            ++count;
        }
    }
    CHECK(count >= 30);
}

TEST_CASE("what is wrong with a platform is said where it stands", "[config][platform]") {
    const Folder folder;
    const std::string good = platform_yaml(
        load_file(fs::path(source_dir()) / "test/configs/squeezenet_1.0.yaml", kOverrides.front()));
    const auto refused = [&](const std::string& from, const std::string& to, const std::string& message) {
        std::string text = good;
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        CHECK_THROWS_WITH(load_platform(folder.write("platform.yaml", text)),
                          Catch::Contains("platform.yaml:") && Catch::Contains(message));
    };
    refused("cleave_platform: 1", "cleave_platform: 2", "cleave_platform");
    refused("settings:", "setting:", "settings");
    refused("profile:", "profiles:", "profile");
    refused("clock: ", "clock: -", "clock");
    refused("scope:", "scopes:", "scope");
    refused("to_gpu:", "to_cpu:", "to_gpu");
    CHECK_THROWS_AS(load_platform((folder.path() / "none.yaml").string()), InputError);
}
