// SPDX-License-Identifier: Apache-2.0
#include "fuzz/import_bytes.hpp"
#include "support/onnx_models.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;
using io::OnnxModel;
using io::OnnxTensor;
using io::OnnxType;
using Dims = ModelBuilder::Dims;
using Messages = std::vector<std::string>;

namespace {

const fs::path kCorpus = fs::path(CLEAVE_SOURCE_DIR) / "test" / "fuzz" / "corpus";

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Messages refusal(std::string_view bytes, const io::InputShapes& shapes = {}) {
    try {
        (void)io::import_onnx(io::read_onnx(bytes, shapes), "model");
    } catch (const io::OnnxError& error) {
        return error.messages();
    }
    return {};
}

/// True, with a message, in a build without the ONNX library.
bool without_onnx() {
    if (!io::has_onnx()) {
        WARN("skipped: this build has no ONNX library");
    }
    return !io::has_onnx();
}

bool same(const OnnxTensor& a, const OnnxTensor& b) {
    return a.name == b.name && a.type == b.type && a.dims == b.dims && a.floats == b.floats &&
           a.ints == b.ints;
}

}  // namespace

TEST_CASE("a build without the ONNX library says so", "[io][onnx]") {
    if (io::has_onnx()) {
        CHECK_NOTHROW(io::write_onnx(many_operators()));
        return;
    }
    CHECK(refusal("x") ==
          Messages{"this build of cleave has no support for ONNX files (CLEAVE_ONNX is OFF)"});
}

TEST_CASE("a model is read as it was written", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    OnnxModel model = many_operators();
    model.producer = "tests";
    model.initializers.push_back({"bytes", OnnxType::int8, {3}, {}, {-128, 0, 127}});
    model.initializers.push_back({"words", OnnxType::int32, {2}, {}, {-2147483648, 2147483647}});
    const std::string bytes = io::write_onnx(model);
    CHECK(bytes == io::write_onnx(model));
    const OnnxModel read = io::read_onnx(bytes);
    CHECK(read.ir_version == model.ir_version);
    CHECK(read.opset == 11);
    CHECK(read.producer == "tests");
    CHECK(read.graph_name == model.graph_name);
    REQUIRE(read.initializers.size() == model.initializers.size());
    for (std::size_t i = 0; i < model.initializers.size(); ++i) {
        CHECK(same(read.initializers[i], model.initializers[i]));
    }
    REQUIRE(read.nodes.size() == model.nodes.size());
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
        CHECK(read.nodes[i].name == model.nodes[i].name);
        CHECK(read.nodes[i].op == model.nodes[i].op);
        CHECK(read.nodes[i].inputs == model.nodes[i].inputs);
        CHECK(read.nodes[i].outputs == model.nodes[i].outputs);
        CHECK(read.nodes[i].attributes.size() == model.nodes[i].attributes.size());
    }
    CHECK(std::get<Dims>(read.nodes[0].attributes.at("strides")) == Dims{2, 2});
    CHECK(std::get<std::string>(read.nodes[0].attributes.at("auto_pad")) == "SAME_UPPER");
    CHECK(std::get<double>(read.nodes[1].attributes.at("alpha")) == static_cast<double>(0.2F));
    // Written without shapes inside, which are inferred.
    CHECK(read.values.at("same").dims == Dims{1, 8, 7, 6});
    CHECK(read.outputs.front().dims == Dims{1, 6});
}

TEST_CASE("shapes of unknown operators are inferred through a batch of any size", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    ModelBuilder b({-1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    b.add("resized", "Resize", {"conv", "", b.floats("scales", {4}, {1, 1, 2, 2})});
    b.add("elu", "Elu", {"resized"});
    const auto imported = io::import_onnx(io::read_onnx(io::write_onnx(b.build("elu"))), "model");
    CHECK(imported.network.output(imported.network.result()) == Shape{4, 8, 8});
}

TEST_CASE("input shapes replace the model's", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    ModelBuilder b({-1, 2, -1, -1});
    b.conv("conv", "x", {4, 2, 3, 3});
    b.shape("conv", {1, 4, 99, 99});
    b.add("relu", "Relu", {"conv"});
    const std::string bytes = io::write_onnx(b.build("relu", {1, 4, 99, 99}));
    CHECK(refusal(bytes).size() == 1);
    const auto imported = io::import_onnx(io::read_onnx(bytes, {{"x", {1, 2, 6, 5}}}), "model");
    CHECK(imported.network.output(imported.network.result()) == Shape{4, 6, 5});
    CHECK(refusal(bytes, {{"y", {1, 2, 6, 5}}}) == Messages{"the model has no input 'y' (inputs: 'x')"});
    CHECK(refusal(bytes, {{"x", {1, 2, 6}}}) == Messages{"input 'x' has 4 dimensions, not 3"});
    CHECK(refusal(bytes, {{"x", {1, 3, 6, 5}}}) ==
          Messages{"node 'conv' (Conv): weights [4, 2, 3, 3] do not fit 3 input channels in 1 groups"});
}

TEST_CASE("old models that list weights as inputs are read", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    ModelBuilder b({1, 2, 4, 4}, 9);
    b.model().ir_version = 3;
    b.conv("conv", "x", {4, 2, 3, 3});
    OnnxModel model = b.build("conv");
    // The reader takes what an initializer exists for out of the inputs.
    model.inputs.insert(model.inputs.begin(), {"conv.weight", OnnxType::float32, Dims{4, 2, 3, 3}});
    const OnnxModel read = io::read_onnx(io::write_onnx(model));
    REQUIRE(read.inputs.size() == 1);
    CHECK(read.inputs.front().name == "x");
    CHECK(import_bytes(io::write_onnx(model)));
}

TEST_CASE("models of newer versions of the file format are read", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    OnnxModel model = many_operators();
    model.ir_version = 12;
    const OnnxModel read = io::read_onnx(io::write_onnx(model));
    CHECK(read.ir_version == 12);
    CHECK(read.values.at("same").dims == Dims{1, 8, 7, 6});
}

TEST_CASE("files that are no models are refused", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    CHECK(refusal("") == Messages{"the file is empty"});
    CHECK(refusal("cleave_network: 1\nname: t\n") ==
          Messages{"this is not an ONNX model, or the file is damaged"});
    CHECK(refusal(std::string(1000, '\0')) == Messages{"this is not an ONNX model, or the file is damaged"});
    // A field of version 8 alone.
    CHECK(refusal("\x08\x08") == Messages{"this is not an ONNX model: it has no graph"});
}

TEST_CASE("graphs that are none are refused", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    const auto written = [](ModelBuilder& b, const std::string& output) {
        return refusal(io::write_onnx(b.build(output)));
    };
    SECTION("a cycle") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("a", "Add", {"x", "c"});
        b.add("b", "Relu", {"a"});
        b.add("c", "Relu", {"b"});
        const Messages messages = written(b, "c");
        REQUIRE(messages.size() == 1);
        CHECK(messages.front().find("depends on its own output (the graph has a cycle)") !=
              std::string::npos);
    }
    SECTION("nodes out of order are put in order") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("b", "Relu", {"a"});
        b.add("a", "Sigmoid", {"x"});
        CHECK(written(b, "b").empty());
    }
    SECTION("undefined and repeated values") {
        ModelBuilder b({1, 2, 4, 4});
        b.add("a", "Relu", {"missing"});
        b.add("a", "Relu", {"x"});
        CHECK(written(b, "nowhere") == Messages{"node 'a' (Relu) defines value 'a', which is defined already",
                                                "the model's output 'nowhere' is computed by no node",
                                                "node 'a' (Relu) reads 'missing', which nothing defines"});
    }
    SECTION("no nodes") {
        ModelBuilder b({1, 2, 4, 4});
        CHECK(written(b, "x") == Messages{"the model has no nodes"});
    }
}

