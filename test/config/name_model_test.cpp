// SPDX-License-Identifier: Apache-2.0
// What is said of ONNX models before any is read: also by a build without the ONNX library.
#include "cleave/config/read_config.hpp"
#include "cleave/config/read_onnx_network.hpp"
#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

std::string dims_text(const std::string& text) {
    FaultList faults;
    const auto shapes = parse_input_shapes({text}, faults);
    if (!faults.empty()) {
        return format_fault(faults.faults().front());
    }
    std::string result = shapes.front().input;
    for (const std::int64_t dim : shapes.front().dims) {
        result += " " + std::to_string(dim);
    }
    return result;
}

}  // namespace

TEST_CASE("input shapes are a name and sizes", "[config]") {
    CHECK(dims_text("x=1,3,224,224") == "x 1 3 224 224");
    CHECK(dims_text("a=b=1") == "a=b 1");
    for (const char* text : {"x", "=1", "x=", "x=1,", "x=0", "x=-1", "x=1,,2", "x=1 2", "x=1048577", "x=1.5",
                             "x=99999999999999999999"}) {
        CAPTURE(text);
        CHECK(dims_text(text) == std::string("--input-shape ") + text + ":1:1: error: '" + text +
                                     "' is no input shape (NAME=1,CHANNELS,HEIGHT,WIDTH is needed)");
    }
}

TEST_CASE("a model that is not there is named alone", "[config][explore]") {
    const auto message = [](const std::string& path) -> std::string {
        try {
            (void)load_explore_config(path, {{source_dir()}, {}, {}});
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    };
    CHECK(message("missing.onnx") == "missing.onnx: error: cannot read the file: No such file or directory");
    // Where a configuration names it, the fault is there.
    const Folder folder;
    const std::string path = folder.write("c.yaml",
                                          "cleave_config: 1\nnetwork: missing.onnx\n"
                                          "gpu: {model: jetson_tx2, profile: graph, power_mode: max_n}\n"
                                          "fpga: {model: cyclone10gx_10cx220, implementation: dhm-csd}\n"
                                          "link: {model: pcie_gen2_x4_measured}\n");
    CHECK_THAT(message(path), Catch::StartsWith(path + ":2:10: error: network: cannot read '"));
}
