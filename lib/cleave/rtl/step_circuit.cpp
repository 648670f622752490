// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/step_circuit.hpp"

#include "cleave/deploy/fpga_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

struct Limits {
    std::int64_t low = -128;
    std::int64_t high = 127;
};

/// What a clamp leaves of 8-bit numbers that count in 2^exponent. Limiting first and rounding then is the
/// same: rounding keeps the order, and the limits are rounded alike.
Limits limits_of(const std::optional<Activation>& clamp, int exponent) {
    if (!clamp) {
        return {};
    }
    switch (clamp->kind) {
        case ActivationKind::relu: return {0, 127};
        case ActivationKind::relu6:
            return {0, std::min<std::int64_t>(127, std::llround(std::nearbyint(std::ldexp(6.0, -exponent))))};
        default: throw std::invalid_argument("is an activation that has no circuit");
    }
}

std::vector<std::int64_t> whole_numbers(const std::vector<float>& values, int exponent) {
    std::vector<std::int64_t> result;
    result.reserve(values.size());
    for (const float value : values) {
        result.push_back(std::llround(std::ldexp(static_cast<double>(value), -exponent)));
    }
    return result;
}

class StepCircuit {
public:
    StepCircuit(const Plan& plan, const UnitGraph& units, const Parameters& parameters,
                const FixedPointFormats& formats, const std::map<UnitId, UnitCircuit>& circuits)
        : plan_(plan), units_(units), parameters_(parameters), formats_(formats), circuits_(circuits) {}

    Circuit run(const PlanStep& step) {
        pace_clocks_ = circuits_.at(first_unit(step)).pace_clocks;
        for (const PlanTensorId id : step.outputs) {
            number_bytes_ = plan_.tensor(id).crossing.value().bits / 8;
        }
        for (const PlanTensorId id : step.inputs) {
            arrive(id);
        }
        for (const Piece& piece : step.pieces) {
            if (const auto* unit = std::get_if<ComputeUnit>(&piece)) {
                compute(*unit);
            }
        }
        for (const PlanTensorId id : step.outputs) {
            leave(id);
        }
        return std::move(circuit_);
    }

private:
    /// A map on its way: where it comes from, how its positions lie, and what its numbers count in.
    struct Map {
        CircuitSource source;
        /// Its own before it was flattened.
        Shape shape;
        int exponent = 0;
        std::int64_t number_bytes = 1;
    };

    [[nodiscard]] const std::string& name(LayerId layer) const { return units_.network().layer(layer).name; }

    /// So wide that the map passes within the pace; 16 to 128.
    [[nodiscard]] std::int64_t beat_bytes(std::int64_t bytes) const {
        constexpr std::int64_t kLeast = 16;
        constexpr std::int64_t kMost = 128;
        std::int64_t beat = kLeast;
        while (beat < kMost && beat * pace_clocks_ < bytes) {
            beat *= 2;
        }
        return beat;
    }

    void arrive(PlanTensorId id) {
        const PlanTensor& tensor = plan_.tensor(id);
        maps_[tensor.layer] = {
            {true, circuit_.inputs.size()}, tensor.shape, formats_.tensors[index(id)].value(), 1};
        circuit_.inputs.push_back({tensor.shape, 1, fmt::format("{}: {}", tensor.name, name(tensor.layer)),
                                   beat_bytes(tensor.shape.elements())});
    }

    void leave(PlanTensorId id) {
        const PlanTensor& tensor = plan_.tensor(id);
        const Map& map = maps_.at(tensor.layer);
        circuit_.outputs.push_back(
            {{map.shape, map.number_bytes, fmt::format("{}: {}", tensor.name, name(tensor.layer)),
              beat_bytes(map.shape.elements() * map.number_bytes)},
             map.source});
    }

    void compute(const ComputeUnit& unit) {
        const UnitCircuit& circuit = circuits_.at(unit.unit);
        bool first = true;
        for (const FpgaStage& stage : fpga_stages(units_, parameters_, unit)) {
            try {
                add(stage, circuit, first);
            } catch (const std::invalid_argument& error) {
                throw std::invalid_argument(fmt::format("layer '{}' {}", name(stage.layer), error.what()));
            }
            first = false;
        }
    }