TEST_CASE("weights outside the file, of the wrong length or impossible size are refused", "[io][onnx]") {
    if (without_onnx()) {
        return;
    }
    ModelBuilder b({1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    const std::string bytes = io::write_onnx(b.build("conv"));
    // Field 1 (dims) of the tensor: 0x08 and the value, four times, before its type.
    const std::string dims = {'\x08', 4, '\x08', 2, '\x08', 3, '\x08', 3, '\x10', 1};
    const std::size_t at = bytes.find(dims);
    REQUIRE(at != std::string::npos);
    std::string shorter = bytes;
    shorter[at + 1] = 5;
    CHECK(refusal(shorter) == Messages{"initializer 'conv.weight' holds 72 values where its shape needs 90"});

    ModelBuilder huge({1, 2, 4, 4}, 9);
    huge.add("w", "ConstantOfShape", {huge.integers("dims", {4}, {1 << 20, 2, 1 << 20, 1 << 20})});
    huge.add("conv", "Conv", {"x", "w"});
    CHECK_FALSE(refusal(io::write_onnx(huge.build("conv"))).empty());
}

TEST_CASE("every truncation of a model is refused or a model", "[io][onnx][damage]") {
    if (without_onnx()) {
        return;
    }
    const std::string bytes = io::write_onnx(squeeze_excite());
    CHECK(import_bytes(bytes));
    std::size_t refused = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        refused += import_bytes(std::string_view(bytes).substr(0, size)) ? 0 : 1;
    }
    CHECK(refused > bytes.size() / 2);
}

TEST_CASE("every flipped bit of a model is refused or a model", "[io][onnx][damage]") {
    if (without_onnx()) {
        return;
    }
    Random random(5);
    std::size_t refused = 0;
    std::size_t cases = 0;
    for (const auto& [name, model] : example_models()) {
        CAPTURE(name);
        const std::string bytes = io::write_onnx(model);
        for (int i = 0; i < 400; ++i) {
            std::string damaged = bytes;
            for (std::int64_t flips = random.between(1, 4); flips > 0; --flips) {
                const auto at =
                    static_cast<std::size_t>(random.below(static_cast<std::int64_t>(bytes.size())));
                damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^
                                                (1U << static_cast<unsigned>(random.below(8))));
            }
            CAPTURE(i);
            refused += import_bytes(damaged) ? 0 : 1;
            ++cases;
        }
    }
    CHECK(refused > 0);
    CHECK(refused < cases);
}

TEST_CASE("the corpus of the fuzz target is what the examples are, and breaks nothing",
          "[io][onnx][corpus]") {
    if (without_onnx()) {
        return;
    }
    for (const auto& [name, model] : example_models()) {
        CAPTURE(name);
        CHECK(read_text(kCorpus / (name + ".onnx")) == io::write_onnx(model));
        CHECK(import_bytes(io::write_onnx(model)));
    }
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(kCorpus)) {
        CAPTURE(entry.path().string());
        CHECK_NOTHROW(import_bytes(read_text(entry.path())));
        ++files;
    }
    CHECK(files >= example_models().size());
}

// Run by hand when the examples change: cleave_tests "[write-corpus]"
TEST_CASE("write the corpus of the fuzz target", "[.][write-corpus]") {
    for (const auto& [name, model] : example_models()) {
        std::ofstream(kCorpus / (name + ".onnx"), std::ios::binary) << io::write_onnx(model);
    }
}
