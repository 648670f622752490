// SPDX-License-Identifier: Apache-2.0
#include "onnx/imported.hpp"

#include <catch2/catch.hpp>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// What only files have: local functions, numbers elsewhere, element types of half precision, other versions.
using namespace cleave;
using namespace cleave::testing;
using Dims = ModelBuilder::Dims;
using Messages = std::vector<std::string>;

namespace {

using Edit = std::function<void(onnx::ModelProto&)>;

/// The bytes of a model after an edit.
std::string edited(const OnnxModel& model, const Edit& edit) {
    onnx::ModelProto proto;
    REQUIRE(proto.ParseFromString(write_onnx(model)));
    edit(proto);
    return proto.SerializeAsString();
}

Messages refusal_of_file(const std::string& bytes, const ExternalReader& external = {}) {
    try {
        (void)import(read_onnx(bytes, {}, external));
    } catch (const OnnxError& error) {
        return error.messages();
    }
    return {};
}

OnnxModel one_conv() {
    ModelBuilder b({1, 2, 4, 4});
    b.conv("conv", "x", {4, 2, 3, 3});
    return b.build("conv");
}

void add_node(onnx::FunctionProto& function, const std::string& op, const std::string& in,
              const std::string& out, const std::string& domain = "") {
    auto& node = *function.add_node();
    node.set_op_type(op);
    node.set_domain(domain);
    node.add_input(in);
    node.add_output(out);
}

/// A function of domain "pkg" from X to Y.
onnx::FunctionProto& add_function(onnx::ModelProto& model, const std::string& name) {
    auto& function = *model.add_functions();
    function.set_domain("pkg");
    function.set_name(name);
    function.add_input("X");
    function.add_output("Y");
    return function;
}

/// A model that calls function F twice, one after the other.
OnnxModel two_calls() {
    ModelBuilder b({1, 2, 4, 4});
    b.add("first", "F", {"x"}, {{"slope", 0.25}});
    b.last().domain = "pkg";
    b.conv("conv", "first", {4, 2, 3, 3});
    b.add("second", "F", {"conv"});
    b.last().domain = "pkg";
    return b.build("second");
}

}  // namespace

TEST_CASE("local functions are put in the place of their calls", "[onnx]") {
    const std::string bytes = edited(two_calls(), [](onnx::ModelProto& model) {
        auto& outer = add_function(model, "F");
        outer.add_attribute("slope");
        add_node(outer, "G", "X", "inner", "pkg");
        add_node(outer, "LeakyRelu", "inner", "Y");
        auto& slope = *outer.mutable_node(1)->add_attribute();
        slope.set_name("alpha");
        slope.set_ref_attr_name("slope");
        slope.set_type(onnx::AttributeProto::FLOAT);
        add_node(add_function(model, "G"), "Sigmoid", "X", "Y");
    });
    const Network net = import(read_onnx(bytes)).network;
    CHECK(operations(net) == "sigmoid leaky_relu conv sigmoid leaky_relu");
    CHECK(op_of<Activation>(net, "leaky_relu").alpha == 0.25);
    // The second call has no slope: the operator's own.
    CHECK_FALSE(op_of<Activation>(net, "leaky_relu", 1).alpha);
}

TEST_CASE("functions without an end are refused", "[onnx]") {
    CHECK(refusal_of_file(edited(two_calls(), [](onnx::ModelProto& model) {
              add_node(add_function(model, "F"), "F", "X", "Y", "pkg");
          })).front() == "the local function 'F' calls itself");
    // Each calls the next twice, and the last does nothing.
    const Messages messages = refusal_of_file(edited(two_calls(), [](onnx::ModelProto& model) {
        std::string name = "F";
        for (int i = 0; i < 40; ++i) {
            auto& function = add_function(model, name);
            name = "F" + std::to_string(i);
            add_node(function, name, "X", "half", "pkg");
            add_node(function, name, "half", "Y", "pkg");
        }
        add_function(model, name);
    }));
    CHECK(messages.front().find("local functions make more than") == 0);
}

TEST_CASE("weights that are not in the file are missing, and the network is known", "[onnx]") {
    const auto strip = [](onnx::ModelProto& model) {
        model.mutable_graph()->mutable_initializer(0)->clear_raw_data();
    };
    const ImportedNetwork imported = import(read_onnx(edited(one_conv(), strip)));
    CHECK(operations(imported.network) == "conv");
    CHECK(imported.network.totals().macs == 4 * 2 * 9 * 16);
    CHECK(imported.missing == Messages{"conv.weight"});
    CHECK(import(read_onnx(write_onnx(one_conv()))).missing.empty());
}

