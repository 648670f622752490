// SPDX-License-Identifier: Apache-2.0
#include "support/layer_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace cleave::testing {
namespace {

/// One element of an output feature map.
struct Place {
    std::int64_t c = 0;
    std::int64_t y = 0;
    std::int64_t x = 0;
};

double weight(const LayerParameters& parameters, std::int64_t i) {
    return parameters.weights.at(static_cast<std::size_t>(i));
}

double convolved(const Conv& conv, const LayerParameters& parameters, const RealMap& in, Place p) {
    const Window& w = conv.window;
    const std::int64_t depth = in.shape.channels / conv.groups;
    const std::int64_t group = p.c / (conv.filters / conv.groups);
    double sum = conv.bias ? parameters.bias.at(static_cast<std::size_t>(p.c)) : 0;
    for (std::int64_t c = 0; c < depth; ++c) {
        for (std::int64_t i = 0; i < w.kernel_h; ++i) {
            for (std::int64_t j = 0; j < w.kernel_w; ++j) {
                sum += weight(parameters, ((p.c * depth + c) * w.kernel_h + i) * w.kernel_w + j) *
                       in.at(group * depth + c, p.y * w.stride_h + i * w.dilation_h - w.pad_top,
                             p.x * w.stride_w + j * w.dilation_w - w.pad_left);
            }
        }
    }
    return sum;
}

double pooled(const Pool& pool, const RealMap& in, Place p) {
    const Window& w = pool.window;
    double largest = -std::numeric_limits<double>::infinity();
    double sum = 0;
    int inside = 0;
    for (std::int64_t i = 0; i < w.kernel_h; ++i) {
        for (std::int64_t j = 0; j < w.kernel_w; ++j) {
            const std::int64_t y = p.y * w.stride_h + i * w.dilation_h - w.pad_top;
            const std::int64_t x = p.x * w.stride_w + j * w.dilation_w - w.pad_left;
            if (in.has(y, x)) {
                largest = std::max(largest, in.at(p.c, y, x));
                sum += in.at(p.c, y, x);
                ++inside;
            }
        }
    }
    if (pool.kind == PoolKind::max) {
        return largest;
    }
    return sum / (pool.count_pad ? static_cast<double>(w.kernel_h * w.kernel_w) : inside);
}

double activated(const Activation& a, double slope, double x) {
    switch (a.kind) {
        case ActivationKind::relu: return x > 0 ? x : 0;
        case ActivationKind::relu6: return x > 6 ? 6 : (x > 0 ? x : 0);
        case ActivationKind::leaky_relu: return x < 0 ? a.alpha.value_or(0.01) * x : x;
        case ActivationKind::prelu: return x < 0 ? slope * x : x;
        // By way of the hyperbolic tangent, which is another formula for the same function.
        case ActivationKind::sigmoid: return (1 + std::tanh(x / 2)) / 2;
        case ActivationKind::hard_sigmoid:
        case ActivationKind::hard_swish: {
            const double line = a.alpha.value_or(1.0 / 6) * x + a.beta.value_or(0.5);
            const double gate = line < 0 ? 0 : (line > 1 ? 1 : line);
            return a.kind == ActivationKind::hard_swish ? x * gate : gate;
        }
        case ActivationKind::swish: return x * (1 + std::tanh(x / 2)) / 2;
        case ActivationKind::tanh: return (std::exp(2 * x) - 1) / (std::exp(2 * x) + 1);
    }
    throw std::logic_error("activation kind out of range");
}

double responded(const Lrn& lrn, const RealMap& in, Place p) {
    double squares = 0;
    for (std::int64_t c = 0; c < in.shape.channels; ++c) {
        if (c >= p.c - (lrn.size - 1) / 2 && c <= p.c + lrn.size / 2) {
            squares += in.at(c, p.y, p.x) * in.at(c, p.y, p.x);
        }
    }
    return in.at(p.c, p.y, p.x) /
           std::exp(lrn.beta * std::log(lrn.k + lrn.alpha * squares / static_cast<double>(lrn.size)));
}

double softmaxed(const RealMap& in, Place p) {
    double sum = 0;
    for (std::int64_t c = 0; c < in.shape.channels; ++c) {
        sum += std::exp(in.at(c, p.y, p.x) - in.at(p.c, p.y, p.x));
    }
    return 1 / sum;
}

double averaged(const RealMap& in, Place p) {
    double sum = 0;
    for (std::int64_t y = 0; y < in.shape.height; ++y) {
        for (std::int64_t x = 0; x < in.shape.width; ++x) {
            sum += in.at(p.c, y, x);
        }
    }
    return sum / static_cast<double>(in.shape.height * in.shape.width);
}

double normalized(const LayerParameters& parameters, const RealMap& in, Place p) {
    const auto c = static_cast<std::size_t>(p.c);
    return (in.at(p.c, p.y, p.x) - parameters.mean.at(c)) * parameters.scale.at(c) *
               std::pow(parameters.variance.at(c) + parameters.epsilon, -0.5) +
           parameters.shift.at(c);
}

/// A map of one position reads as that position everywhere, one of a single number as that number.
double spread(const RealMap& in, Place p) {
    if (in.values.size() == 1) {
        return in.values.front();
    }
    const bool one = in.shape.height == 1 && in.shape.width == 1;
    return one ? in.at(p.c, 0, 0) : in.at(p.c, p.y, p.x);
}

double connected(const FullyConnected& fc, const LayerParameters& parameters, const RealMap& in, Place p) {
    double sum = fc.bias ? parameters.bias.at(static_cast<std::size_t>(p.c)) : 0;
    const auto count = static_cast<std::int64_t>(in.values.size());
    for (std::int64_t i = 0; i < count; ++i) {
        sum += weight(parameters, p.c * count + i) * in.values[static_cast<std::size_t>(i)];
    }
    return sum;
}

double joined(const std::vector<RealMap>& inputs, Place p) {
    for (const RealMap& in : inputs) {
        if (p.c < in.shape.channels) {
            return in.at(p.c, p.y, p.x);
        }
        p.c -= in.shape.channels;
    }
    throw std::logic_error("channel out of range");
}

/// Which channel moves to `to`, found by trying all.
std::int64_t shuffled_from(const Shuffle& shuffle, std::int64_t channels, std::int64_t to) {
    const std::int64_t each = channels / shuffle.groups;
    for (std::int64_t i = 0; i < shuffle.groups; ++i) {
        for (std::int64_t j = 0; j < each; ++j) {
            if (j * shuffle.groups + i == to) {
                return i * each + j;
            }
        }
    }
    throw std::logic_error("channel out of range");
}

double element(const Op& op, const LayerParameters& parameters, const std::vector<RealMap>& inputs, Place p) {
    const RealMap& in = inputs.front();
    const auto same = [&] { return in.at(p.c, p.y, p.x); };
    const auto flat = [&] { return in.values.at(static_cast<std::size_t>(p.c)); };
    return std::visit(
        Overloaded{
            [](const Input&) -> double { throw std::logic_error("an input has no reference"); },
            [&](const Conv& conv) { return convolved(conv, parameters, in, p); },
            [&](const FullyConnected& fc) { return connected(fc, parameters, in, p); },
            [&](const Pool& pool) { return pooled(pool, in, p); },
            [&](const GlobalAveragePool&) { return averaged(in, p); },
            [&](const BatchNorm&) { return normalized(parameters, in, p); },
            [&](const Activation& a) {
                return activated(a, a.kind == ActivationKind::prelu ? weight(parameters, p.c) : 0, same());
            },
            [&](const Dropout&) { return same(); },
            [&](const Add&) {
                double sum = 0;
                for (const RealMap& map : inputs) {
                    sum += spread(map, p);
                }
                return sum;
            },
            [&](const Mul&) {
                double product = 1;
                for (const RealMap& map : inputs) {
                    product *= spread(map, p);
                }
                return product;
            },
            [&](const Concat&) { return joined(inputs, p); },
            [&](const Slice& slice) { return in.at(slice.first + p.c, p.y, p.x); },
            [&](const Shuffle& s) { return in.at(shuffled_from(s, in.shape.channels, p.c), p.y, p.x); },
            [&](const Flatten&) { return flat(); },
            [&](const Softmax&) { return softmaxed(in, p); },
            [&](const Lrn& lrn) { return responded(lrn, in, p); },
            [](const Other&) -> double { throw std::logic_error("an unknown operation has no reference"); },
        },
        op);
}

}  // namespace

