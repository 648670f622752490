// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/segment.hpp"

#include "cleave/deploy/fpga_stage.hpp"
#include "cleave/deploy/quantise.hpp"
#include "cleave/deploy/split_layer.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

/// What the segments of both devices have in common: names, inputs, outputs, and nodes.
class SegmentGraph {
public:
    SegmentGraph(const Plan& plan, const PlanStep& step, const Network& network, std::string name)
        : plan_(plan) {
        graph_.name = std::move(name);
        // Nodes are named as the layers they compute, so other nodes are not; and a layer may be called like
        // a tensor of the plan.
        for (const Layer& layer : network.layers()) {
            node_names_.insert(layer.name);
        }
        for (const PlanTensor& tensor : plan.tensors) {
            tensor_names_.insert(tensor.name);
        }
        for (const PlanTensorId id : step.inputs) {
            const TensorId input = graph_.add_tensor(plan.tensor(id).name, plan.tensor(id).shape);
            graph_.inputs.push_back(input);
            outside_[id] = input;
        }
    }

    [[nodiscard]] TensorId outside(PlanTensorId id) const { return outside_.at(id); }
    void set_type(TensorId id, TensorType type) { graph_.tensors[index(id)].type = type; }
    void set_codes(TensorId id, const std::optional<Codes>& codes) {
        graph_.tensors[index(id)].codes = codes;
    }
    [[nodiscard]] const Shape& shape(TensorId id) const { return graph_.tensor(id).shape; }

    /// The node that computes a layer of that name.
    TensorId add_layer(const std::string& name, const Op& op, std::vector<TensorId> inputs,
                       const Shape& shape) {
        return add_node(name, name, op, std::move(inputs), shape, TensorType::float32);
    }
    /// Any other node.
    TensorId add(const std::string& name, NodeOp op, std::vector<TensorId> inputs, const Shape& shape,
                 TensorType type = TensorType::float32) {
        return add_node(unused(name, node_names_), name, std::move(op), std::move(inputs), shape, type);
    }
    GraphNode& last_node() { return graph_.nodes.back(); }

    /// Makes a tensor what the plan calls `id`.
    void name_output(TensorId tensor, PlanTensorId id) {
        graph_.tensors[index(tensor)].name = plan_.tensor(id).name;
        outside_[id] = tensor;
    }

    Graph finish(const PlanStep& step) {
        for (const PlanTensorId id : step.outputs) {
            graph_.outputs.push_back(outside_.at(id));
        }
        return std::move(graph_);
    }

private:
    TensorId add_node(std::string name, const std::string& tensor, NodeOp op, std::vector<TensorId> inputs,
                      const Shape& shape, TensorType type) {
        GraphNode node;
        node.name = std::move(name);
        node.op = std::move(op);
        node.inputs = std::move(inputs);
        node.output = graph_.add_tensor(unused(tensor, tensor_names_), shape, type);
        graph_.nodes.push_back(std::move(node));
        return graph_.nodes.back().output;
    }

    static std::string unused(const std::string& name, std::set<std::string>& used) {
        std::string result = name;
        while (!used.insert(result).second) {
            result += "'";
        }
        return result;
    }

    const Plan& plan_;
    Graph graph_;
    std::set<std::string> tensor_names_;
    std::set<std::string> node_names_;
    std::map<PlanTensorId, TensorId> outside_;
};

/// What a segment is made from.
struct Ingredients {
    const Plan& plan;
    const PlanStep& step;
    const UnitGraph& units;
    const Parameters& parameters;
    const std::optional<FixedPointFormats>& formats;

    [[nodiscard]] const Network& network() const { return units.network(); }
    [[nodiscard]] const std::string& name(LayerId layer) const { return network().layer(layer).name; }
    [[nodiscard]] TensorType crossing_type(PlanTensorId id) const {
        return formats ? stored_type(plan.tensor(id)) : TensorType::float32;
    }
    [[nodiscard]] int exponent(PlanTensorId id) const { return formats->tensors[index(id)].value(); }
    [[nodiscard]] const std::optional<Codes>& codes(LayerId layer) const {
        return parameters[index(layer)].codes;
    }
    [[nodiscard]] bool is_input(PlanTensorId id) const {
        return std::find(plan.inputs.begin(), plan.inputs.end(), id) != plan.inputs.end();
    }
};

