// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/quantise.hpp"

#include "cleave/deploy/fpga_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

constexpr double kLargestBias = 1 << 24;

double largest(const std::vector<float>& values) {
    double most = 0;
    for (const float value : values) {
        most = std::max(most, std::abs(static_cast<double>(value)));
    }
    return most;
}

double largest(const std::vector<double>& channels, const Range& range) {
    double most = 0;
    for (const std::int64_t channel : range.numbers()) {
        most = std::max(most, channels[static_cast<std::size_t>(channel)]);
    }
    return most;
}

/// True where every number of the output is one of the input, or 0 or a bound in its place.
bool only_passes_numbers(const Op& op) {
    const auto* pool = std::get_if<Pool>(&op);
    const auto* activation = std::get_if<Activation>(&op);
    return std::holds_alternative<Slice>(op) || std::holds_alternative<Shuffle>(op) ||
           std::holds_alternative<Flatten>(op) || std::holds_alternative<Dropout>(op) ||
           (pool != nullptr && pool->kind == PoolKind::max) ||
           (activation != nullptr && clamps_only(activation->kind));
}

/// The largest of numbers, symmetric to 0, that a format has to hold for those of codes: 8 bits hold one more
/// below 0 than above. A scale that is a power of two stays where 8 bits hold its codes. Nothing for codes of
/// more than 8 bits, whose ranges are wide.
std::optional<double> code_range(const std::optional<Codes>& codes) {
    constexpr double kMostCodes = 256;
    constexpr double kLargest = 127;
    if (!codes || codes->highest - codes->lowest >= kMostCodes) {
        return std::nullopt;
    }
    int exponent = 0;
    const bool power_of_two = std::frexp(codes->scale, &exponent) == 0.5;
    const bool fits = codes->lowest >= -kLargest - 1 && codes->highest <= kLargest;
    return codes->scale * (power_of_two && fits
                               ? kLargest
                               : std::max(codes->highest, -codes->lowest * kLargest / (kLargest + 1)));
}

/// code_range() of all layers, also of those whose numbers others only pass on: a model may
/// round behind a pooling what a convolution before it makes.
std::vector<std::optional<double>> code_ranges(const Network& network, const Parameters& parameters) {
    std::vector<std::optional<double>> ranges;
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        ranges.push_back(code_range(parameters[i].codes));
        const Layer& layer = network.layer(layer_id(i));
        if (!ranges[i] && only_passes_numbers(layer.op)) {
            ranges[i] = ranges[index(layer.inputs.front())];
        }
    }
    for (std::size_t i = network.layers().size(); i-- > 0;) {
        std::optional<double> range;
        for (const LayerId reader : network.readers(layer_id(i))) {
            if (!only_passes_numbers(network.layer(reader).op) || !ranges[index(reader)]) {
                range.reset();
                break;
            }
            range = std::max(range.value_or(0), *ranges[index(reader)]);
        }
        ranges[i] = ranges[i] ? ranges[i] : range;
    }
    return ranges;
}

/// Exponents that do not follow from others: those of a map that crosses to the FPGA, and of one that a stage
/// makes.
struct MapExponents {
    std::function<int(PlanTensorId)> arriving;
    std::function<int(const FpgaStage&)> made;
};

/// Formats step by step.
class Formats {
public:
    Formats(const Plan& plan, const UnitGraph& units, const Parameters& parameters, MapExponents maps)
        : plan_(plan),
          units_(units),
          parameters_(parameters),
          exponents_(std::move(maps)),
          code_ranges_(code_ranges(units.network(), parameters)) {
        formats_.tensors.resize(plan.tensors.size());
        formats_.layers.resize(units.network().layers().size());
    }

    FixedPointFormats run() {
        for (const PlanStep& step : plan_.steps) {
            if (step.device != StepDevice::fpga) {
                continue;
            }
            maps_.clear();
            for (const Piece& piece : step.pieces) {
                std::visit(Overloaded{
                               [&](const Receive& receive) { arrive(receive.tensor); },
                               [&](const ComputeUnit& unit) { compute(unit); },
                               [&](const Send& send) {
                                   formats_.tensors[index(send.tensor)] =
                                       maps_.at(plan_.tensor(send.tensor).layer);
                               },
                               [](const Combine&) { throw std::logic_error("the FPGA combines nothing"); },
                           },
                           piece);
            }
        }
        formats_.own_scales = static_cast<std::int64_t>(own_.size());
        return std::move(formats_);
    }

private:
    /// Of the model's codes, which come first, or what `chosen` gives.
    template <class Choose>
    int of_map(LayerId layer, const Choose& chosen) {
        const std::optional<double>& range = code_ranges_[index(layer)];
        if (!range) {
            return chosen();
        }
        own_.insert(layer);
        return fitting_exponent(*range);
    }