double RealMap::at(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return has(row, column)
               ? values.at(static_cast<std::size_t>((channel * shape.height + row) * shape.width + column))
               : 0;
}

bool RealMap::has(std::int64_t row, std::int64_t column) const {
    return row >= 0 && row < shape.height && column >= 0 && column < shape.width;
}

RealMap reference_layer(const Op& op, const LayerParameters& parameters, const std::vector<RealMap>& inputs) {
    std::vector<Shape> shapes;
    for (const RealMap& in : inputs) {
        shapes.push_back(in.shape);
    }
    RealMap out{infer_shape(op, shapes), {}};
    for (std::int64_t c = 0; c < out.shape.channels; ++c) {
        for (std::int64_t y = 0; y < out.shape.height; ++y) {
            for (std::int64_t x = 0; x < out.shape.width; ++x) {
                out.values.push_back(element(op, parameters, inputs, {c, y, x}));
            }
        }
    }
    return out;
}

Graph one_node_graph(const NodeOp& op, const LayerParameters& parameters, const std::vector<Shape>& inputs,
                     const Shape& output) {
    Graph graph;
    graph.name = "one";
    GraphNode node;
    node.name = "node";
    node.op = op;
    node.parameters = parameters;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        node.inputs.push_back(graph.add_tensor("in" + std::to_string(i), inputs[i]));
    }
    graph.inputs = node.inputs;
    node.output = graph.add_tensor("out", output);
    graph.outputs = {node.output};
    graph.nodes.push_back(node);
    return graph;
}

Values whole_values(Random& random, std::int64_t count, std::int64_t limit) {
    Values values;
    for (std::int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<double>(random.between(-limit, limit)));
    }
    return values;
}

std::vector<float> whole_floats(Random& random, std::int64_t count, std::int64_t limit) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) {
        values.push_back(static_cast<float>(random.between(-limit, limit)));
    }
    return values;
}

LayerParameters whole_parameters(Random& random, const Op& op, const Shape& input) {
    LayerParameters parameters;
    if (const auto* conv = std::get_if<Conv>(&op)) {
        parameters.weights =
            whole_floats(random, conv->filters * (input.channels / conv->groups) * conv->window.taps(), 127);
        parameters.bias = whole_floats(random, conv->bias ? conv->filters : 0, 1000);
    } else if (const auto* fc = std::get_if<FullyConnected>(&op)) {
        parameters.weights = whole_floats(random, fc->features * input.elements(), 127);
        parameters.bias = whole_floats(random, fc->bias ? fc->features : 0, 1000);
    }
    return parameters;
}

}  // namespace cleave::testing