class GpuSegment {
public:
    GpuSegment(const Ingredients& source, std::string name)
        : from_(source), graph_(source.plan, source.step, source.network(), std::move(name)) {
        for (const PlanTensorId id : source.step.inputs) {
            const PlanTensor& tensor = source.plan.tensor(id);
            if (tensor.crossing) {
                graph_.set_type(graph_.outside(id), source.crossing_type(id));
            } else {
                values_[{tensor.layer, share_of(tensor)}] = graph_.outside(id);
                if (source.is_input(id)) {
                    graph_.set_codes(graph_.outside(id), source.codes(tensor.layer));
                }
            }
        }
    }

    Graph run() {
        for (const Piece& piece : from_.step.pieces) {
            std::visit(Overloaded{
                           [&](const ComputeUnit& unit) { compute(unit); },
                           [&](const Send& send) { convert_down(send.tensor); },
                           [&](const Receive& receive) { convert_up(receive.tensor); },
                           [&](const Combine& combine) { put_together(combine); },
                       },
                       piece);
        }
        for (const PlanTensorId id : from_.step.outputs) {
            const PlanTensor& tensor = from_.plan.tensor(id);
            if (!tensor.crossing) {
                graph_.name_output(values_.at({tensor.layer, share_of(tensor)}), id);
            }
        }
        return graph_.finish(from_.step);
    }

private:
    [[nodiscard]] Share share_of(const PlanTensor& tensor) const {
        const bool whole = tensor.content == TensorContent::map &&
                           tensor.channels == Range{0, from_.network().output(tensor.layer).channels};
        if (whole) {
            return Share::whole;
        }
        return tensor.crossing ? Share::fpga : Share::gpu;
    }

    TensorId add_layer(LayerId layer, const Op& op, LayerParameters parameters, std::vector<TensorId> inputs,
                       const Shape& shape) {
        const TensorId output = graph_.add_layer(from_.name(layer), op, std::move(inputs), shape);
        graph_.last_node().parameters = std::move(parameters);
        graph_.set_codes(output, from_.codes(layer));
        return output;
    }

    static NodeOp taking(const Range& channels) {
        return channels.picked.empty() ? NodeOp(Op(Slice{channels.first, channels.count}))
                                       : NodeOp(Gather{channels.picked});
    }

    TensorId take_channels(const std::string& name, TensorId map, const Range& channels) {
        Shape shape = graph_.shape(map);
        if (channels == Range{0, shape.channels}) {
            return map;
        }
        shape.channels = channels.count;
        return graph_.add(name, taking(channels), {map}, shape);
    }

    void compute(const ComputeUnit& what) {
        const Unit& unit = from_.units.unit(what.unit);
        std::vector<TensorId> inputs;
        for (const LayerId map : unit.reads) {
            inputs.push_back(values_.at({map, Share::whole}));
        }
        if (!what.split) {
            values_[{unit.head, Share::whole}] =
                add_layer(unit.head, from_.network().layer(unit.head).op, from_.parameters[index(unit.head)],
                          inputs, from_.network().output(unit.head));
            follow(unit, Share::whole, {0, from_.network().output(unit.head).channels});
            return;
        }
        const SplitSide side = side_of(from_.network(), *what.split, what.share);
        ConvSide conv =
            conv_side(from_.network(), from_.parameters[index(unit.head)], *what.split, what.share);
        const TensorId input =
            take_channels(from_.name(unit.head) + ".slice", inputs.front(), side.input_channels);
        Shape shape = from_.network().output(unit.head);
        shape.channels = side.output_channels.count;
        values_[{unit.head, what.share}] =
            add_layer(unit.head, conv.conv, std::move(conv.parameters), {input}, shape);
        if (what.split->axis == SplitAxis::channels) {
            // A part of the sums is not what the model rounds.
            graph_.set_codes(values_.at({unit.head, what.share}), std::nullopt);
        } else {
            follow(unit, what.share, side.output_channels);
        }
    }