    void add(const FpgaStage& stage, const UnitCircuit& circuit, bool first) {
        if (circuit.is_fitted) {
            throw std::invalid_argument(
                fmt::format("is in '{}', a design of others, which has no circuit", circuit.implementation));
        }
        CircuitNode node;
        node.note = name(stage.layer);
        node.fold = fold_of(stage, circuit, first);
        node.direct = !circuit.is_folded;
        for (const LayerId layer : stage.reads) {
            const Map& map = maps_.at(layer);
            node.reads.push_back(map.source);
            const auto wait = std::find_if(circuit.waits.begin(), circuit.waits.end(),
                                           [&](const RunTiming::Wait& w) { return first && w.map == layer; });
            node.waits.push_back(wait == circuit.waits.end() ? 0 : wait->positions);
        }
        const Map& in = maps_.at(stage.reads.front());
        node.in = in.shape;
        node.out = stage.shape;
        const int exponent = formats_.layers[index(stage.output)].output.value();
        Map out{{}, stage.shape, exponent, 1};
        bool clamps = false;
        std::visit(
            Overloaded{
                [&](const Conv& conv) {
                    std::int64_t groups = conv.groups;
                    if (is_depthwise(conv, node.in) && conv.filters > conv.groups) {
                        groups = conv.filters;
                        repeat_channels(node, groups);
                    }
                    node.op = convolution(conv, stage, groups, {node.in, in.exponent}, exponent);
                    clamps = true;
                },
                [&](const FullyConnected&) {
                    node.op = fully_connected(stage, {in.shape, in.exponent}, exponent);
                    node.in = {in.shape.elements(), 1, 1};
                    clamps = true;
                },
                [&](const Pool& pool) {
                    if (pool.kind == PoolKind::max) {
                        node.op = MaxPool{pool.window, node.in, node.out};
                    } else {
                        const Limits limits = limits_of(stage.clamp, exponent);
                        node.op = AveragePool{
                            pool.window, node.in,    node.out, pool.count_pad, in.exponent - exponent,
                            limits.low,  limits.high};
                        clamps = true;
                    }
                },
                [&](const GlobalAveragePool&) {
                    const Limits limits = limits_of(stage.clamp, exponent);
                    node.op =
                        StreamMean{node.in.positions(), in.exponent - exponent, limits.low, limits.high};
                    clamps = true;
                },
                [&](const Add&) {
                    node.op = sum(stage, exponent);
                    clamps = true;
                },
                [&](const Concat&) { node.op = concat(stage, exponent); },
                [&](const Slice& slice) {
                    node.op = StreamSlice{slice.first, slice.count};
                },
                [&](const Shuffle& shuffle) { node.op = shuffle_of(shuffle.groups, node.in.channels); },
                [&](const Activation& activation) {
                    const Limits limits = limits_of(activation, exponent);
                    node.op = StreamSum{{0}, 0, limits.low, limits.high};
                },
                [&](const Flatten&) {
                    node.op = Wires{};
                    out.shape = in.shape;
                },
                [&](const Dropout&) { node.op = Wires{}; },
                [](const auto&) { throw std::invalid_argument("is an operation that has no circuit"); },
            },
            stage.op);
        if (!stage.complete) {
            auto& conv = std::get<IntegerConv>(node.op);
            conv.result_bytes = out.number_bytes = number_bytes_;
            out.exponent -= static_cast<int>(conv.shift);
        }
        node.numbers = numbers_text(stage, out);
        push(std::move(node), out, stage);
        if (stage.clamp && !clamps) {
            const Limits limits = limits_of(stage.clamp, exponent);
            CircuitNode limit;
            limit.op = StreamSum{{0}, 0, limits.low, limits.high};
            limit.fold = circuit_.nodes.back().fold;
            limit.reads = {maps_.at(stage.output).source};
            limit.in = limit.out = stage.shape;
            limit.note = name(stage.clamp_layer);
            limit.numbers = fmt::format("{0} -> {0}", numbers_text(out));
            push(std::move(limit), out, stage);
        }
    }

    [[nodiscard]] static std::string numbers_text(const Map& map) {
        return fmt::format("{} bits of 2^{}", 8 * map.number_bytes, map.exponent);
    }
    [[nodiscard]] std::string numbers_text(const FpgaStage& stage, const Map& out) const {
        std::string text;
        for (const LayerId layer : stage.reads) {
            text += (text.empty() ? "" : ", ") + numbers_text(maps_.at(layer));
        }
        return text + " -> " + numbers_text(out);
    }

