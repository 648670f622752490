// SPDX-License-Identifier: Apache-2.0
// The models that the importer was written for.
#include "cleave/onnx/import.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace fs = std::filesystem;
using namespace cleave;

namespace {

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("the six reference models have their published sizes", "[onnx]") {
    const fs::path folder = fs::path(CLEAVE_SOURCE_DIR).parent_path() / "shared" / "models";
    if (!fs::is_directory(folder)) {
        WARN("skipped: there is no folder " << folder.string());
        return;
    }
    struct Expected {
        std::int64_t macs;
        std::size_t modules;
    };
    const std::map<std::string, Expected> models{
        {"light_resnet50", {4089184256, 18}},     {"light_bvlc_alexnet", {654560384, 8}},
        {"light_squeezenet", {349151936, 12}},    {"light_shufflenet", {124664528, 18}},
        {"light_inception_v1", {1431556352, 15}}, {"light_zfnet512", {1481727008, 8}},
    };
    for (const auto& [name, expected] : models) {
        CAPTURE(name);
        const auto imported = import_onnx(read_onnx(read_text(folder / (name + ".onnx"))), name);
        CHECK(imported.network.totals().macs == expected.macs);
        CHECK(imported.network.modules().size() == expected.modules);
        CHECK(imported.warnings.empty());
        CHECK(imported.parameters.size() == imported.network.layers().size());
    }
}
