// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/expand_operators.hpp"

#include "cleave/onnx/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>

namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;
using Attributes = std::map<std::string, OnnxAttribute>;

const std::string kRuntime = "com.microsoft";

class Expander {
public:
    explicit Expander(OnnxModel& model) : model_(model) {
        for (const OnnxTensor& tensor : model.initializers) {
            taken_.insert(tensor.name);
        }
        for (const OnnxValue& input : model.inputs) {
            taken_.insert(input.name);
        }
        for (const OnnxNode& node : model.nodes) {
            taken_.insert(node.outputs.begin(), node.outputs.end());
        }
    }

    void run() {
        std::vector<OnnxNode> nodes;
        nodes.swap(model_.nodes);
        for (OnnxNode& node : nodes) {
            if (!expand(node)) {
                model_.nodes.push_back(std::move(node));
            }
        }
    }

private:
    /// One of the two domains that quantised operators are of, by what wrote the model.
    static bool is_known_domain(const OnnxNode& node) {
        return node.domain.empty() || node.domain == kRuntime;
    }

    [[nodiscard]] static std::string input(const OnnxNode& node, std::size_t i) {
        return i < node.inputs.size() ? node.inputs[i] : "";
    }

    std::string fresh(const OnnxNode& node, const std::string& what) {
        const std::string name = (node.outputs.empty() ? "" : node.outputs.front()) + "." + what;
        std::string result = name;
        for (int i = 2; !taken_.insert(result).second; ++i) {
            result = fmt::format("{}_{}", name, i);
        }
        return result;
    }

    void add(std::string name, std::string op, std::vector<std::string> inputs,
             std::vector<std::string> outputs, Attributes attributes = {}) {
        model_.nodes.push_back({std::move(name), std::move(op), "", std::move(inputs), std::move(outputs),
                                std::move(attributes)});
    }

    /// The numbers that the codes of a node's input stand for. @param first  input of the codes; behind them
    /// come scale and zero
    std::string numbers(const OnnxNode& node, std::size_t first, std::int64_t axis = 1) {
        const std::string output = fresh(node, "in" + std::to_string(first));
        add("", "DequantizeLinear", {input(node, first), input(node, first + 1), input(node, first + 2)},
            {output}, {{"axis", axis}});
        return output;
    }

    /// An operator on numbers whose result is the node's output in codes. @param scale  input; behind it
    /// comes zero
    void quantised(const OnnxNode& node, const std::string& op, std::vector<std::string> inputs,
                   std::size_t scale, Attributes attributes) {
        const std::string result = fresh(node, "out");
        add(node.name, op, std::move(inputs), {result}, std::move(attributes));
        add("", "QuantizeLinear", {result, input(node, scale), input(node, scale + 1)}, node.outputs);
    }

    /// Numbers of a bias whose scale is the product of those of inputs `a` and `b`.
    std::string bias(const OnnxNode& node, std::size_t codes, std::size_t a, std::size_t b) {
        if (input(node, codes).empty()) {
            return "";
        }
        const std::string scale = fresh(node, "bias_scale");
        const std::string output = fresh(node, "bias");
        add("", "Mul", {input(node, a), input(node, b)}, {scale});
        add("", "DequantizeLinear", {input(node, codes), scale}, {output}, {{"axis", std::int64_t{0}}});
        return output;
    }

