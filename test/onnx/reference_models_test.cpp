// SPDX-License-Identifier: Apache-2.0
// The models that the importer was written for.
#include "cleave/onnx/import.hpp"
#include "support/skip.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {}  // namespace

TEST_CASE("the six reference models have their published sizes", "[onnx]") {
    const fs::path folder = fs::path(source_dir()).parent_path() / "shared" / "models";
    if (!fs::is_directory(folder)) {
        skip_case("there is no folder " + folder.string());
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
