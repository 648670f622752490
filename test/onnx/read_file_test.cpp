// SPDX-License-Identifier: Apache-2.0
#include "fuzz/import_bytes.hpp"
#include "support/onnx_models.hpp"
#include "support/random.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;
using Messages = std::vector<std::string>;

namespace {

const fs::path kCorpus = fs::path(source_dir()) / "test" / "fuzz" / "corpus";

Messages refusal_of_bytes(std::string_view bytes, const InputShapes& shapes = {}) {
    try {
        (void)import_onnx(read_onnx(bytes, shapes), "model");
    } catch (const OnnxError& error) {
        return error.messages();
    }
    return {};
}

bool same(const OnnxTensor& a, const OnnxTensor& b) {
    return a.name == b.name && a.type == b.type && a.dims == b.dims && a.floats == b.floats &&
           a.ints == b.ints;
}

/// The bytes of a model, with the dimensions of its tensor of 4 x 2 x 3 x 3 replaced. Each dimension is the
/// key of field 1 and a number, and the type follows.
std::string with_dimensions(const std::string& fields) {
    ModelBuilder b({1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    std::string bytes = write_onnx(b.build("conv"));
    const std::string dims = {'\x08', 4, '\x08', 2, '\x08', 3, '\x08', 3, '\x10', 1};
    const std::size_t at = bytes.find(dims);
    REQUIRE(at != std::string::npos);
    return bytes.replace(at, fields.size(), fields);
}

/// A field of a protobuf message that holds bytes or another message.
std::string field(int number, const std::string& content) {
    std::string bytes{static_cast<char>(number << 3 | 2)};
    std::size_t size = content.size();
    for (; size >= 128; size >>= 7U) {
        bytes += static_cast<char>((size & 127U) | 128U);
    }
    return bytes + static_cast<char>(size) + content;
}

/// A model whose one node is an If, as exporters write it: each branch is a graph of its own.
std::string conditional_model() {
    const std::string value = field(1, "x") + field(2, field(1, "\x08\x01" + field(2, field(1, "\x08\x01"))));
    const auto branch = [](const std::string& output) {
        const std::string node = field(1, "x") + field(2, output) + field(4, "Relu");
        return field(1, node) + field(2, output) + field(12, field(1, output));
    };
    const auto attribute = [&](const std::string& name) {
        // Field 20 (type) with the value GRAPH.
        return field(5, field(1, name) + field(6, branch(name)) + "\xa0\x01\x05");
    };
    const std::string node = field(1, "x") + field(2, "y") + field(3, "choice") + field(4, "If") +
                             attribute("then_branch") + attribute("else_branch");
    const std::string graph = field(1, node) + field(2, "g") + field(11, value) + field(12, field(1, "y"));
    return "\x08\x08" + field(7, graph) + field(8, "\x10\x0d");
}

/// Files that a reader has to refuse, by name, with what it says.
struct HostileFile {
    std::string bytes;
    Messages messages;
};
std::map<std::string, HostileFile> hostile_files() {
    std::map<std::string, HostileFile> files;
    // Field 14 (data_location) with the value EXTERNAL, in place of the last dimension.
    files["external_data"] = {with_dimensions({'\x08', 4, '\x08', 2, '\x08', 3, '\x70', 1}),
                              {"node 'conv' (Conv): the shape of its output 'conv' is not known"}};
    files["wrong_length"] = {with_dimensions({'\x08', 5}),
                             {"initializer 'conv.weight' holds 72 values where its shape needs 90"}};
    files["gigabyte_tensor"] = {
        with_dimensions({'\x08', 127, '\x08', 127, '\x08', 127, '\x08', 127}),
        {"initializer 'conv.weight' holds 72 values where its shape needs 260144641"}};
    ModelBuilder filled({1, 2, 4, 4}, 9);
    filled.add("w", "ConstantOfShape", {filled.integers("dims", {4}, {1 << 20, 2, 1 << 20, 1 << 20})});
    filled.add("conv", "Conv", {"x", "w"});
    files["gigabyte_constant"] = {write_onnx(filled.build("conv")),
                                  {"node 'conv' (Conv): the shape of its output 'conv' is not known"}};
    ModelBuilder wide({1, 2, 1 << 20, 1 << 20});
    wide.conv("conv", "x", {4, 2, 3, 3});
    files["gigabyte_map"] = {write_onnx(wide.build("conv")),
                             {"input 'x': feature map 2x1048576x1048576 is too large (at most 68719476736 "
                              "elements)"}};
    files["if_only"] = {conditional_model(),
                        {"input 'x' is 1, a feature map of batch x channels x height x width is needed",
                         "node 'choice' (If): control flow is not supported"}};
    // Of FunctionProto: name, input, output, node and domain.
    const std::string body = field(1, "X") + field(2, "Y") + field(4, "F") + field(7, "pkg");
    ModelBuilder calls({1, 2, 4, 4});
    calls.add("call", "F", {"x"});
    calls.last().domain = "pkg";
    files["recursive_function"] = {
        write_onnx(calls.build("call")) + std::string("\xca\x01", 2) +
            [&](const std::string& function) {
                return static_cast<char>(function.size()) + function;
            }(field(1, "F") + field(4, "X") + field(5, "Y") + field(7, body) + field(10, "pkg")),
        {"the local function 'F' calls itself", "the model has no nodes",
         "the model's output 'call' is computed by no node"}};
    // What the library's shape inference divides by, or reads past the end of.
    const auto window = [&](const std::string& name, const std::string& op,
                            ModelBuilder::Attributes attributes) {
        ModelBuilder b({1, 2, 4, 4});
        attributes.emplace("kernel_shape", Dims{2, 2});
        const std::string y = op.find("Pool") != std::string::npos
                                  ? b.add("y", op, {"x"}, attributes)
                                  : b.add("y", op, {"x", b.weights("w", {2, 2, 2, 2})}, attributes);
        files[name] = {write_onnx(b.build(y)),
                       {fmt::format("node 'y' ({}): the shape of its output 'y' is not known", op)}};
    };
    window("conv_stride_0", "Conv", {{"strides", Dims{0, 1}}});
    window("max_pool_stride_0", "MaxPool", {{"strides", Dims{0, 0}}});
    window("average_pool_stride_least", "AveragePool",
           {{"strides", Dims{-1, -1}}, {"pads", Dims{INT64_MIN, 0, 0, 0}}});
    window("lp_pool_same_stride_0", "LpPool",
           {{"strides", Dims{0, 0}}, {"auto_pad", std::string("SAME_UPPER")}});
    window("conv_transpose_no_padding", "ConvTranspose", {{"output_padding", Dims{}}, {"strides", Dims{}}});
    ModelBuilder blocks({1, 4, 4, 4});
    blocks.add("y", "DepthToSpace", {"x"}, {{"blocksize", std::int64_t{0}}});
    files["blocksize_0"] = {write_onnx(blocks.build("y")),
                            {"node 'y' (DepthToSpace): the shape of its output 'y' is not known"}};
    ModelBuilder cycle({1, 2, 4, 4});
    cycle.add("a", "Add", {"x", "c"});
    cycle.add("b", "Relu", {"a"});
    cycle.add("c", "Relu", {"b"});
    files["cycle"] = {write_onnx(cycle.build("c")),
                      {"node 'a' (Add) depends on its own output (the graph has a cycle)"}};
    return files;
}

}  // namespace

TEST_CASE("a shape of what has none is not asked for", "[onnx][read_file]") {
    // From opset 15 on the library does not look.
    for (const std::int64_t opset : {13, 15, 17}) {
        CAPTURE(opset);
        ModelBuilder b({1, 2, 4, 4}, opset);
        b.conv("conv", "x", {4, 2, 3, 3});
        b.add("odd", "Mystery", {"conv"});
        b.last().domain = "custom";
        b.add("odd_shape", "Shape", {"odd"});
        b.add("gelu", "Gelu", {"conv"});
        b.add("gelu_shape", "Shape", {"gelu"});
        b.add("odd_size", "Size", {"odd"});
        // Shapes that are known once those before them are.
        b.add("first", "Shape", {"conv"});
        b.add("again", "Reshape", {"conv", "first"});
        b.add("second", "Shape", {"again"});
        b.add("twice", "Reshape", {"again", "second"});
        b.conv("out", "twice", {4, 4, 1, 1});
        OnnxModel model = b.build("out");
        const Network net = import_onnx(read_onnx(write_onnx(model)), "model").network;
        CHECK(net.output(net.result()) == Shape{4, 4, 4});
        // Where it leads to the output, the operator is named.
        model.outputs.front().name = "odd_shape";
        CHECK(refusal_of_bytes(write_onnx(model)) ==
              Messages{"node 'odd' (custom::Mystery): the shape of its output 'odd' is not known"});
    }
}

TEST_CASE("a model is read as it was written", "[onnx]") {
    OnnxModel model = many_operators();
    model.producer = "tests";
    model.initializers.push_back({"bytes", OnnxType::int8, {3}, {}, {-128, 0, 127}});
    model.initializers.push_back({"words", OnnxType::int32, {2}, {}, {-2147483648, 2147483647}});
    const std::string bytes = write_onnx(model);
    CHECK(bytes == write_onnx(model));
    const OnnxModel read = read_onnx(bytes);
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
}

TEST_CASE("shapes of unknown operators are inferred through a batch of any size", "[onnx]") {
    ModelBuilder b({-1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    b.add("resized", "Resize", {"conv", "", b.floats("scales", {4}, {1, 1, 2, 2})});
    b.add("elu", "Elu", {"resized"});
    const auto imported = import_onnx(read_onnx(write_onnx(b.build("elu"))), "model");
    CHECK(imported.network.output(imported.network.result()) == Shape{4, 8, 8});
}

TEST_CASE("input shapes replace the model's", "[onnx]") {
    ModelBuilder b({-1, 2, -1, -1});
    b.conv("conv", "x", {4, 2, 3, 3});
    b.shape("conv", {1, 4, 99, 99});
    b.add("relu", "Relu", {"conv"});
    const std::string bytes = write_onnx(b.build("relu", {1, 4, 99, 99}));
    CHECK(refusal_of_bytes(bytes).size() == 1);
    const auto imported = import_onnx(read_onnx(bytes, {{"x", {1, 2, 6, 5}}}), "model");
    CHECK(imported.network.output(imported.network.result()) == Shape{4, 6, 5});
    CHECK(refusal_of_bytes(bytes, {{"y", {1, 2, 6, 5}}}) ==
          Messages{"the model has no input 'y' (inputs: 'x')"});
    CHECK(refusal_of_bytes(bytes, {{"x", {1, 2, 6}}}) == Messages{"input 'x' has 4 dimensions, not 3"});
    CHECK(refusal_of_bytes(bytes, {{"x", {1, 3, 6, 5}}}) ==
          Messages{"node 'conv' (Conv): weights [4, 2, 3, 3] do not fit 3 input channels in 1 groups"});
}

TEST_CASE("old models that list weights as inputs are read", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4}, 9);
    b.model().ir_version = 3;
    b.conv("conv", "x", {4, 2, 3, 3});
    OnnxModel model = b.build("conv");
    // The reader takes what an initializer exists for out of the inputs.
    model.inputs.insert(model.inputs.begin(), {"conv.weight", OnnxType::float32, Dims{4, 2, 3, 3}});
    const OnnxModel read = read_onnx(write_onnx(model));
    REQUIRE(read.inputs.size() == 1);
    CHECK(read.inputs.front().name == "x");
    CHECK(import_bytes(write_onnx(model)));
}

TEST_CASE("models of newer versions of the file format are read", "[onnx]") {
    OnnxModel model = many_operators();
    model.ir_version = 12;
    const OnnxModel read = read_onnx(write_onnx(model));
    CHECK(read.ir_version == 12);
    const Network net = import_onnx(read, "model").network;
    CHECK(net.output(net.result()) == Shape{6, 1, 1});
}

TEST_CASE("files that are no models are refused", "[onnx]") {
    CHECK(refusal_of_bytes("") == Messages{"the file is empty"});
    const Messages none{"this is not an ONNX model (no protobuf message of one), or the file is damaged"};
    CHECK(refusal_of_bytes("cleave_network: 1\nname: t\n") == none);
    CHECK(refusal_of_bytes("\"text that looks like a long field\"") == none);
    CHECK(refusal_of_bytes(std::string(1000, '\0')) == none);
    // A field of version 8 alone.
    CHECK(refusal_of_bytes("\x08\x08") == Messages{"this is not an ONNX model: it has no graph"});
}

TEST_CASE("a file that was cut off is said to be", "[onnx]") {
    const std::string whole = write_onnx(many_operators());
    REQUIRE(whole.size() > 200);
    // Where the cut falls between two fields, the rest is a model without a graph or with too little of one.
    for (const std::size_t size : {whole.size() / 2, std::size_t{100}}) {
        CHECK(refusal_of_bytes(whole.substr(0, size)) ==
              Messages{"the file ends early: an ONNX model begins here that goes on beyond its " +
                       std::to_string(size) + " bytes (was it copied or downloaded completely?)"});
    }
}

TEST_CASE("graphs that are none are refused", "[onnx]") {
    const auto written = [](ModelBuilder& b, const std::string& output) {
        return refusal_of_bytes(write_onnx(b.build(output)));
    };
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

TEST_CASE("weights elsewhere, impossible sizes, cycles and control flow are refused", "[onnx]") {
    for (const auto& [name, file] : hostile_files()) {
        CAPTURE(name);
        CHECK(refusal_of_bytes(file.bytes) == file.messages);
    }
}

TEST_CASE("every truncation of a model is refused or a model", "[onnx][damage]") {
    const std::string bytes = write_onnx(squeeze_excite());
    CHECK(import_bytes(bytes));
    std::size_t refused = 0;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        refused += import_bytes(std::string_view(bytes).substr(0, size)) ? 0 : 1;
    }
    CHECK(refused > bytes.size() / 2);
}

TEST_CASE("every flipped bit of a model is refused or a model", "[onnx][damage]") {
    Random random(5);
    std::size_t refused = 0;
    std::size_t cases = 0;
    for (const auto& [name, model] : example_models()) {
        CAPTURE(name);
        const std::string bytes = write_onnx(model);
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

TEST_CASE("the corpus of the fuzz target is what the examples are, and breaks nothing", "[onnx][corpus]") {
    for (const auto& [name, model] : example_models()) {
        CAPTURE(name);
        CHECK(read_text(kCorpus / (name + ".onnx")) == write_onnx(model));
        CHECK(import_bytes(write_onnx(model)));
    }
    for (const auto& [name, file] : hostile_files()) {
        CAPTURE(name);
        CHECK(read_text(kCorpus / (name + ".onnx")) == file.bytes);
    }
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(kCorpus)) {
        CAPTURE(entry.path().string());
        CHECK_NOTHROW(import_bytes(read_text(entry.path())));
        ++files;
    }
    CHECK(files >= example_models().size() + hostile_files().size());
}

// Run by hand when the examples change: cleave_tests "[write-corpus]"
TEST_CASE("write the corpus of the fuzz target", "[.][onnx][write-corpus]") {
    for (const auto& [name, model] : example_models()) {
        std::ofstream(kCorpus / (name + ".onnx"), std::ios::binary) << write_onnx(model);
    }
    for (const auto& [name, file] : hostile_files()) {
        std::ofstream(kCorpus / (name + ".onnx"), std::ios::binary) << file.bytes;
    }
}