    bool expand_quantised(const OnnxNode& node) {
        if (node.op == "QLinearConv") {
            const std::string x = numbers(node, 0);
            const std::string w = numbers(node, 3, 0);
            quantised(node, "Conv", {x, w, bias(node, 8, 1, 4)}, 6, node.attributes);
        } else if (node.op == "QLinearMatMul") {
            const std::string a = numbers(node, 0);
            const std::string b = numbers(node, 3, -1);
            quantised(node, "MatMul", {a, b}, 6, {});
        } else if (node.op == "QGemm") {
            const bool turned = integer_attribute(node, "transB", 0) != 0;
            const std::string a = numbers(node, 0);
            const std::string b = numbers(node, 3, turned ? 0 : 1);
            Attributes attributes = node.attributes;
            // The bias has the product's scale, alpha among it.
            if (const auto* alpha = find_attribute<double>(node, "alpha")) {
                attributes["beta"] = *alpha;
            }
            std::vector<std::string> inputs{a, b, bias(node, 6, 1, 4)};
            if (input(node, 7).empty()) {
                add(node.name, "Gemm", std::move(inputs), node.outputs, std::move(attributes));
            } else {
                quantised(node, "Gemm", std::move(inputs), 7, std::move(attributes));
            }
        } else if (node.op == "QLinearAdd" || node.op == "QLinearMul") {
            const std::string a = numbers(node, 0);
            const std::string b = numbers(node, 3);
            quantised(node, node.op.substr(7), {a, b}, 6, {});
        } else if (node.op == "QLinearConcat") {
            std::vector<std::string> inputs;
            for (std::size_t i = 2; i + 1 < node.inputs.size(); i += 3) {
                inputs.push_back(numbers(node, i));
            }
            quantised(node, "Concat", std::move(inputs), 0, node.attributes);
        } else if (node.op == "QLinearSigmoid" || node.op == "QLinearLeakyRelu" ||
                   node.op == "QLinearSoftmax") {
            quantised(node, node.op.substr(7), {numbers(node, 0)}, 3, node.attributes);
        } else if (node.op == "QLinearAveragePool" || node.op == "QLinearGlobalAveragePool") {
            expand_pool(node);
        } else {
            return false;
        }
        return true;
    }

    void expand_pool(const OnnxNode& node) {
        std::string x = numbers(node, 0);
        if (integer_attribute(node, "channels_last", 0) == 0) {
            quantised(node, node.op.substr(7), {x}, 3, node.attributes);
            return;
        }
        const std::string result = fresh(node, "last");
        add_between(node, node.op.substr(7), x, result);
        add("", "QuantizeLinear", {result, input(node, 3), input(node, 4)}, node.outputs);
    }

    /// Operators on codes whose scales come later, as a factor.
    bool expand_integer(const OnnxNode& node) {
        if (node.op == "DynamicQuantizeLinear" && node.outputs.size() == 3) {
            // In numbers as they are, whatever range an input has.
            add("", "Identity", {input(node, 0)}, {node.outputs[0]});
            add("", "Constant", {}, {node.outputs[1]}, {{"value_float", 1.0}});
            add("", "Constant", {}, {node.outputs[2]},
                {{"value", OnnxTensor{"", OnnxType::uint8, {}, {}, {0}}}});
            return true;
        }
        if (node.op != "ConvInteger" && node.op != "MatMulInteger") {
            return false;
        }
        const bool is_conv = node.op == "ConvInteger";
        const std::string one = fresh(node, "one");
        add("", "Constant", {}, {one}, {{"value_float", 1.0}});
        std::vector<std::string> inputs;
        for (const std::size_t i : {0U, 1U}) {
            inputs.push_back(fresh(node, "in" + std::to_string(i)));
            add("", "DequantizeLinear", {input(node, i), one, input(node, 2 + i)}, {inputs.back()},
                {{"axis", std::int64_t{is_conv && i == 1 ? 0 : 1}}});
        }
        add(node.name, is_conv ? "Conv" : "MatMul", std::move(inputs), node.outputs,
            is_conv ? node.attributes : Attributes{});
        return true;
    }

    /// An operator with channels first between transposes.
    void add_between(const OnnxNode& node, const std::string& op, const std::string& x,
                     const std::string& result) {
        const auto* kernel = find_attribute<Dims>(node, "kernel_shape");
        const bool line = kernel != nullptr && kernel->size() == 1;
        const std::string first = fresh(node, "channels_first");
        const std::string output = fresh(node, "channels_first_out");
        add("", "Transpose", {x}, {first}, {{"perm", line ? Dims{0, 2, 1} : Dims{0, 3, 1, 2}}});
        std::vector<std::string> inputs = node.inputs;
        inputs.front() = first;
        if (node.domain == kRuntime) {
            inputs.resize(1);
        }
        add(node.name, op, std::move(inputs), {output}, node.attributes);
        add("", "Transpose", {output}, {result}, {{"perm", line ? Dims{0, 2, 1} : Dims{0, 2, 3, 1}}});
    }

