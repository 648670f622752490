// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/execute.hpp"

#include "cleave/deploy/execute_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace cleave {
namespace {

/// Which values outlive their last reader.
enum class Keep { outputs, all };

/// Element by element; a map of C x 1 x 1 stands for its value at every position, a single number for itself
/// everywhere.
template <class Combine>
Values combine_maps(const std::vector<MapView>& inputs, const Shape& out, const Combine& combine) {
    const auto positions = static_cast<std::size_t>(out.positions());
    Values result(static_cast<std::size_t>(out.elements()));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const auto at = [&](const MapView& map) {
            if (map.values.size() == 1) {
                return map.values.front();
            }
            return map.values[map.shape.positions() == 1 ? i / positions : i];
        };
        result[i] = at(inputs.front());
        for (std::size_t k = 1; k < inputs.size(); ++k) {
            result[i] = combine(result[i], at(inputs[k]));
        }
    }
    return result;
}

Values join(const std::vector<MapView>& inputs) {
    Values result;
    for (const MapView& map : inputs) {
        result.insert(result.end(), map.values.begin(), map.values.end());
    }
    return result;
}

Values take_channels(const Slice& slice, const MapView& in) {
    const auto first = in.values.begin() + slice.first * in.shape.positions();
    return Values(first, first + slice.count * in.shape.positions());
}

Values take_channels(const Gather& gather, const MapView& in) {
    const std::int64_t positions = in.shape.positions();
    Values result;
    result.reserve(gather.channels.size() * static_cast<std::size_t>(positions));
    for (const std::int64_t channel : gather.channels) {
        const auto first = in.values.begin() + channel * positions;
        result.insert(result.end(), first, first + positions);
    }
    return result;
}

Values shuffle_channels(const Shuffle& shuffle, const MapView& in) {
    const std::int64_t positions = in.shape.positions();
    const std::int64_t each = in.shape.channels / shuffle.groups;
    Values result(in.values.size());
    for (std::int64_t c = 0; c < in.shape.channels; ++c) {
        const std::int64_t target = c % each * shuffle.groups + c / each;
        std::copy_n(in.values.begin() + c * positions, positions, result.begin() + target * positions);
    }
    return result;
}

/// Numbers that the inputs have, from all over them, in turn: what an operation that only moves numbers gives
/// has the same range, and every other step is tried as if it had computed something.
Values stand_in(const std::vector<MapView>& inputs, const Shape& out) {
    Values result(static_cast<std::size_t>(out.elements()));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const Values& values = inputs[i % inputs.size()].values;
        result[i] = values[i * values.size() / result.size()];
    }
    return result;
}

Values compute(const GraphNode& node, const std::vector<MapView>& inputs, const Shape& out,
               unsigned threads) {
    const MapView& in = inputs.front();
    const LayerParameters& parameters = node.parameters;
    const auto layer = Overloaded{
        [](const Input&) -> Values { throw std::logic_error("an input is no operation"); },
        [&](const Conv& conv) {
            const Sums sums = node.fixed_point ? Sums::exact : Sums::rounded;
            return convolve(conv, parameters, in, out, sums, threads);
        },
        [&](const FullyConnected& fc) { return fully_connect(fc, parameters, in, threads); },
        [&](const Pool& op) { return pool(op, in, out); },
        [&](const GlobalAveragePool&) { return global_average(in); },
        [&](const BatchNorm&) { return normalize_batch(parameters, in); },
        [&](const Activation& activation) { return activate(activation, parameters, in); },
        [&](const Dropout&) { return in.values; },
        [&](const Add&) { return combine_maps(inputs, out, [](double a, double b) { return a + b; }); },
        [&](const Mul&) { return combine_maps(inputs, out, [](double a, double b) { return a * b; }); },
        [&](const Concat&) { return join(inputs); },
        [&](const Slice& slice) { return take_channels(slice, in); },
        [&](const Shuffle& shuffle) { return shuffle_channels(shuffle, in); },
        [&](const Flatten&) { return in.values; },
        [&](const Softmax&) { return softmax(in); },
        [&](const Lrn& lrn) { return normalize_response(lrn, in); },
        [&](const Other&) { return stand_in(inputs, out); },
    };
    return std::visit(Overloaded{
                          [&](const Op& op) { return std::visit(layer, op); },
                          [&](const Quantize& quantize) {
                              const bool narrow = quantize.type == TensorType::int8;
                              const double low = narrow ? -128 : std::numeric_limits<std::int32_t>::min();
                              const double high = narrow ? 127 : std::numeric_limits<std::int32_t>::max();
                              Values result = in.values;
                              for (double& x : result) {
                                  x = std::clamp(std::nearbyint(std::ldexp(x, -quantize.exponent)), low,
                                                 high);
                              }
                              return result;
                          },
                          [&](const Dequantize& dequantize) {
                              Values result = in.values;
                              for (double& x : result) {
                                  x = std::ldexp(x, dequantize.exponent);
                              }
                              return result;
                          },
                          [&](const Gather& gather) { return take_channels(gather, in); },
                      },
                      node.op);
}

