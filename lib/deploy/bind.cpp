// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/bind.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace cleave {
namespace {

/// Layers that compute something, and for each layer which of them its values come from.
struct Structure {
    std::vector<LayerId> layers;
    std::vector<std::size_t> number;

    explicit Structure(const Network& network) {
        for (std::size_t i = 0; i < network.layers().size(); ++i) {
            const Layer& layer = network.layer(layer_id(i));
            if (std::holds_alternative<Flatten>(layer.op) || std::holds_alternative<Dropout>(layer.op)) {
                number.push_back(number[index(layer.inputs.front())]);
                continue;
            }
            number.push_back(layers.size());
            layers.push_back(layer_id(i));
        }
    }

    [[nodiscard]] std::vector<std::size_t> reads(const Layer& layer) const {
        std::vector<std::size_t> result;
        for (const LayerId in : layer.inputs) {
            result.push_back(number[index(in)]);
        }
        return result;
    }
};

std::string text(const Shape& shape) {
    return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

std::string text(const Window& w) {
    return fmt::format("kernel {}x{}, stride {}x{}, dilation {}x{}, pad {},{},{},{}", w.kernel_h, w.kernel_w,
                       w.stride_h, w.stride_w, w.dilation_h, w.dilation_w, w.pad_top, w.pad_left,
                       w.pad_bottom, w.pad_right);
}

/// All that makes two operations the same, in words.
std::string text(const Op& op) {
    const std::string name = op_name(op);
    return std::visit(
        Overloaded{
            [&](const Input& input) { return name + " " + text(input.shape); },
            [&](const Conv& c) {
                return fmt::format("{}, {} filters, {} groups, {}, {}", name, c.filters, c.groups,
                                   text(c.window), c.bias ? "bias" : "no bias");
            },
            [&](const FullyConnected& fc) {
                return fmt::format("{}, {} features, {}", name, fc.features, fc.bias ? "bias" : "no bias");
            },
            [&](const Pool& p) {
                return fmt::format("{}, {}{}{}", name, text(p.window), p.ceil ? ", ceil" : "",
                                   p.kind == PoolKind::average && p.count_pad ? ", padding counted" : "");
            },
            [&](const GlobalAveragePool&) { return name; },
            [&](const BatchNorm&) { return name; },
            [&](const Activation& a) {
                switch (a.kind) {
                    case ActivationKind::leaky_relu: return fmt::format("{}, alpha {}", name, alpha_of(a));
                    case ActivationKind::hard_sigmoid:
                    case ActivationKind::hard_swish:
                        return fmt::format("{}, alpha {}, beta {}", name, alpha_of(a), beta_of(a));
                    case ActivationKind::relu:
                    case ActivationKind::relu6:
                    case ActivationKind::prelu:
                    case ActivationKind::sigmoid:
                    case ActivationKind::swish:
                    case ActivationKind::tanh: break;
                }
                return name;
            },
            [&](const Dropout&) { return name; },
            [&](const Add&) { return name; },
            [&](const Mul&) { return name; },
            [&](const Concat&) { return name; },
            [&](const Slice& s) { return fmt::format("{}, channels [{}, {}]", name, s.first, s.count); },
            [&](const Shuffle& s) { return fmt::format("{}, {} groups", name, s.groups); },
            [&](const Flatten&) { return name; },
            [&](const Softmax&) { return name; },
            [&](const Lrn& l) {
                return fmt::format("{}, size {}, alpha {}, beta {}, k {}", name, l.size, l.alpha, l.beta,
                                   l.k);
            },
            [&](const Other& o) { return fmt::format("{} {} {}", name, o.type, text(o.output)); },
        },
        op);
}

[[noreturn]] void differ(const Layer& layer, const std::string& what, const Layer& other,
                         const std::string& other_what) {
    throw std::invalid_argument(
        fmt::format("the model is not this network: layer '{}' {}, but the model's '{}' {}", layer.name, what,
                    other.name, other_what));
}

/// Names of the layers that one reads, without those that compute nothing.
std::string reads_text(const Network& network, const Structure& structure, const Layer& layer) {
    std::string names;
    for (const std::size_t read : structure.reads(layer)) {
        names += (names.empty() ? "'" : ", '") + network.layer(structure.layers[read]).name + "'";
    }
    return "reads " + names;
}

}  // namespace

Parameters bind_parameters(const Network& network, const Network& model, const Parameters& parameters) {
    const Structure ours(network);
    const Structure theirs(model);
    Parameters result(network.layers().size());
    for (std::size_t i = 0; i < ours.layers.size() && i < theirs.layers.size(); ++i) {
        const Layer& layer = network.layer(ours.layers[i]);
        const Layer& other = model.layer(theirs.layers[i]);
        if (text(layer.op) != text(other.op)) {
            differ(layer, "is " + text(layer.op), other, "is " + text(other.op));
        }
        if (ours.reads(layer) != theirs.reads(other)) {
            differ(layer, reads_text(network, ours, layer), other, reads_text(model, theirs, other));
        }
        result[index(ours.layers[i])] = parameters[index(theirs.layers[i])];
    }
    if (ours.layers.size() != theirs.layers.size()) {
        const bool more = theirs.layers.size() > ours.layers.size();
        const std::size_t first = std::min(ours.layers.size(), theirs.layers.size());
        throw std::invalid_argument(fmt::format(
            "the model is not this network: {} layer '{}' has no counterpart", more ? "the model's" : "its",
            more ? model.layer(theirs.layers[first]).name : network.layer(ours.layers[first]).name));
    }
    return result;
}

}  // namespace cleave