    bool expand_channels_last(const OnnxNode& node) {
        const bool wrapped = node.domain == "qonnx.custom_op.channels_last";
        const bool pool = node.domain == kRuntime && node.op == "NhwcMaxPool";
        if ((!wrapped && !pool) || node.inputs.empty() || node.outputs.empty()) {
            return false;
        }
        add_between(node, pool ? "MaxPool" : node.op, node.inputs.front(), node.outputs.front());
        return true;
    }

    /// A convolution, a sum and an activation in one.
    bool expand_fused(const OnnxNode& node) {
        if (node.domain != kRuntime || (node.op != "FusedConv" && node.op != "FusedGemm")) {
            return false;
        }
        const std::string activation = text_attribute(node, "activation");
        Attributes attributes = node.attributes;
        Attributes of_activation;
        const auto* list = find_attribute<std::vector<double>>(node, "activation_params");
        const auto parameter = [&](std::size_t i, const char* name) {
            const auto* given = find_attribute<double>(node, std::string("activation_") + name);
            if (given != nullptr || (list != nullptr && list->size() > i)) {
                of_activation[name] = given != nullptr ? *given : (*list)[i];
            }
        };
        std::vector<std::string> bounds;
        if (activation == "Clip" && list != nullptr && list->size() == 2) {
            for (const double bound : *list) {
                bounds.push_back(fresh(node, "bound"));
                add("", "Constant", {}, {bounds.back()}, {{"value_float", bound}});
            }
        } else if (activation == "LeakyRelu" || activation == "HardSigmoid") {
            parameter(0, "alpha");
            parameter(1, "beta");
        } else if (activation != "Relu" && activation != "Tanh" && activation != "Sigmoid") {
            return false;
        }
        std::string result = fresh(node, "sum");
        std::vector<std::string> inputs = node.inputs;
        const std::string other = input(node, 3);
        inputs.resize(std::min<std::size_t>(inputs.size(), 3));
        add(node.name, node.op.substr(5), std::move(inputs), {result}, std::move(attributes));
        if (!other.empty()) {
            const std::string sum = fresh(node, "sum");
            add("", "Add", {result, other}, {sum});
            result = sum;
        }
        std::vector<std::string> read{result};
        read.insert(read.end(), bounds.begin(), bounds.end());
        add("", activation, std::move(read), node.outputs, std::move(of_activation));
        return true;
    }

    bool expand(const OnnxNode& node) {
        if (!is_known_domain(node) || node.outputs.empty()) {
            return expand_channels_last(node);
        }
        // Some exporters leave the runtime's domain out.
        const bool composite = composite_operators().contains({"", node.op}) ||
                               composite_operators().contains({kRuntime, node.op});
        return composite && (expand_quantised(node) || expand_integer(node) || expand_channels_last(node) ||
                             expand_fused(node));
    }

    OnnxModel& model_;
    std::unordered_set<std::string> taken_;
};

}  // namespace

void expand_operators(OnnxModel& model) { Expander(model).run(); }

const std::set<std::pair<std::string, std::string>>& composite_operators() {
    static const std::set<std::pair<std::string, std::string>> names{
        {"", "ConvInteger"},
        {"", "DynamicQuantizeLinear"},
        {"", "MatMulInteger"},
        {"", "QLinearConv"},
        {"", "QLinearMatMul"},
        {kRuntime, "FusedConv"},
        {kRuntime, "FusedGemm"},
        {kRuntime, "NhwcMaxPool"},
        {kRuntime, "QGemm"},
        {kRuntime, "QLinearAdd"},
        {kRuntime, "QLinearAveragePool"},
        {kRuntime, "QLinearConcat"},
        {kRuntime, "QLinearGlobalAveragePool"},
        {kRuntime, "QLinearLeakyRelu"},
        {kRuntime, "QLinearMul"},
        {kRuntime, "QLinearSigmoid"},
        {kRuntime, "QLinearSoftmax"},
    };
    return names;
}

}  // namespace cleave
