// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_onnx_network.hpp"

#include "cleave/config/model_weights.hpp"
#include "cleave/config/read_config.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/units/sha256.hpp"
#include "support/folder.hpp"
#include "support/onnx_models.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

std::string sized_model() {
    ModelBuilder b({1, 3, -1, -1});
    b.conv("conv", "x", {4, 3, 3, 3});
    return write_onnx(b.build("conv"));
}

}  // namespace

TEST_CASE("a model is a network file", "[config]") {
    const Folder folder;
    const std::string bytes = write_onnx(unknown_operators());
    const NetworkFile file = load_network(folder.write("a.onnx", bytes));
    CHECK(file.sha256 == sha256(bytes));
    CHECK(file.warnings.size() == 3);
    CHECK(file.network.name() == "a");  // the graph's own name says nothing
    const NetworkFile again = load_network(folder.write("spec.yaml", file.spec));
    CHECK(again.network.totals().macs == file.network.totals().macs);

    FaultList faults;
    const auto shapes = parse_input_shapes({"x=1,3,8,6"}, faults);
    const Network sized = load_network(folder.write("b.onnx", sized_model()), shapes).network;
    CHECK(sized.output(sized.result()) == Shape{4, 8, 6});
}

TEST_CASE("faults of a model name its file, and have no line", "[config]") {
    const Folder folder;
    const auto message = [&](const std::string& name, const std::string& bytes,
                             const std::vector<std::string>& shapes) {
        const std::string path = folder.write(name, bytes);
        FaultList faults;
        const auto parsed = parse_input_shapes(shapes, faults);
        (void)read_network_file(path, std::nullopt, faults, parsed);
        std::string text = faults.empty() ? "" : format_fault(faults.faults().front());
        const std::size_t at = text.find(path);
        return at == std::string::npos ? text : text.substr(0, at) + name + text.substr(at + path.size());
    };
    CHECK(message("a.onnx", "", {}) == "a.onnx: error: the file is empty");
    CHECK(message("a.onnx", sized_model(), {}) ==
          "a.onnx: error: input 'x' is 1 x 3 x ? x ?; its size must be fixed (--input-shape x=1,3,224,224)");
    CHECK(message("a.onnx", sized_model(), {"x=1,3,8,6", "x=1,3,8,6"}) ==
          "--input-shape x=1,3,8,6:1:1: error: input 'x' has a shape already");
    CHECK(message("a.yaml", "cleave_network: 1", {"x=1,3,8,6"}) ==
          "--input-shape x=1,3,8,6:1:1: error: is for ONNX models; a network spec has its own input shape");
}

TEST_CASE("a model is explored without a configuration", "[config][explore]") {
    const Folder folder;
    const std::string data = source_dir();
    const std::string path = folder.write("model.onnx", sized_model());
    const ExploreConfig config = load_explore_config(path, {{data}, {"search.share_step=2"}, {"x=1,3,8,6"}});
    CHECK(config.request.network.output(LayerId{}) == Shape{3, 8, 6});
    CHECK(config.request.space.share_step == 2);
    CHECK(config.request.platform.gpu.model().name == "jetson_tx2");
    CHECK(config.request.platform.gpu.profile().name == "graph");
    CHECK(config.request.platform.fpga.implementation_names() == "folded + dhm-csd");
    CHECK(config.request.platform.link.name == "pcie_gen2_x4_measured");
    CHECK(config.network_sha256 == sha256(sized_model()));
    // Another size is another exploration; another path is not.
    const auto other = load_explore_config(path, {{data}, {"search.share_step=2"}, {"x=1,3,8,8"}});
    CHECK(other.config_sha256 != config.config_sha256);
    const std::string moved = folder.write("moved.onnx", sized_model());
    CHECK(load_explore_config(moved, {{data}, {"search.share_step=2"}, {"x=1,3,8,6"}}).config_sha256 ==
          config.config_sha256);
    // In a configuration, with the shape there.
    const std::string text =
        "cleave_config: 1\nnetwork: model.onnx\ninput_shape: x=1,3,8,6\n"
        "gpu: {model: jetson_tx2, profile: graph, power_mode: max_n}\n"
        "fpga: {model: cyclone10gx_10cx220, implementation: dhm-csd}\nlink: {model: pcie_gen2_x4_measured}\n";
    const std::string file = folder.write("c.yaml", text);
    CHECK(load_explore_config(file, {{data}, {}}).request.network.output(LayerId{}) == Shape{3, 8, 6});
    // A shape of the command line comes first.
    CHECK(load_explore_config(file, {{data}, {}, {"x=1,3,9,9"}}).request.network.output(LayerId{}) ==
          Shape{3, 9, 9});
}

TEST_CASE("numbers beside a model are read from its folder, and from nowhere else", "[config]") {
    const Folder folder;
    folder.write("outside.bin", "0123456789");
    folder.write("models/weights/a.bin", "0123456789");
    const ExternalReader read = external_files((folder.path() / "models" / "model.onnx").string());
    CHECK(read({"weights/a.bin", 2, 3}) == "234");
    CHECK(read({"weights/a.bin", 0, 10}) == "0123456789");
    CHECK_FALSE(read({"weights/b.bin", 0, 1}));
    CHECK_FALSE(read({"", 0, 1}));
    CHECK_THROWS_WITH(read({"weights/a.bin", 8, 3}),
                      "is stored in 'weights/a.bin' at 8 with 3 bytes, beyond its end at 10");
    CHECK_THROWS_WITH(read({"weights/a.bin", UINT64_MAX, UINT64_MAX}), Catch::Contains("beyond its end"));
    const std::string outside = (folder.path() / "outside.bin").string();
    fs::create_symlink(outside, folder.path() / "models" / "link.bin");
    for (const std::string& path :
         {std::string("../outside.bin"), std::string("weights/../../outside.bin"), outside,
          std::string("link.bin"), std::string("weights"), std::string("../none.bin")}) {
        CAPTURE(path);
        CHECK_THROWS_WITH(read({path, 0, 1}), Catch::Contains("which is no file inside the model's folder"));
    }
}

TEST_CASE("a model without its weights has none, and says so", "[config]") {
    const Folder folder;
    ModelBuilder b({1, 3, 4, 4});
    b.conv("conv", "x", {4, 3, 3, 3});
    OnnxModel model = b.build("conv");
    const std::string whole = write_onnx(model);
    // An initializer's raw data (field 9) of 432 bytes, under another number that readers skip.
    const std::string key("\x4a\xb0\x03", 3);
    std::string stripped = whole;
    stripped.replace(stripped.find(key), 1, "\x7a");
    const NetworkFile file = load_network(folder.write("a.onnx", stripped));
    CHECK_FALSE(file.parameters);
    CHECK(file.warnings ==
          std::vector<std::string>{
              "the numbers of 1 weight ('conv.weight') are neither in the file nor beside it; the "
              "network is explored by their shapes"});
    FaultList faults;
    CHECK_FALSE(read_model_weights(folder.write("b.onnx", stripped), std::nullopt, file.network, faults));
    REQUIRE(faults.size() == 1);
    CHECK(faults.faults().front().message ==
          "the numbers of 1 weight ('conv.weight') are neither in the file nor beside it");
    CHECK(load_network(folder.write("c.onnx", whole)).parameters);
}
