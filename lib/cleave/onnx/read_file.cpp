// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/expand_operators.hpp"
#include "cleave/onnx/inline_functions_proto.hpp"
#include "cleave/onnx/model.hpp"
#include "cleave/onnx/read_tensor_proto.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/value_proto.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <set>

namespace cleave {
namespace {

/// Newest version of the standard operators whose definitions the import follows.
constexpr std::int64_t kNewestOpset = 24;

/// Turns the library's model into plain values; what cannot be used is collected.
class Converter {
public:
    Converter(const ExternalReader& external, std::vector<std::string>& faults)
        : external_(external), faults_(faults) {}

    OnnxTensor tensor(const onnx::TensorProto& proto, const std::string& what) {
        return read_tensor(proto, what, external_, faults_);
    }

    OnnxNode node(const onnx::NodeProto& proto) {
        OnnxNode result{proto.name(),
                        proto.op_type(),
                        proto.domain() == "ai.onnx" ? "" : proto.domain(),
                        {proto.input().begin(), proto.input().end()},
                        {proto.output().begin(), proto.output().end()},
                        {},
                        proto.doc_string()};
        for (const auto& attribute : proto.attribute()) {
            add_attribute(result, attribute);
        }
        return result;
    }

private:
    void add_attribute(OnnxNode& node, const onnx::AttributeProto& proto) {
        using Kind = onnx::AttributeProto;
        auto kind = proto.type();
        if (kind == Kind::UNDEFINED) {
            // Models from before the field existed.
            kind = proto.has_f()             ? Kind::FLOAT
                   : proto.has_i()           ? Kind::INT
                   : proto.has_s()           ? Kind::STRING
                   : proto.has_t()           ? Kind::TENSOR
                   : proto.has_g()           ? Kind::GRAPH
                   : proto.floats_size() > 0 ? Kind::FLOATS
                   : proto.ints_size() > 0   ? Kind::INTS
                                             : Kind::UNDEFINED;
        }
        OnnxAttribute& value = node.attributes[proto.name()];
        switch (kind) {
            case Kind::FLOAT: value = static_cast<double>(proto.f()); return;
            case Kind::INT: value = std::int64_t{proto.i()}; return;
            case Kind::STRING: value = proto.s(); return;
            case Kind::FLOATS:
                value = std::vector<double>(proto.floats().begin(), proto.floats().end());
                return;
            case Kind::INTS:
                value = std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
                return;
            case Kind::TENSOR:
                value =
                    tensor(proto.t(), fmt::format("{}: attribute {}", describe(node), quoted(proto.name())));
                return;
            case Kind::GRAPH:
            case Kind::GRAPHS: value = OnnxSubgraph{}; return;
            default: value = OnnxRawAttribute{proto.SerializeAsString()};
        }
    }

