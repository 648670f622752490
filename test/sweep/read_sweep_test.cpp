// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/read_sweep.hpp"

#include "cleave/config/read_config.hpp"
#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

const std::string kData = source_dir() + "/test/rejected/data";
const std::string kConfig =
    "cleave_config: 1\n"
    "network: tiny\n"
    "gpu: {model: toy_gpu, profile: plain, power_mode: fast}\n"
    "fpga: {model: toy_fpga, implementation: simple}\n"
    "link: {model: toy_link}\n";

/// A folder with two configurations and a sweep, removed at the end.
class Sweep {
public:
    explicit Sweep(const std::string& text) {
        fs::create_directory(folder_.path() / "models");
        write("a.yaml", kConfig);
        write("b.yaml", kConfig + "energy: {scope: active}\n");
        write("sweeps/s.yaml", text);
    }

    void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
    [[nodiscard]] fs::path path() const { return folder_.path(); }
    [[nodiscard]] SweepFile load() const { return load_sweep((path() / "sweeps/s.yaml").string()); }
    [[nodiscard]] ExploreConfig load_case(const SweepCase& one) const {
        return load_explore_config(one.base, {{kData}, {}, {}, one.settings});
    }

private:
    Folder folder_;
};

std::vector<std::string> names(const SweepFile& sweep) {
    std::vector<std::string> result;
    for (const SweepCase& one : sweep.cases) {
        result.push_back(one.name);
    }
    return result;
}

}  // namespace

TEST_CASE("a grid makes a case of each combination, the last key changing fastest", "[sweep]") {
    const Sweep file(
        "cleave_sweep: 1\nbase: ../a.yaml\ngrid:\n  fpga.clock: [50 MHz, 100MHz]\n"
        "  link.bandwidth: [0.5 GB/s, 1 GB/s]\n");
    const SweepFile sweep = file.load();
    CHECK(sweep.name == "s");
    CHECK(sweep.sha256.size() == 64);
    CHECK(names(sweep) == std::vector<std::string>{"fpga.clock=50MHz,link.bandwidth=0.5GBps",
                                                   "fpga.clock=50MHz,link.bandwidth=1GBps",
                                                   "fpga.clock=100MHz,link.bandwidth=0.5GBps",
                                                   "fpga.clock=100MHz,link.bandwidth=1GBps"});
    CHECK(sweep.cases[2].parameters ==
          std::vector<SweepParameter>{{"fpga.clock", "100MHz"}, {"link.bandwidth", "0.5 GB/s"}});
    const ExploreConfig config = file.load_case(sweep.cases[2]);
    CHECK(config.request.platform.fpga.clocks().front() == Hertz(100e6));
    CHECK(config.request.platform.link.to_gpu.bandwidth == BytesPerSecond(0.5e9));
}

TEST_CASE("bases, list and grid multiply, and set is for all cases", "[sweep]") {
    const Sweep file(
        "cleave_sweep: 1\nbase: [../a.yaml, ../b.yaml]\nset: {search.share_step: 2}\n"
        "list:\n  - {link.overhead: 1 us, link.floor: 1 us}\n  - {link.overhead: 5 us, link.floor: 9 us}\n"
        "grid: {space.strategies: [[gconv], [dwconv, fused]]}\n");
    const SweepFile sweep = file.load();
    REQUIRE(sweep.cases.size() == 8);
    const SweepCase& last = sweep.cases.back();
    CHECK(last.parameters == std::vector<SweepParameter>{{"config", "../b.yaml"},
                                                         {"link.overhead", "5 us"},
                                                         {"link.floor", "9 us"},
                                                         {"space.strategies", "[dwconv, fused]"}});
    const ExploreRequest request = file.load_case(last).request;
    CHECK(request.platform.energy_scope == EnergyScope::active);
    CHECK(request.platform.link.to_fpga.floor == Seconds(9e-6));
    CHECK(request.space.share_step == 2);
    CHECK(request.space.strategies == std::set<Strategy>{Strategy::dwconv, Strategy::fused});
    // The path of the base has a slash, so a hash keeps its name apart.
    CHECK(last.name.starts_with(
        "config=.._b.yaml,link.overhead=5us,link.floor=9us,space.strategies=dwconv+fused-"));
    const std::vector<std::string> all = names(sweep);
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == 8);
}

TEST_CASE("a base alone is a sweep of one case", "[sweep]") {
    const Sweep file("cleave_sweep: 1\nbase: ../a.yaml\n");
    CHECK(names(file.load()) == std::vector<std::string>{"case"});
}

TEST_CASE("a path in a sweep starts from the sweep's folder", "[sweep]") {
    const Sweep file("cleave_sweep: 1\nbase: ../a.yaml\ngrid: {network: [../models/n.yaml]}\n");
    fs::copy_file(kData + "/network_specs/tiny.yaml", file.path() / "models/n.yaml");
    CHECK(file.load_case(file.load().cases[0]).request.network.name() == "tiny");
}

TEST_CASE("a fault of a case is placed in the sweep", "[sweep]") {
    const Sweep file(
        "cleave_sweep: 1\nbase: ../a.yaml\ngrid:\n  fpga.clock: [50 MHz, 7]\n  link.bandwith: [1 GB/s]\n");
    const SweepFile sweep = file.load();
    std::string text;
    try {
        (void)file.load_case(sweep.cases[1]);
    } catch (const InputError& error) {
        text = error.what();
    }
    CHECK(text.find("s.yaml:4:24: error: fpga.clock: '7' has no unit") != std::string::npos);
    CHECK(text.find("s.yaml:5:8: error: link: unknown key 'bandwith' (did you mean 'bandwidth'?") !=
          std::string::npos);
}

TEST_CASE("settings enter the hash of a configuration", "[sweep]") {
    const Sweep file("cleave_sweep: 1\nbase: ../a.yaml\ngrid: {fpga.clock: [50 MHz, 60 MHz]}\n");
    const SweepFile sweep = file.load();
    CHECK(file.load_case(sweep.cases[0]).config_sha256 != file.load_case(sweep.cases[1]).config_sha256);
}
