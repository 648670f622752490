// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/bind.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

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

using Traits = std::vector<std::string>;

void add(Traits& traits, const Window& w) {
    traits.push_back(fmt::format("kernel {}x{}", w.kernel_h, w.kernel_w));
    traits.push_back(fmt::format("stride {}x{}", w.stride_h, w.stride_w));
    traits.push_back(fmt::format("dilation {}x{}", w.dilation_h, w.dilation_w));
    traits.push_back(fmt::format("pad {},{},{},{}", w.pad_top, w.pad_left, w.pad_bottom, w.pad_right));
}

[[noreturn]] void differ(const Layer& layer, const std::string& what, const Layer& other,
                         const std::string& other_what) {
    throw std::invalid_argument(
        fmt::format("the model is not this network: layer '{}' {}, but the model's '{}' {}", layer.name, what,
                    other.name, other_what));
}

/// Throws if the operations are not the same, with what of them is not.
void require_same(const Layer& layer, const Layer& other) {
    const Traits ours = op_traits(layer.op);
    const Traits theirs = op_traits(other.op);
    if (ours.front() != theirs.front()) {
        differ(layer, "is " + ours.front(), other, "is " + theirs.front());
    }
    std::string our_text;
    std::string their_text;
    for (std::size_t i = 1; i < ours.size(); ++i) {
        if (ours[i] != theirs[i]) {
            our_text += (our_text.empty() ? "" : ", ") + ours[i];
            their_text += (their_text.empty() ? "" : ", ") + theirs[i];
        }
    }
    if (!our_text.empty()) {
        differ(layer, fmt::format("({}) has {}", ours.front(), our_text), other, "has " + their_text);
    }
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

std::vector<std::string> op_traits(const Op& op) {
    Traits traits{op_name(op)};
    const auto add_bias = [&](bool bias) { traits.emplace_back(bias ? "bias" : "no bias"); };
    std::visit(
        Overloaded{
            [&](const Input& input) { traits.push_back(text(input.shape)); },
            [&](const Conv& c) {
                traits.push_back(fmt::format("{} filters", c.filters));
                traits.push_back(fmt::format("{} groups", c.groups));
                add(traits, c.window);
                add_bias(c.bias);
            },
            [&](const FullyConnected& fc) {
                traits.push_back(fmt::format("{} features", fc.features));
                add_bias(fc.bias);
            },
            [&](const Pool& p) {
                add(traits, p.window);
                traits.emplace_back(p.ceil ? "ceil" : "floor");
                const bool counted = p.kind == PoolKind::average && p.count_pad;
                traits.emplace_back(counted ? "padding counted" : "padding not counted");
            },
            [&](const GlobalAveragePool&) {},
            [&](const BatchNorm&) {},
            [&](const Activation& a) {
                switch (a.kind) {
                    case ActivationKind::leaky_relu:
                        traits.push_back(fmt::format("alpha {}", alpha_of(a)));
                        break;
                    case ActivationKind::hard_sigmoid:
                    case ActivationKind::hard_swish:
                        traits.push_back(fmt::format("alpha {}", alpha_of(a)));
                        traits.push_back(fmt::format("beta {}", beta_of(a)));
                        break;
                    case ActivationKind::relu:
                    case ActivationKind::relu6:
                    case ActivationKind::prelu:
                    case ActivationKind::sigmoid:
                    case ActivationKind::swish:
                    case ActivationKind::tanh: break;
                }
            },
            [&](const Dropout&) {},
            [&](const Add&) {},
            [&](const Mul&) {},
            [&](const Concat&) {},
            [&](const Slice& s) { traits.push_back(fmt::format("channels [{}, {}]", s.first, s.count)); },
            [&](const Shuffle& s) { traits.push_back(fmt::format("{} groups", s.groups)); },
            [&](const Flatten&) {},
            [&](const Softmax&) {},
            [&](const Lrn& l) {
                traits.push_back(fmt::format("size {}", l.size));
                traits.push_back(fmt::format("alpha {}", l.alpha));
                traits.push_back(fmt::format("beta {}", l.beta));
                traits.push_back(fmt::format("k {}", l.k));
            },
            [&](const Other& o) {
                traits.push_back(o.type);
                traits.push_back(text(o.output));
                traits.push_back(fmt::format("macs {}", o.macs));
                traits.push_back(fmt::format("weights {}", o.weights));
            },
        },
        op);
    return traits;
}

Parameters bind_parameters(const Network& network, const Network& model, const Parameters& parameters) {
    const Structure ours(network);
    const Structure theirs(model);
    Parameters result(network.layers().size());
    for (std::size_t i = 0; i < ours.layers.size() && i < theirs.layers.size(); ++i) {
        const Layer& layer = network.layer(ours.layers[i]);
        const Layer& other = model.layer(theirs.layers[i]);
        require_same(layer, other);
        if (ours.reads(layer) != theirs.reads(other)) {
            differ(layer, reads_text(network, ours, layer), other, reads_text(model, theirs, other));
        }
        result[index(ours.layers[i])] = parameters[index(theirs.layers[i])];
    }
    const auto results_of = [](const Network& of, const Structure& structure) {
        std::vector<std::size_t> numbers;
        for (const LayerId layer : of.results()) {
            numbers.push_back(structure.number[index(layer)]);
        }
        return numbers;
    };
    if (ours.layers.size() == theirs.layers.size() &&
        results_of(network, ours) != results_of(model, theirs)) {
        throw std::invalid_argument("the model is not this network: it gives out other layers");
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
