// SPDX-License-Identifier: Apache-2.0
// Inputs that must be refused: test/rejected/KIND/NAME.yaml, with exactly the messages in NAME.expected.
#include "cleave/config/read_config.hpp"
#include "cleave/config/read_mapping.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/models/any_model.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/sweep/read_sweep.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

const fs::path kRejected = fs::path(source_dir()) / "test" / "rejected";
constexpr std::size_t kFewestCases = 94;

void load_as(const std::string& kind, const std::string& file) {
    const fs::path data = kRejected / "data";
    if (kind == "network") {
        (void)load_network(file);
    } else if (kind == "model") {
        const std::string name = fs::path(file).filename().string();
        if (name.starts_with("gpu_")) {
            (void)load_gpu_model(file);
        } else if (name.starts_with("fpga_")) {
            (void)load_fpga_model(file);
        } else if (name.starts_with("link_")) {
            (void)load_link_model(file);
        } else {
            (void)load_model(file);
        }
    } else if (kind == "config") {
        (void)load_explore_config(file, {{data.string()}, {}});
    } else if (kind == "sweep") {
        (void)load_sweep(file);
    } else if (kind == "mapping") {
        const Network network = load_network((data / "network_specs" / "tiny.yaml").string()).network;
        (void)load_mapping(file, network, {{"simple", 0}, {"folded", 1}});
    } else {
        FAIL("no reader for the folder " << kind);
    }
}

/// The messages, with file names relative to the folder of the case.
std::string messages(const fs::path& path) {
    std::string text;
    try {
        load_as(path.parent_path().filename().string(), path.string());
    } catch (const InputError& error) {
        text = std::string(error.what()) + "\n";
    }
    const std::string folder = path.parent_path().string() + "/";
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
        text.erase(at, folder.size());
    }
    return text;
}

std::vector<fs::path> cases() {
    std::vector<fs::path> paths;
    for (const char* kind : {"network", "model", "config", "mapping", "sweep"}) {
        REQUIRE(fs::is_directory(kRejected / kind));
        for (const auto& entry : fs::directory_iterator(kRejected / kind)) {
            if (entry.path().extension() == ".yaml") {
                paths.push_back(entry.path());
            }
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

TEST_CASE("every rejected input gives exactly the expected messages", "[config][rejected]") {
    const std::vector<fs::path> paths = cases();
    REQUIRE(paths.size() >= kFewestCases);
    for (const fs::path& path : paths) {
        CAPTURE(path.string());
        const std::string expected = read_text(fs::path(path).replace_extension(".expected"));
        CHECK(!expected.empty());
        CHECK(messages(path) == expected);
    }
}

TEST_CASE("the inputs that rejected cases build on are accepted", "[config][rejected]") {
    const fs::path data = kRejected / "data";
    CHECK(load_network((data / "network_specs" / "tiny.yaml").string()).network.modules().size() == 2);
    CHECK(load_model((data / "cost_models" / "toy_gpu.yaml").string()).kind == "gpu");
    CHECK(load_model((data / "cost_models" / "toy_fpga.yaml").string()).kind == "fpga");
    CHECK(load_model((data / "cost_models" / "toy_link.yaml").string()).kind == "link");
}
