// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/inline_functions_proto.hpp"

#include "cleave/onnx/names.hpp"
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>
#include <google/protobuf/repeated_field.h>

#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

constexpr int kDeepestCall = 64;
constexpr int kMostNodes = 1 << 18;
constexpr int kMostCalls = 1 << 14;

using FunctionName = std::pair<std::string, std::string>;

class Inliner {
public:
    Inliner(onnx::ModelProto& model, std::vector<std::string>& faults) : model_(model), faults_(faults) {
        for (const auto& function : model.functions()) {
            functions_.emplace(FunctionName(function.domain(), function.name()), &function);
        }
        const auto& graph = model.graph();
        std::set<std::string> taken;
        for (const auto& input : graph.input()) {
            taken.insert(input.name());
        }
        for (const auto& tensor : graph.initializer()) {
            taken.insert(tensor.name());
        }
        for (const auto& node : graph.node()) {
            taken.insert(node.output().begin(), node.output().end());
        }
        names_ = UniqueNames(std::move(taken));
    }

    void run() {
        auto& graph = *model_.mutable_graph();
        google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
        nodes.Swap(graph.mutable_node());
        for (const auto& node : nodes) {
            add(node, 0);
        }
    }

private:
    [[nodiscard]] const onnx::FunctionProto* function_of(const onnx::NodeProto& node) const {
        const auto found = functions_.find({node.domain(), node.op_type()});
        return found == functions_.end() ? nullptr : found->second;
    }

    void add(const onnx::NodeProto& node, int depth) {
        const onnx::FunctionProto* function = function_of(node);
        if (function == nullptr) {
            *model_.mutable_graph()->add_node() = node;
            return;
        }
        const std::string name = quoted(node.op_type());
        if (depth == kDeepestCall) {
            if (reported_.insert(node.op_type()).second) {
                faults_.push_back(fmt::format("the local function {} calls itself", name));
            }
            return;
        }
        if (++calls_ > kMostCalls || model_.graph().node_size() + function->node_size() > kMostNodes) {
            if (reported_.insert("").second) {
                faults_.push_back(fmt::format("local functions make more than {} nodes or {} calls (at {})",
                                              kMostNodes, kMostCalls, name));
            }
            return;
        }
        expand(node, *function, depth);
    }

    void expand(const onnx::NodeProto& call, const onnx::FunctionProto& function, int depth) {
        const std::string& label =
            call.name().empty() && call.output_size() > 0 ? call.output(0) : call.name();
        std::map<std::string, std::string> names{{"", ""}};
        for (int i = 0; i < function.input_size(); ++i) {
            names[function.input(i)] = i < call.input_size() ? call.input(i) : "";
        }
        for (int i = 0; i < function.output_size() && i < call.output_size(); ++i) {
            if (call.output(i).empty()) {
                continue;
            }
            const auto [found, is_new] = names.emplace(function.output(i), call.output(i));
            if (!is_new) {
                // An output that is an input.
                auto& same = *model_.mutable_graph()->add_node();
                same.set_op_type("Identity");
                same.add_input(found->second);
                same.add_output(call.output(i));
            }
        }
        const auto renamed = [&](const std::string& inner) {
            const auto [found, is_new] = names.emplace(inner, "");
            if (is_new) {
                found->second = names_.add(label + "/" + inner);
            }
            return found->second;
        };
        for (const auto& inner : function.node()) {
            onnx::NodeProto node = inner;
            const bool only = function.node_size() == 1 && !call.name().empty();
            node.set_name(only ? call.name()
                               : label + "/" + (inner.name().empty() ? inner.op_type() : inner.name()));
            for (std::string& input : *node.mutable_input()) {
                input = renamed(input);
            }
            for (std::string& output : *node.mutable_output()) {
                output = renamed(output);
            }
            node.clear_attribute();
            for (const auto& attribute : inner.attribute()) {
                add_attribute(attribute, call, node);
            }
            add(node, depth + 1);
        }
    }

    static void add_attribute(const onnx::AttributeProto& attribute, const onnx::NodeProto& call,
                              onnx::NodeProto& node) {
        if (attribute.ref_attr_name().empty()) {
            *node.add_attribute() = attribute;
            return;
        }
        for (const auto& given : call.attribute()) {
            if (given.name() == attribute.ref_attr_name()) {
                auto& copy = *node.add_attribute() = given;
                copy.set_name(attribute.name());
            }
        }
    }

    onnx::ModelProto& model_;
    std::vector<std::string>& faults_;
    std::map<FunctionName, const onnx::FunctionProto*> functions_;
    UniqueNames names_;
    int calls_ = 0;
    /// Functions that were reported.
    std::set<std::string> reported_;
};

}  // namespace

void inline_functions(onnx::ModelProto& model, std::vector<std::string>& faults) {
    if (model.functions_size() > 0) {
        Inliner(model, faults).run();
    }
}

}  // namespace cleave