/// In single precision, as runtimes do, where half decides.
Values round_to(const std::optional<Codes>& codes, Values values) {
    if (codes) {
        const auto scale = static_cast<float>(codes->scale);
        for (double& value : values) {
            const auto code = static_cast<double>(std::nearbyint(static_cast<float>(value) / scale));
            value = codes->scale * std::clamp(code, codes->lowest, codes->highest);
        }
    }
    return values;
}

/// For each tensor, the number of the last node that reads it, plus one; more than there are nodes for a
/// tensor that must stay.
std::vector<std::size_t> last_uses(const Graph& graph, Keep keep) {
    const std::size_t forever = graph.nodes.size() + 1;
    std::vector<std::size_t> last(graph.tensors.size(), keep == Keep::all ? forever : 0);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        for (const TensorId in : graph.nodes[n].inputs) {
            last[index(in)] = std::max(last[index(in)], n + 1);
        }
    }
    for (const TensorId out : graph.outputs) {
        last[index(out)] = forever;
    }
    return last;
}

std::vector<Values> run(const Graph& graph, const std::vector<Values>& inputs, Keep keep, unsigned threads) {
    if (inputs.size() != graph.inputs.size()) {
        throw std::invalid_argument(
            fmt::format("graph '{}' has {} inputs, not {}", graph.name, graph.inputs.size(), inputs.size()));
    }
    std::vector<Values> values(graph.tensors.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const GraphTensor& tensor = graph.tensor(graph.inputs[i]);
        if (inputs[i].size() != static_cast<std::size_t>(tensor.shape.elements())) {
            throw std::invalid_argument(fmt::format("input '{}' has {} values, not {}", tensor.name,
                                                    inputs[i].size(), tensor.shape.elements()));
        }
        values[index(graph.inputs[i])] = round_to(tensor.codes, inputs[i]);
    }
    const std::vector<std::size_t> last = last_uses(graph, keep);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const GraphNode& node = graph.nodes[n];
        std::vector<MapView> maps;
        for (const TensorId in : node.inputs) {
            maps.push_back({graph.tensor(in).shape, values[index(in)]});
        }
        const GraphTensor& made = graph.tensor(node.output);
        values[index(node.output)] = round_to(made.codes, compute(node, maps, made.shape, threads));
        for (const TensorId in : node.inputs) {
            if (last[index(in)] == n + 1) {
                values[index(in)] = {};
            }
        }
    }
    return values;
}

}  // namespace

std::vector<Values> execute(const Graph& graph, const std::vector<Values>& inputs, unsigned threads) {
    std::vector<Values> values = run(graph, inputs, Keep::outputs, threads);
    std::vector<Values> outputs;
    for (const TensorId out : graph.outputs) {
        outputs.push_back(values[index(out)]);
    }
    return outputs;
}

std::vector<Values> divided(const Graph& graph, const Values& values) {
    std::vector<Values> inputs;
    std::size_t at = 0;
    for (const TensorId id : graph.inputs) {
        const auto count = static_cast<std::size_t>(graph.tensor(id).shape.elements());
        // What is missing is reported by what reads it.
        const std::size_t end =
            id == graph.inputs.back() ? values.size() : std::min(at + count, values.size());
        inputs.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(std::min(at, end)),
                            values.begin() + static_cast<std::ptrdiff_t>(end));
        at = end;
    }
    return inputs;
}

std::optional<std::string> too_large_to_execute(const Network& network) {
    constexpr std::int64_t kMost = std::int64_t{1} << 29U;
    std::int64_t params = 0;
    std::int64_t numbers = 0;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        const LayerId layer = layer_id(i);
        params += network.totals(layer).params;
        numbers += network.output(layer).elements();
        if (params > kMost || numbers > kMost) {
            return fmt::format("the network is too large to be run: with layer '{}' its {} are more than {}",
                               network.layer(layer).name,
                               params > kMost ? "parameters" : "feature maps' numbers", kMost);
        }
    }
    return std::nullopt;
}

std::vector<Values> execute_all(const Graph& graph, const std::vector<Values>& inputs, unsigned threads) {
    return run(graph, inputs, Keep::all, threads);
}

}  // namespace cleave