    /// Computes what follows a unit's head, for some of its channels.
    void follow(const Unit& unit, Share share, const Range& channels) {
        for (std::size_t i = 1; i < unit.layers.size(); ++i) {
            const LayerId layer = unit.layers[i];
            const TensorId input = values_.at({unit.layers[i - 1], share});
            values_[{layer, share}] =
                add_layer(layer, from_.network().layer(layer).op,
                          parameters_of_channels(from_.parameters[index(layer)], channels), {input},
                          graph_.shape(input));
        }
    }

    void put_together(const Combine& what) {
        const Unit& unit = from_.units.unit(what.unit);
        const bool sums = what.split.axis == SplitAxis::channels;
        const LayerId layer = sums ? unit.head : unit.output;
        const std::vector<TensorId> sides{values_.at({layer, Share::fpga}), values_.at({layer, Share::gpu})};
        TensorId both = graph_.add(from_.name(layer) + (sums ? ".sum" : ".join"),
                                   sums ? Op(Add{}) : Op(Concat{}), sides, from_.network().output(layer));
        if (!sums) {
            std::vector<std::int64_t> places = places_in_sides(from_.network(), what.split);
            if (!places.empty()) {
                both = graph_.add(from_.name(layer) + ".order", Gather{std::move(places)}, {both},
                                  from_.network().output(layer));
            }
        }
        values_[{layer, Share::whole}] = both;
        if (sums) {
            graph_.set_codes(both, from_.codes(layer));
            follow(unit, Share::whole, {0, from_.network().output(layer).channels});
        }
    }

    void convert_down(PlanTensorId id) {
        const PlanTensor& tensor = from_.plan.tensor(id);
        const std::string& name = from_.name(tensor.layer);
        const TensorId map = values_.at({tensor.layer, Share::whole});
        if (!from_.formats) {
            // In floating point a conversion is a node that changes nothing, since a map may leave twice.
            graph_.name_output(graph_.add(name + ".leaves", taking(tensor.channels), {map}, tensor.shape),
                               id);
            return;
        }
        const TensorId part = take_channels(name + ".slice", map, tensor.channels);
        graph_.name_output(graph_.add(name + ".quantize", Quantize{from_.exponent(id), TensorType::int8},
                                      {part}, tensor.shape, TensorType::int8),
                           id);
    }

    void convert_up(PlanTensorId id) {
        const PlanTensor& tensor = from_.plan.tensor(id);
        TensorId value = graph_.outside(id);
        if (from_.formats) {
            value = graph_.add(from_.name(tensor.layer) + ".dequantize", Dequantize{from_.exponent(id)},
                               {value}, tensor.shape);
        }
        values_[{tensor.layer, share_of(tensor)}] = value;
    }

    const Ingredients& from_;
    SegmentGraph graph_;
    std::map<std::pair<LayerId, Share>, TensorId> values_;
};

class FpgaSegment {
public:
    FpgaSegment(const Ingredients& source, std::string name)
        : from_(source), graph_(source.plan, source.step, source.network(), std::move(name)) {}

    Graph run() {
        for (const Piece& piece : from_.step.pieces) {
            std::visit(Overloaded{
                           [&](const Receive& receive) { arrive(receive.tensor); },
                           [&](const ComputeUnit& unit) { compute(unit); },
                           [&](const Send& send) {
                               graph_.name_output(maps_.at(from_.plan.tensor(send.tensor).layer).stored,
                                                  send.tensor);
                           },
                           [](const Combine&) { throw std::logic_error("the FPGA combines nothing"); },
                       },
                       piece);
        }
        return graph_.finish(from_.step);
    }

private:
    /// A map as it lies on the FPGA, and as operations read it: in fixed point, behind a Dequantize.
    struct Map {
        TensorId stored{};
        int exponent = 0;
        std::optional<TensorId> read;
    };