    void arrive(PlanTensorId id) {
        const int exponent = of_map(plan_.tensor(id).layer, [&] { return exponents_.arriving(id); });
        formats_.tensors[index(id)] = exponent;
        maps_[plan_.tensor(id).layer] = exponent;
    }

    void compute(const ComputeUnit& unit) {
        for (const FpgaStage& stage : fpga_stages(units_, parameters_, unit)) {
            const int input = maps_.at(stage.reads.front());
            int output = input;
            if (stage.complete && !keeps_format(stage)) {
                output = of_map(stage.output, [&] { return exponents_.made(stage); });
            }
            if (!stage.parameters.weights.empty()) {
                const FixedPoint chosen = weight_formats(stage.parameters, input);
                LayerExponents& exponents = formats_.layers[index(stage.layer)];
                exponents.weights = chosen.weights;
                if (!stage.parameters.bias.empty()) {
                    exponents.bias = chosen.bias;
                }
                output = stage.complete ? output : chosen.weights + input;
            }
            formats_.layers[index(stage.output)].output = output;
            maps_[stage.output] = output;
        }
    }

    const Plan& plan_;
    const UnitGraph& units_;
    const Parameters& parameters_;
    MapExponents exponents_;
    std::vector<std::optional<double>> code_ranges_;
    FixedPointFormats formats_;
    /// Layers whose maps have the scale of the model's codes.
    std::set<LayerId> own_;
    /// Of maps on the FPGA, in the step at hand.
    std::map<LayerId, int> maps_;
};

}  // namespace

RangeMeter::RangeMeter(const Network& network, const Parameters& parameters)
    : network_(network), graph_(whole_graph(network, parameters)) {
    for (std::size_t i = 0; i < network.layers().size(); ++i) {
        ranges_.emplace_back(static_cast<std::size_t>(network.output(layer_id(i)).channels), 0.0);
    }
}

std::vector<Values> RangeMeter::add(const Values& input) {
    const std::vector<Values> maps = execute_all(graph_, divided(graph_, input));
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        // whole_graph() numbers tensors as layers.
        const auto positions = static_cast<std::size_t>(network_.output(layer_id(i)).positions());
        for (std::size_t k = 0; k < maps[i].size(); ++k) {
            const double size = std::abs(maps[i][k]);
            // A device computes in float32.
            if (!(size <= static_cast<double>(std::numeric_limits<float>::max()))) {
                throw std::invalid_argument(fmt::format("layer '{}' gives a value that is not finite",
                                                        network_.layer(layer_id(i)).name));
            }
            double& most = ranges_[i][k / positions];
            most = std::max(most, size);
        }
    }
    std::vector<Values> outputs;
    for (const TensorId output : graph_.outputs) {
        outputs.push_back(maps[index(output)]);
    }
    return outputs;
}

FixedPoint weight_formats(const LayerParameters& parameters, int input_exponent) {
    const int least = fitting_exponent(largest(parameters.weights));
    const int both = least_exponent(largest(parameters.bias), kLargestBias, least + input_exponent);
    return {std::max(both - input_exponent, least), std::max(both, least + input_exponent)};
}

LayerParameters rounded(const LayerParameters& parameters, const FixedPoint& formats) {
    LayerParameters result = parameters;
    for (float& weight : result.weights) {
        const double number = rounded_weight(static_cast<double>(weight), formats.weights);
        weight = static_cast<float>(std::ldexp(number, formats.weights));
    }
    for (float& bias : result.bias) {
        const double number = std::nearbyint(std::ldexp(static_cast<double>(bias), -formats.bias));
        bias = static_cast<float>(std::ldexp(std::clamp(number, -kLargestBias, kLargestBias), formats.bias));
    }
    return result;
}

FixedPointFormats choose_formats(const Plan& plan, const UnitGraph& units, const Parameters& parameters,
                                 const MapRanges& ranges) {
    const auto fit = [&](LayerId layer, const Range& channels) {
        return fitting_exponent(largest(ranges[index(layer)], channels));
    };
    return Formats(plan, units, parameters,
                   {[&](PlanTensorId id) { return fit(plan.tensor(id).layer, plan.tensor(id).channels); },
                    [&](const FpgaStage& stage) { return fit(stage.output, stage.channels); }})
        .run();
}

FixedPointFormats complete_formats(const Plan& plan, const UnitGraph& units, const Parameters& parameters,
                                   FixedPointFormats known) {
    known.tensors.resize(plan.tensors.size());
    known.layers.resize(units.network().layers().size());
    return Formats(
               plan, units, parameters,
               {[&](PlanTensorId id) { return known.tensors[index(id)].value_or(0); },
                [&](const FpgaStage& stage) { return known.layers[index(stage.output)].output.value_or(0); }})
        .run();
}

}  // namespace cleave