TEST_CASE("numbers in another file are read where they are said to be", "[onnx]") {
    const std::string bytes = edited(one_conv(), [](onnx::ModelProto& model) {
        auto& tensor = *model.mutable_graph()->mutable_initializer(0);
        tensor.clear_raw_data();
        tensor.set_data_location(onnx::TensorProto::EXTERNAL);
        const auto add = [&](const char* key, const char* value) {
            auto& entry = *tensor.add_external_data();
            entry.set_key(key);
            entry.set_value(value);
        };
        add("location", "weights.bin");
        add("offset", "64");
        add("length", "288");
    });
    const auto reader = [](const ExternalData& data) -> std::optional<std::string> {
        CHECK(data.location == "weights.bin");
        CHECK(data.offset == 64);
        CHECK(data.length == 288);
        const std::vector<float> numbers(72, 1.5F);
        return std::string(reinterpret_cast<const char*>(numbers.data()), 288);
    };
    const ImportedNetwork imported = import(read_onnx(bytes, {}, reader));
    CHECK(imported.missing.empty());
    CHECK(parameters_of(imported, "conv").weights == std::vector<float>(72, 1.5F));
    CHECK(import(read_onnx(bytes)).missing == Messages{"conv.weight"});
    const auto refuses = [](const ExternalData&) -> std::optional<std::string> {
        throw OnnxError({"is elsewhere"});
    };
    CHECK(refusal_of_file(bytes, refuses) == Messages{"initializer 'conv.weight' is elsewhere"});
    // A length that is not the tensor's.
    onnx::ModelProto model;
    REQUIRE(model.ParseFromString(bytes));
    model.mutable_graph()->mutable_initializer(0)->mutable_external_data(2)->set_value("280");
    CHECK(refusal_of_file(model.SerializeAsString()).front() ==
          "initializer 'conv.weight' is stored outside the file with the length '280', but has 288 bytes");
}

TEST_CASE("weights of other element types are read", "[onnx]") {
    const auto first_weight = [](int type, const std::string& element) {
        const std::string bytes = edited(one_conv(), [&](onnx::ModelProto& model) {
            auto& tensor = *model.mutable_graph()->mutable_initializer(0);
            tensor.set_data_type(type);
            std::string raw;
            for (int i = 0; i < 72; ++i) {
                raw += element;
            }
            tensor.set_raw_data(raw);
        });
        return parameters_of(import(read_onnx(bytes)), "conv").weights.front();
    };
    const auto half = [&](std::uint16_t bits) {
        return first_weight(onnx::TensorProto::FLOAT16,
                            {static_cast<char>(bits & 255U), static_cast<char>(bits >> 8U)});
    };
    CHECK(half(0x3c00) == 1.0F);
    CHECK(half(0xc100) == -2.5F);
    CHECK(half(0x0001) == 5.9604644775390625e-8F);
    CHECK(half(0x03ff) == 6.097555160522461e-5F);
    CHECK(half(0x7bff) == 65504.0F);
    CHECK(first_weight(onnx::TensorProto::BFLOAT16, std::string("\x20\xc0", 2)) == -2.5F);
    CHECK(first_weight(onnx::TensorProto::DOUBLE, std::string("\0\0\0\0\0\0\x04\xc0", 8)) == -2.5F);
}

TEST_CASE("operator sets are known by either name, and newer ones said to be", "[onnx]") {
    ModelBuilder b({1, 2, 4, 4});
    b.add("elu", "Elu", {"x"});
    b.add("odd", "Relu", {"elu"}, {{"weight_bits", std::int64_t{4}}});
    b.add("floor", "Floor", {"odd"});
    const OnnxModel model = b.build("floor");
    const auto with_opset = [&](const std::string& domain, std::int64_t version) {
        return import(read_onnx(edited(model, [&](onnx::ModelProto& proto) {
            proto.mutable_opset_import(0)->set_domain(domain);
            proto.mutable_opset_import(0)->set_version(version);
        })));
    };
    CHECK(operations(with_opset("ai.onnx", 13).network) == "other relu other");
    CHECK(with_opset("", 24).warnings.size() == 2);
    const ImportedNetwork newer = with_opset("", 99);
    CHECK(operations(newer.network) == "other relu other");
    CHECK(newer.warnings.front().find("version 99 of the ONNX operators, newer than") != std::string::npos);
    // Before files of version 3, there was one version.
    CHECK(refusal_of_file(edited(model, [](onnx::ModelProto& proto) { proto.clear_opset_import(); })) ==
          Messages{"the model does not say which version of the ONNX operators it uses"});
    CHECK(refusal_of_file(edited(model, [](onnx::ModelProto& proto) {
              proto.clear_opset_import();
              proto.set_ir_version(2);
          })).empty());
}

TEST_CASE("shapes that operators compute lead to the shapes of others", "[onnx]") {
    ModelBuilder b({1, 3, 16, 16});
    b.conv("conv", "x", {8, 3, 3, 3}, {{"strides", Dims{2, 2}}});
    b.add("shape", "Shape", {"x"});
    b.add("rows", "Slice", {"shape", b.integers("two", {1}, {2}), b.integers("four", {1}, {4})});
    b.add("own", "Shape", {"conv"});
    b.add("front", "Slice", {"own", b.integers("none", {1}, {0}), "two"});
    b.add("sizes", "Concat", {"front", "rows"}, {{"axis", std::int64_t{0}}});
    b.add("up", "Resize", {"conv", "", "", "sizes"}, {{"mode", std::string("nearest")}});
    b.add("joined", "Concat", {"up", "x"}, {{"axis", std::int64_t{1}}});
    const Network net = import(read_onnx(write_onnx(b.build("joined")))).network;
    CHECK(operations(net) == "conv other concat");
    CHECK(net.output(net.result()) == Shape{11, 16, 16});
}