    void push(CircuitNode node, Map out, const FpgaStage& stage) {
        out.source = {false, circuit_.nodes.size()};
        circuit_.nodes.push_back(std::move(node));
        maps_[stage.output] = out;
    }

    /// What follows a unit's head, channel by channel, streams as wide as that leaves; what has no fold, all
    /// channels at a time.
    [[nodiscard]] static Fold fold_of(const FpgaStage& stage, const UnitCircuit& circuit, bool first) {
        if (const auto own = circuit.followers.find(stage.layer); own != circuit.followers.end()) {
            return own->second;
        }
        Fold fold = circuit.hardware.choice.fold.value_or(Fold{stage.shape.channels, 1});
        if (!first) {
            fold.simd = 1;
            fold.columns = false;
            while (stage.shape.channels % fold.pe != 0) {
                --fold.pe;
            }
        }
        return fold;
    }

    /// Several filters over each channel: each has a channel of its own in a map in front.
    void repeat_channels(CircuitNode& node, std::int64_t filters) {
        CircuitNode repeat;
        StreamShuffle order;
        for (std::int64_t k = 0; k < filters; ++k) {
            order.order.push_back(k / (filters / node.in.channels));
        }
        repeat.op = std::move(order);
        repeat.reads = std::move(node.reads);
        repeat.waits = std::move(node.waits);
        repeat.in = repeat.out = node.in;
        repeat.out.channels = filters;
        repeat.note = node.note;
        node.reads = {{false, circuit_.nodes.size()}};
        node.waits.clear();
        node.in = repeat.out;
        circuit_.nodes.push_back(std::move(repeat));
    }

    /// What a convolution reads, as it comes.
    struct Read {
        Shape shape;
        int exponent = 0;
    };

    IntegerConv convolution(const Conv& conv, const FpgaStage& stage, std::int64_t groups, const Read& in,
                            int exponent) const {
        IntegerConv result;
        result.window = conv.window;
        result.in = in.shape;
        result.out = stage.shape;
        result.groups = groups;
        set_numbers(result, stage, in, exponent);
        return result;
    }

    /// All numbers of the map are channels of one position, in the order in which they come: position by
    /// position.
    IntegerConv fully_connected(const FpgaStage& stage, const Read& in, int exponent) const {
        IntegerConv result;
        result.in = {in.shape.elements(), 1, 1};
        result.out = stage.shape;
        set_numbers(result, stage, in, exponent);
        const std::vector<std::int8_t> weights = result.weights;
        const std::int64_t positions = in.shape.positions();
        const std::int64_t all = in.shape.elements();
        for (std::int64_t n = 0; n < stage.shape.channels; ++n) {
            for (std::int64_t i = 0; i < all; ++i) {
                const std::int64_t channel = i % in.shape.channels;
                const std::int64_t position = i / in.shape.channels;
                result.weights[static_cast<std::size_t>(n * all + i)] =
                    weights[static_cast<std::size_t>(n * all + channel * positions + position)];
            }
        }
        return result;
    }

    void set_numbers(IntegerConv& conv, const FpgaStage& stage, const Read& in, int exponent) const {
        const LayerExponents& exponents = formats_.layers[index(stage.layer)];
        const int weights = exponents.weights.value();
        const FixedPoint fixed{weights, exponents.bias.value_or(weights)};
        const LayerParameters numbers = rounded(stage.parameters, fixed);
        for (const std::int64_t weight : whole_numbers(numbers.weights, fixed.weights)) {
            conv.weights.push_back(static_cast<std::int8_t>(weight));
        }
        const int products = weights + in.exponent;
        for (const std::int64_t bias : whole_numbers(numbers.bias, fixed.bias)) {
            // Of a bias in other units only the shift differs.
            conv.bias.push_back(bias << std::max(0, fixed.bias - products));
        }
        if (!numbers.bias.empty() && fixed.bias < products) {
            throw std::invalid_argument("has a bias finer than its products, which has no circuit");
        }
        conv.shift = exponent - products;
        const Limits limits = limits_of(stage.clamp, exponent);
        conv.low = limits.low;
        conv.high = limits.high;
    }