    const ExternalReader& external_;
    std::vector<std::string>& faults_;
};

/// Replaces the shapes of inputs; everything that was derived from the old ones goes.
void override_inputs(onnx::GraphProto& graph, const InputShapes& shapes, std::vector<std::string>& faults) {
    std::set<std::string> initialized;
    for (const auto& tensor : graph.initializer()) {
        initialized.insert(tensor.name());
    }
    std::vector<std::string> names;
    std::set<std::string> found;
    for (auto& input : *graph.mutable_input()) {
        if (initialized.count(input.name()) > 0) {
            continue;
        }
        names.push_back(quoted(input.name()));
        const auto shape = shapes.find(input.name());
        if (shape == shapes.end()) {
            continue;
        }
        found.insert(input.name());
        if (!input.type().has_tensor_type()) {
            continue;  // reported with the types
        }
        auto& tensor = *input.mutable_type()->mutable_tensor_type();
        if (tensor.has_shape() && tensor.shape().dim_size() != static_cast<int>(shape->second.size())) {
            faults.push_back(fmt::format("input {} has {} dimensions, not {}", quoted(input.name()),
                                         tensor.shape().dim_size(), shape->second.size()));
        }
        set_dims(tensor, shape->second);
    }
    for (const auto& [name, shape] : shapes) {
        if (found.count(name) == 0) {
            faults.push_back(
                fmt::format("the model has no input {} (inputs: {})", quoted(name), fmt::join(names, ", ")));
        }
    }
    if (!shapes.empty()) {
        graph.clear_value_info();
        for (auto& output : *graph.mutable_output()) {
            if (output.type().has_tensor_type()) {
                output.mutable_type()->mutable_tensor_type()->clear_shape();
            }
        }
    }
}

std::int64_t opset_of(const onnx::ModelProto& model, std::vector<std::string>& faults) {
    for (const auto& opset : model.opset_import()) {
        if (opset.domain().empty() || opset.domain() == "ai.onnx") {
            return opset.version();
        }
    }
    // Older files have no field for it, and models of other operators alone need none.
    constexpr std::int64_t kWithVersions = 3;
    const auto& nodes = model.graph().node();
    const bool standard = std::any_of(nodes.begin(), nodes.end(), [](const auto& node) {
        return node.domain().empty() || node.domain() == "ai.onnx";
    });
    if (model.ir_version() < kWithVersions) {
        return 1;
    }
    if (standard) {
        faults.push_back("the model does not say which version of the ONNX operators it uses");
    }
    return kNewestOpset;
}

void check_sizes(const onnx::GraphProto& graph, std::vector<std::string>& faults) {
    if (graph.sparse_initializer_size() > 0) {
        faults.push_back("sparse weights are not supported");
    }
    if (graph.node_size() == 0) {
        faults.push_back("the model has no nodes");
    }
}

/// Whether these are the first bytes of a model that goes on: its fields up to one that does not end.
bool ends_early(std::string_view bytes) {
    using google::protobuf::internal::WireFormatLite;
    // Of onnx.proto's ModelProto.
    constexpr std::uint32_t kIrVersion = 1;
    constexpr std::array<std::uint32_t, 2> kNumbers{kIrVersion, 5};
    constexpr std::array<std::uint32_t, 9> kTexts{2, 3, 4, 6, 7, 8, 14, 20, 25};
    const auto in = [](const auto& fields, std::uint32_t field) {
        return std::find(fields.begin(), fields.end(), field) != fields.end();
    };
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                                  static_cast<int>(bytes.size()));
    // Writers begin with it; without it, a text may look like a field by chance.
    bool versioned = false;
    while (const std::uint32_t tag = stream.ReadTag()) {
        const auto field = static_cast<std::uint32_t>(WireFormatLite::GetTagFieldNumber(tag));
        const auto type = WireFormatLite::GetTagWireType(tag);
        std::uint64_t number = 0;
        std::uint32_t length = 0;
        if (type == WireFormatLite::WIRETYPE_VARINT && in(kNumbers, field)) {
            if (!stream.ReadVarint64(&number)) {
                return versioned;
            }
        } else if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED && in(kTexts, field)) {
            if (!stream.ReadVarint32(&length) || length > INT_MAX || !stream.Skip(static_cast<int>(length))) {
                return versioned;
            }
        } else {
            return false;
        }
        versioned = versioned || field == kIrVersion;
    }
    return false;
}

onnx::ModelProto parse(std::string_view bytes) {
    if (bytes.empty()) {
        throw OnnxError({"the file is empty"});
    }
    if (bytes.size() > INT_MAX) {
        throw OnnxError({"the file is larger than 2 GiB"});
    }
    const google::protobuf::LogSilencer silencer;
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        throw OnnxError(
            {ends_early(bytes)
                 ? fmt::format("the file ends early: an ONNX model begins here that goes on beyond "
                               "its {} bytes (was it copied or downloaded completely?)",
                               bytes.size())
                 : "this is not an ONNX model (no protobuf message of one), or the file is damaged"});
    }
    if (!model.has_graph()) {
        throw OnnxError({"this is not an ONNX model: it has no graph"});
    }
    return model;
}

}  // namespace

bool has_onnx() { return true; }

OnnxModel read_onnx(std::string_view bytes, const InputShapes& input_shapes, const ExternalReader& external) {
    onnx::ModelProto proto = parse(bytes);
    std::vector<std::string> faults;
    OnnxModel model;
    inline_functions(proto, faults);
    model.ir_version = proto.ir_version();
    model.opset = opset_of(proto, faults);
    for (const auto& opset : proto.opset_import()) {
        if (!opset.domain().empty() && opset.domain() != "ai.onnx") {
            model.domains[opset.domain()] = opset.version();
        }
    }
    model.producer = proto.producer_name();
    auto& graph = *proto.mutable_graph();
    model.graph_name = graph.name();
    check_sizes(graph, faults);
    override_inputs(graph, input_shapes, faults);

    Converter converter(external, faults);
    std::set<std::string> initialized;
    for (const auto& tensor : graph.initializer()) {
        initialized.insert(tensor.name());
        model.initializers.push_back(
            converter.tensor(tensor, fmt::format("initializer {}", quoted(tensor.name()))));
    }
    for (const auto& node : graph.node()) {
        model.nodes.push_back(converter.node(node));
    }
    for (const auto& input : graph.input()) {
        if (initialized.count(input.name()) == 0) {
            model.inputs.push_back(value_of(input));
        }
    }
    for (const auto& output : graph.output()) {
        model.outputs.push_back(value_of(output));
    }
    for (const auto& info : graph.value_info()) {
        model.values.emplace(info.name(), value_of(info));
    }
    check_structure(model, faults);
    if (!faults.empty()) {
        throw OnnxError(std::move(faults));
    }
    if (model.opset > kNewestOpset) {
        model.warnings.push_back(fmt::format(
            "the model uses version {} of the ONNX operators, newer than the newest that is known "
            "({}): operators that have changed since are read as they were",
            model.opset, kNewestOpset));
    }
    expand_operators(model);
    return model;
}

}  // namespace cleave
