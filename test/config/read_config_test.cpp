// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_config.hpp"

#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kData = source_dir() + "/test/rejected/data";
const std::string kMinimal =
    "cleave_config: 1\n"
    "network: tiny\n"
    "gpu: {model: toy_gpu, profile: plain, power_mode: fast}\n"
    "fpga: {model: toy_fpga, implementation: simple}\n"
    "link: {model: toy_link}\n";

ExploreConfig load(const std::string& text, std::vector<std::string> overrides = {}) {
    const Folder folder;
    return load_explore_config(folder.write("c.yaml", text), {{kData}, std::move(overrides)});
}

std::string fault(const std::string& text, std::vector<std::string> overrides) {
    try {
        (void)load(text, std::move(overrides));
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("what a configuration leaves out has its default", "[config][explore]") {
    const ExploreConfig config = load(kMinimal);
    const Platform& platform = config.request.platform;
    CHECK(config.request.network.name() == "tiny");
    CHECK(platform.gpu.profile().name == "plain");
    CHECK(platform.fpga.clocks().front() == Hertz(76e6));
    CHECK(platform.fpga.capacity() == Resources{80000, 192, 587});
    CHECK(platform.energy_scope == EnergyScope::system);
    CHECK(platform.resource_scope == ResourceScope::network);
    CHECK(platform.conversion == Conversion::charged);
    CHECK(platform.unused_fpga == UnusedFpga::powered);
    CHECK(config.request.space.strategies.size() == 4);
    CHECK(config.request.space.axes.size() == 3);
    CHECK(config.request.space.share_step == 1);
    CHECK_FALSE(config.request.space.longest_run);
    CHECK_FALSE(config.request.constraints.max_latency);
    CHECK_FALSE(config.request.limits.time_limit);
    CHECK(config.gpu.name == "toy_gpu");
    CHECK(config.network_sha256.size() == 64);
}

TEST_CASE("every key of a configuration is taken over", "[config][explore]") {
    const ExploreConfig config = load(
        "cleave_config: 1\n"
        "network: tiny\n"
        "gpu: {model: toy_gpu, profile: plain, power_mode: fast}\n"
        "fpga: {model: toy_fpga, implementation: simple, clock: 100 MHz, capacity: {alm: 1000, m20k: 5}}\n"
        "link: {model: toy_link, bandwidth: 1 GB/s, overhead: 10 us, sync: 4 us, energy: 0 pJ/B}\n"
        "energy: {scope: active, conversion: free, unused_fpga: unpowered}\n"
        "resources: {scope: module}\n"
        "space: {strategies: [fused], axes: [], longest_run: 12}\n"
        "objectives: [energy, latency]\n"
        "constraints: {max_latency: 20 ms, max_energy: 0.1 J}\n"
        "search: {share_step: 4, threads: 2, time_limit: 60 s, memory_limit: 500 MB, bound_ladder: true}\n");
    const Platform& platform = config.request.platform;
    CHECK(platform.fpga.clocks().front() == Hertz(100e6));
    CHECK(platform.fpga.capacity() == Resources{1000, 192, 5});
    CHECK(platform.link.to_fpga.bandwidth == BytesPerSecond(1e9));
    CHECK(platform.link.to_gpu.bandwidth == BytesPerSecond(1e9));
    CHECK(platform.link.to_fpga.overhead == Seconds(10e-6));
    CHECK(platform.link.to_gpu.overhead == Seconds(10e-6));
    CHECK(platform.link.to_fpga.sync == Seconds(4e-6));
    CHECK(platform.link.to_gpu.sync == Seconds(4e-6));
    CHECK(platform.link.to_gpu.floor == Seconds(21e-6));
    CHECK(platform.link.energy == JoulesPerByte(0));
    CHECK(platform.energy_scope == EnergyScope::active);
    CHECK(platform.resource_scope == ResourceScope::module);
    CHECK(platform.conversion == Conversion::free);
    CHECK(platform.unused_fpga == UnusedFpga::off);
    CHECK(config.request.space.strategies == std::set<Strategy>{Strategy::fused});
    CHECK(config.request.space.axes.empty());
    CHECK(config.request.space.longest_run == 12);
    CHECK(config.request.space.share_step == 4);
    CHECK(config.request.limits.bound_ladder);
    CHECK(config.request.constraints.max_latency == Seconds(0.02));
    CHECK(config.request.constraints.max_energy == Joules(0.1));
    CHECK(config.request.limits.threads == 2);
    CHECK(config.request.limits.time_limit == Seconds(60));
    CHECK(config.request.limits.memory_limit == 500'000'000);
}

TEST_CASE("the baseline says whether the FPGA is bought or there", "[config][explore]") {
    CHECK(load(kMinimal + "baseline: add\n").request.platform.unused_fpga == UnusedFpga::off);
    CHECK(load(kMinimal + "baseline: use\n").request.platform.unused_fpga == UnusedFpga::powered);
    CHECK(load(kMinimal, {"baseline=add"}).request.platform.unused_fpga == UnusedFpga::off);
    CHECK_THAT(fault(kMinimal + "baseline: buy\n", {}),
               Catch::Contains("baseline: unknown baseline 'buy' (allowed: add, use)"));
    CHECK_THAT(fault(kMinimal + "baseline: add\nenergy: {unused_fpga: powered}\n", {}),
               Catch::Contains("energy.unused_fpga: is what baseline says already"));
}

TEST_CASE("profiles are found by what runs so", "[config][explore]") {
    CHECK(load(kMinimal, {"gpu.profile=pytorch"}).request.platform.gpu.profile().name == "plain");
    CHECK_THAT(fault(kMinimal, {"gpu.profile=pytorhc"}), Catch::Contains("unknown profile 'pytorhc'"));
}

TEST_CASE("the least time of a transfer can be replaced, also by nothing", "[config][explore]") {
    for (const auto& [text, value] : {std::pair("3 us", 3e-6), std::pair("0 s", 0.0)}) {
        const LinkModel link = load(kMinimal, {std::string("link.floor=") + text}).request.platform.link;
        CHECK(link.to_fpga.floor == Seconds(value));
        CHECK(link.to_gpu.floor == Seconds(value));
    }
}

TEST_CASE("overrides replace values and add keys", "[config][explore]") {
    const ExploreConfig config =
        load(kMinimal, {"fpga.clock=100MHz", "network=tiny_2", "space.axes=[filters, groups]",
                        "fpga.capacity.alm=5", "fpga.capacity={alm: 6}"});
    CHECK(config.request.platform.fpga.clocks().front() == Hertz(100e6));
    CHECK(config.request.network.name() == "tiny_2");
    CHECK(config.request.space.axes == std::set<SplitAxis>{SplitAxis::filters, SplitAxis::groups});
    CHECK(config.request.platform.fpga.capacity().alm == 6);
}

TEST_CASE("faults of an override are placed in it", "[config][explore]") {
    CHECK(fault(kMinimal, {"fpga.clock=100"}) ==
          "--set fpga.clock=100:1:12: error: fpga.clock: '100' has no unit (a frequency such as '100 MHz' is "
          "needed)");
    CHECK(
        fault(kMinimal, {"fpga.clok=1 MHz"}) ==
        "--set fpga.clok=1 MHz:1:6: error: fpga: unknown key 'clok' (did you mean 'clock'?; allowed: model, "
        "implementation, clock, capacity)");
    CHECK(fault(kMinimal, {"clock"}) == "--set clock:1:1: error: there is no '=' (KEY.PATH=VALUE is needed)");
    CHECK(fault(kMinimal, {"a..b=1"}).find("a key of the path is empty") != std::string::npos);
    CHECK(fault(kMinimal, {"network.name=1"}) ==
          "--set network.name=1:1:9: error: network: has no keys, so 'name' cannot be set");
    CHECK(fault(kMinimal, {"network= "}) ==
          "--set network= :1:8: error: there is no value after '=' (KEY.PATH=VALUE is needed)");
    CHECK(fault(kMinimal, {"space.axes=[filters"}) ==
          "--set space.axes=[filters:1:20: error: not valid YAML: ',' or ']' is missing");
}

TEST_CASE("the configuration's hash covers its bytes and overrides", "[config][explore]") {
    // printf '%s' "$text" | sha256sum
    CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(load(kMinimal).config_sha256 == sha256(kMinimal));
    CHECK(load(kMinimal, {"fpga.clock=100MHz", "network=tiny"}).config_sha256 ==
          sha256(kMinimal + "fpga.clock=100MHz\nnetwork=tiny\n"));
}

TEST_CASE("paths are relative to the configuration", "[config][explore]") {
    const Folder folder;
    const std::string text =
        "cleave_network: 1\nname: own\ninput: {channels: 1, height: 4, width: 4}\n"
        "modules:\n  - {name: a, layers: [{name: r, op: relu}]}\n";
    (void)folder.write("nets/own.yaml", text);
    std::string minimal = kMinimal;
    minimal.replace(minimal.find("network: tiny"), 13, "network: ../nets/own.yaml");
    const std::string file = folder.write("configs/c.yaml", minimal);
    const ExploreConfig config = load_explore_config(file, {{kData}, {}});
    CHECK(config.request.network.name() == "own");
    CHECK(config.network_sha256 == sha256(text));
}

TEST_CASE("data folders are searched in order", "[config][explore]") {
    const Folder folder;
    const std::string file = folder.write("c.yaml", kMinimal);
    const std::string first =
        fs::path(folder.write("data/network_specs/tiny.yaml",
                              "cleave_network: 1\nname: first\n"
                              "input: {channels: 1, height: 4, width: 4}\n"
                              "modules:\n  - {name: a, layers: [{name: r, op: relu}]}\n"))
            .parent_path()
            .parent_path()
            .string();
    CHECK(load_explore_config(file, {{first, kData}, {}}).request.network.name() == "first");
    CHECK(load_explore_config(file, {{kData, first}, {}}).request.network.name() == "tiny");
}

TEST_CASE("the shipped configurations are accepted", "[config][explore]") {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(source_dir()) / "configs")) {
        if (entry.path().extension() == ".yaml") {
            CAPTURE(entry.path().string());
            CHECK_NOTHROW(load_explore_config(entry.path().string(), {{source_dir()}, {}}));
            ++count;
        }
    }
    CHECK(count > 0);
}
