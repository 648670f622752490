// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/translator.hpp"

#include <algorithm>
#include <utility>

// Arithmetic of operators that have no layer of their own.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

/// Far beyond what a network may state; keeps products of three sizes in range.
double product(const Dims& dims) {
    double result = 1;
    for (const std::int64_t dim : dims) {
        result *= static_cast<double>(dim);
    }
    return result;
}

/// Multiply-accumulates of a node with these inputs; 0 for what has none, or none that is known.
double macs_of(const OnnxNode& node, const std::vector<KnownInput>& inputs, const Dims& output) {
    if (!node.domain.empty() || !operators_with_work().contains(node.op)) {
        return 0;
    }
    const auto dims = [&](std::size_t i) {
        return i < inputs.size() && inputs[i].dims ? *inputs[i].dims : Dims{};
    };
    const Dims a = dims(0);
    const Dims b = dims(1);
    if (a.empty() || b.empty()) {
        return 0;
    }
    if (node.op == "Conv" || node.op == "DeformConv") {
        // Each weight once for each output position of its filter.
        return b.front() > 0 ? product(output) * product(b) / static_cast<double>(b.front()) : 0;
    }
    if (node.op == "ConvTranspose") {
        // Each weight once for each input position.
        return a.size() > 1 && a[1] > 0 ? product(b) * product(a) / static_cast<double>(a[1]) : 0;
    }
    if (node.op == "MatMul") {
        return product(output) * static_cast<double>(a.back());
    }
    if (node.op == "Gemm" && a.size() == 2) {
        return product(output) * static_cast<double>(a[integer_attribute(node, "transA", 0) != 0 ? 0 : 1]);
    }
    if (node.op != "Gemm" && a.size() == 3) {
        // Of LSTM, GRU and RNN: the weights of the input and of the state, once for each step of each
        // sequence.
        return static_cast<double>(a[0]) * static_cast<double>(a[1]) * (product(b) + product(dims(2)));
    }
    return 0;
}

}  // namespace

const std::set<std::string>& operators_with_work() {
    static const std::set<std::string> names{"Conv", "ConvTranspose", "DeformConv", "GRU",
                                             "Gemm", "LSTM",          "MatMul",     "RNN"};
    return names;
}

void Translator::add_work(const OnnxNode& node, const std::vector<std::int64_t>& dims, Other& other) const {
    const std::vector<KnownInput> inputs = known_inputs(node);
    const double macs = macs_of(node, inputs, dims);
    if (!(macs > 0) || macs > static_cast<double>(kMostOtherMacs)) {
        return;
    }
    double weights = 0;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        const Value* in = value(node, i);
        if (in != nullptr && !std::holds_alternative<Feature>(*in) && inputs[i].dims) {
            weights += product(*inputs[i].dims);
        }
    }
    other.macs = static_cast<std::int64_t>(macs);
    other.weights = static_cast<std::int64_t>(std::min(weights, static_cast<double>(kMostOtherWeights)));
}

}  // namespace cleave