    [[nodiscard]] StreamSum sum(const FpgaStage& stage, int exponent) const {
        constexpr int kMostShift = 40;
        int least = kLargestExponent;
        for (const LayerId layer : stage.reads) {
            least = std::min(least, maps_.at(layer).exponent);
        }
        const Limits limits = limits_of(stage.clamp, exponent);
        StreamSum sum{{}, exponent - least, limits.low, limits.high};
        for (const LayerId layer : stage.reads) {
            const int shift = maps_.at(layer).exponent - least;
            if (shift > kMostShift) {
                throw std::invalid_argument("adds maps whose formats are too far apart for a circuit");
            }
            sum.shifts.push_back(shift);
        }
        return sum;
    }

    [[nodiscard]] StreamConcat concat(const FpgaStage& stage, int exponent) const {
        StreamConcat concat;
        for (const LayerId layer : stage.reads) {
            const Map& map = maps_.at(layer);
            concat.channels.push_back(map.shape.channels);
            concat.shifts.push_back(exponent - map.exponent);
        }
        return concat;
    }

    const Plan& plan_;
    const UnitGraph& units_;
    const Parameters& parameters_;
    const FixedPointFormats& formats_;
    const std::map<UnitId, UnitCircuit>& circuits_;
    Circuit circuit_;
    std::int64_t pace_clocks_ = 1;
    /// Of a number that leaves, as the link is charged for: of partial sums those of the accumulator.
    std::int64_t number_bytes_ = 1;
    std::map<LayerId, Map> maps_;
};

}  // namespace

UnitId first_unit(const PlanStep& step) {
    for (const Piece& piece : step.pieces) {
        if (const auto* unit = std::get_if<ComputeUnit>(&piece)) {
            return unit->unit;
        }
    }
    throw std::logic_error("a step of the FPGA computes something");
}

namespace {

/// Foldings of the layers behind a unit's head.
std::map<LayerId, Fold> followers_of(const Costing& costing, const StageGroup& group, UnitId id,
                                     const LayerHardware& hardware) {
    std::map<LayerId, Fold> result;
    if (!hardware.choice.fold || group.axis == SplitAxis::channels) {
        return result;
    }
    const UnitGraph& graph = costing.graph();
    const Unit& unit = graph.unit(id);
    const LayerWork head = whole_layer(graph.network(), unit.head);
    const std::int64_t channels =
        (group.axis ? slice_layer(head, *group.axis, group.share) : head).output.channels;
    const std::vector<FollowerRole> roles = follower_roles(graph.network(), unit);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        const LayerId layer = unit.layers[i + 1];
        const auto own = roles[i] == FollowerRole::hardware
                             ? costing.hardware().follower(layer, channels, hardware)
                             : std::nullopt;
        if (own && own->choice.fold) {
            result[layer] = *own->choice.fold;
        }
    }
    return result;
}

}  // namespace

std::map<UnitId, UnitCircuit> unit_circuits(const Costing& costing, const Score& score) {
    std::map<UnitId, UnitCircuit> result;
    for (const ScoredStage& scored : score.stages) {
        for (std::size_t g = 0; g < scored.stage.groups.size(); ++g) {
            const StageGroup& group = scored.stage.groups[g];
            const auto hardware = costing.hardware_of(group);
            if (!hardware) {
                throw std::logic_error("a scored mapping has hardware for all its layers");
            }
            std::vector<std::vector<RunTiming::Wait>> waits(group.units.size());
            const GroupCost& cost = scored.groups[g];
            if (!group.axis) {
                waits = costing.timing_of(group.units, *hardware, cost.pace, cost.clock).waits;
            }
            for (std::size_t u = 0; u < group.units.size(); ++u) {
                const Implementation& implementation =
                    costing.platform().fpga.implementation((*hardware)[u].choice.implementation);
                result[group.units[u]] = {(*hardware)[u],
                                          waits[u],
                                          followers_of(costing, group, group.units[u], (*hardware)[u]),
                                          implementation.name,
                                          (*hardware)[u].choice.fold.has_value(),
                                          std::holds_alternative<DhmFitted>(implementation.form),
                                          cost.clock,
                                          cycles_within(cost.pace, cost.clock),
                                          cost.fpga,
                                          cost.demand};
            }
        }
    }
    return result;
}

Circuit step_circuit(const Plan& plan, StepId step, const UnitGraph& units, const Parameters& parameters,
                     const FixedPointFormats& formats, const std::map<UnitId, UnitCircuit>& circuits) {
    return StepCircuit(plan, units, parameters, formats, circuits).run(plan.step(step));
}

}  // namespace cleave