    void arrive(PlanTensorId id) {
        const TensorId tensor = graph_.outside(id);
        graph_.set_type(tensor, from_.crossing_type(id));
        maps_[from_.plan.tensor(id).layer] = {tensor, from_.formats ? from_.exponent(id) : 0, std::nullopt};
    }

    TensorId read(LayerId layer) {
        Map& map = maps_.at(layer);
        if (!from_.formats) {
            return map.stored;
        }
        if (!map.read) {
            map.read = graph_.add(from_.name(layer) + ".dequantize", Dequantize{map.exponent}, {map.stored},
                                  graph_.shape(map.stored));
        }
        return *map.read;
    }

    void compute(const ComputeUnit& unit) {
        for (const FpgaStage& stage : fpga_stages(from_.units, from_.parameters, unit)) {
            std::vector<TensorId> inputs;
            for (const LayerId map : stage.reads) {
                inputs.push_back(read(map));
            }
            TensorId value =
                graph_.add_layer(from_.name(stage.layer), stage.op, std::move(inputs), stage.shape);
            set_parameters(stage);
            round(stage.clamp ? stage.unclamped : stage.layer, stage, value);
            if (stage.clamp) {
                value = graph_.add_layer(from_.name(stage.clamp_layer), *stage.clamp, {value}, stage.shape);
                round(stage.clamp_layer, stage, value);
            }
            round(stage.output, stage, value);
            maps_[stage.output] = store(stage, value);
        }
    }

    /// In floating point; in fixed point the maps' formats do, once for a stage.
    void round(LayerId layer, const FpgaStage& stage, TensorId value) {
        if (!from_.formats && stage.complete && from_.codes(layer)) {
            graph_.set_codes(value, from_.codes(layer));
        }
    }

    void set_parameters(const FpgaStage& stage) {
        GraphNode& node = graph_.last_node();
        if (!from_.formats || stage.parameters.weights.empty()) {
            node.parameters = stage.parameters;
            return;
        }
        const LayerExponents& exponents = from_.formats->layers[index(stage.layer)];
        const int weights = exponents.weights.value();
        node.fixed_point = FixedPoint{weights, exponents.bias.value_or(weights)};
        node.parameters = rounded(stage.parameters, *node.fixed_point);
    }

    Map store(const FpgaStage& stage, TensorId value) {
        if (!from_.formats) {
            return {value, 0, std::nullopt};
        }
        const int exponent = from_.formats->layers[index(stage.output)].output.value();
        const TensorType type = stage.complete ? TensorType::int8 : TensorType::int32;
        return {graph_.add(from_.name(stage.output) + ".quantize", Quantize{exponent, type}, {value},
                           stage.shape, type),
                exponent, std::nullopt};
    }

    const Ingredients& from_;
    SegmentGraph graph_;
    std::map<LayerId, Map> maps_;
};

}  // namespace

TensorType stored_type(const PlanTensor& tensor) {
    if (!tensor.crossing) {
        return TensorType::float32;
    }
    return tensor.content == TensorContent::map ? TensorType::int8 : TensorType::int32;
}

Graph segment(const Plan& plan, StepId step, const UnitGraph& units, const Parameters& parameters,
              const std::optional<FixedPointFormats>& formats) {
    const Ingredients from{plan, plan.step(step), units, parameters, formats};
    std::string name = "step_" + std::to_string(index(step));
    switch (from.step.device) {
        case StepDevice::gpu: return GpuSegment(from, std::move(name)).run();
        case StepDevice::fpga: return FpgaSegment(from, std::move(name)).run();
        case StepDevice::link: break;
    }
    throw std::invalid_argument("a transfer computes nothing");
}

}  // namespace cleave
