// SPDX-License-Identifier: Apache-2.0
#include "fuzz/import_bytes.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

using namespace cleave::testing;

namespace {

using onnx::AttributeProto;
using onnx::OpSchema;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// The operators of one version of the default domain.
std::map<std::string, OpSchema> operators(int opset) {
    std::map<std::string, OpSchema> newest;
    for (const OpSchema& schema : onnx::OpSchemaRegistry::get_all_schemas_with_history()) {
        if (schema.domain().empty() && schema.since_version() <= opset) {
            const auto [found, added] = newest.emplace(schema.Name(), schema);
            if (!added && found->second.since_version() < schema.since_version()) {
                found->second = schema;
            }
        }
    }
    return newest;
}

/// Makes models of one node, with attributes and constants that no exporter writes.
class ExtremeModel {
public:
    ExtremeModel(const OpSchema& schema, int opset, Random& random) : random_(random) {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(opset);
        graph().set_name("g");
        add_input();
        auto& node = *graph().add_node();
        node.set_op_type(schema.Name());
        add_inputs(node, few(schema.min_input(), schema.max_input()));
        for (int i = few(std::max(1, schema.min_output()), schema.max_output()); i > 0; --i) {
            node.add_output("y" + std::to_string(i));
        }
        for (const auto& [name, attribute] : schema.attributes()) {
            if (attribute.required || random_.chance(67)) {
                add_attribute(node, name, attribute.type);
            }
        }
        graph().add_output()->set_name("y1");
    }

    [[nodiscard]] std::string bytes() const { return model_.SerializeAsString(); }

private:
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }

    int below(int count) { return static_cast<int>(random_.below(count)); }
    int few(int least, int most) { return least + below(std::min(most - least, 3) + 1); }
    std::int64_t integer() {
        return random_.pick<std::int64_t>(
            {0, 0, 1, 1, 1, 2, 3, -1, -2, 4, 7, kLeast, kMost, 1 << 20, -(1 << 20), std::int64_t{1} << 40});
    }
    float real() {
        return random_.pick<float>({0, 1, 2, -1, 0.5F, 1e30F, -1e30F, std::numeric_limits<float>::infinity(),
                                    std::numeric_limits<float>::quiet_NaN()});
    }

    void add_input() {
        auto& input = *graph().add_input();
        input.set_name("x");
        auto& type = *input.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        for (int i = random_.chance(67) ? 4 : below(6); i > 0; --i) {
            type.mutable_shape()->add_dim()->set_dim_value(random_.pick<std::int64_t>({1, 1, 2, 3, 4, 8}));
        }
    }

    /// The model's input, or constants of few numbers.
    void add_inputs(onnx::NodeProto& node, int count) {
        for (int i = 0; i < count; ++i) {
            if (i == 0 || random_.chance(17)) {
                node.add_input("x");
                continue;
            }
            auto& constant = *graph().add_initializer();
            constant.set_name("c" + std::to_string(i));
            node.add_input(constant.name());
            const bool whole = random_.chance(50);
            constant.set_data_type(whole ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT);
            std::int64_t size = 1;
            for (int rank = random_.chance(67) ? (whole ? 1 : 4) : below(5); rank > 0; --rank) {
                constant.add_dims(random_.pick<std::int64_t>({0, 1, 2, 2, 3, 4}));
                size *= constant.dims(constant.dims_size() - 1);
            }
            for (; size > 0; --size) {
                if (whole) {
                    constant.add_int64_data(integer());
                } else {
                    constant.add_float_data(real());
                }
            }
        }
    }

    void add_attribute(onnx::NodeProto& node, const std::string& name, AttributeProto::AttributeType type) {
        auto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(type);
        const int count = random_.chance(33) ? 2 : name == "pads" && random_.chance(50) ? 4 : below(6);
        switch (type) {
            case AttributeProto::INT: attribute.set_i(integer()); break;
            case AttributeProto::FLOAT: attribute.set_f(real()); break;
            case AttributeProto::STRING:
                attribute.set_s(random_.pick<std::string>(
                    {"", "SAME_UPPER", "VALID", "NOTSET", "linear", "nearest", "constant"}));
                break;
            case AttributeProto::INTS:
                for (int i = 0; i < count; ++i) {
                    attribute.add_ints(integer());
                }
                break;
            case AttributeProto::FLOATS:
                for (int i = 0; i < count; ++i) {
                    attribute.add_floats(real());
                }
                break;
            case AttributeProto::STRINGS: attribute.add_strings("a"); break;
            case AttributeProto::TENSOR: {
                auto& tensor = *attribute.mutable_t();
                tensor.set_data_type(onnx::TensorProto::INT64);
                tensor.add_dims(count);
                for (int i = 0; i < count; ++i) {
                    tensor.add_int64_data(integer());
                }
                break;
            }
            case AttributeProto::GRAPH: add_graph(*attribute.mutable_g()); break;
            default: break;
        }
    }

    /// A branch that does what a node of its own may not do either.
    static void add_graph(onnx::GraphProto& branch) {
        branch.set_name("branch");
        auto& node = *branch.add_node();
        node.set_op_type("MaxPool");
        node.add_input("x");
        node.add_output("z");
        for (const auto& [name, number] : {std::pair("kernel_shape", 1), std::pair("strides", 0)}) {
            auto& attribute = *node.add_attribute();
            attribute.set_name(name);
            attribute.set_type(AttributeProto::INTS);
            attribute.add_ints(number);
            attribute.add_ints(number);
        }
        branch.add_output()->set_name("z");
    }

    Random& random_;
    onnx::ModelProto model_;
};

}  // namespace

TEST_CASE("every operator with any attributes is refused or imported", "[onnx][operators]") {
    // The library's shape inference crashes at many of these; a crash ends the test program.
    std::size_t count = 0;
    for (const int opset : {9, 13, 17}) {
        for (const auto& [name, schema] : operators(opset)) {
            Random random(static_cast<std::uint32_t>(count));
            for (int i = 0; i < 60; ++i) {
                CAPTURE(opset, name, i);
                CHECK_NOTHROW(import_bytes(ExtremeModel(schema, opset, random).bytes()));
                ++count;
            }
        }
    }
    CHECK(count > 20'000);
}
