// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/described_pieces.hpp"
#include "cleave/deploy/split_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cleave {
namespace {

/// As far as exact arithmetic goes (units/exact.hpp).
constexpr std::int64_t kLargestTicks = 1'000'000'000'000'000;

std::string shape_text(const Shape& s) { return fmt::format("1x{}x{}x{}", s.channels, s.height, s.width); }

bool contains(const std::vector<StepId>& list, StepId id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

/// Checks a description part by part while it turns names into ids.
class PlanReader {
public:
    PlanReader(const DescribedBundle& bundle, const UnitGraph& units, std::vector<std::string>& faults)
        : bundle_(bundle),
          units_(units),
          network_(units.network()),
          faults_(faults),
          before_(faults.size()) {}

    std::optional<DescribedPlan> run() {
        for (std::size_t i = 0; i < network_.layers().size(); ++i) {
            layers_[network_.layers()[i].name] = layer_id(i);
        }
        check_network();
        read_tensors();
        read_steps();
        read_layers();
        if (failed()) {
            return std::nullopt;
        }
        result_.plan.input = tensor("input", bundle_.input);
        result_.plan.output = tensor("output", bundle_.output);
        if (failed()) {
            return std::nullopt;
        }
        check_links();
        check_totals();
        if (failed()) {
            return std::nullopt;
        }
        add_pieces(result_, units_, faults_);
        return failed() ? std::nullopt : std::optional(std::move(result_));
    }

private:
    [[nodiscard]] bool failed() const { return faults_.size() > before_; }
    void fault(const std::string& path, const std::string& message) {
        faults_.push_back(path + ": " + message);
    }
    template <class T>
    void require_equal(const std::string& path, const T& found, const T& right) {
        if (found != right) {
            fault(path, fmt::format("is {}, not {}", found, right));
        }
    }

    void check_network() {
        const Totals totals = network_.totals();
        require_equal("network.name", bundle_.network, network_.name());
        require_equal("network.macs", bundle_.totals.macs, totals.macs);
        require_equal("network.weights", bundle_.totals.weights, totals.weights);
        require_equal("network.params", bundle_.totals.params, totals.params);
        require_equal("network.layers", bundle_.layer_count,
                      static_cast<std::int64_t>(network_.layers().size() - 1));
    }

    StepId step(const std::string& path, std::size_t id) {
        if (id >= bundle_.steps.size()) {
            fault(path, fmt::format("there is no step {}", id));
            return StepId{};
        }
        return step_id(id);
    }

    std::vector<StepId> steps(const std::string& path, const std::vector<std::size_t>& ids) {
        std::vector<StepId> result;
        for (const std::size_t id : ids) {
            result.push_back(step(path, id));
        }
        return result;
    }

    PlanTensorId tensor(const std::string& path, const std::string& name) {
        const auto found = tensors_.find(name);
        if (found == tensors_.end()) {
            fault(path, fmt::format("tensor '{}' is not listed", name));
            return PlanTensorId{};
        }
        return found->second;
    }

    void read_tensors() {
        for (std::size_t i = 0; i < bundle_.tensors.size(); ++i) {
            const DescribedTensor& from = bundle_.tensors[i];
            const std::string path = fmt::format("tensors[{}]", i);
            PlanTensor tensor;
            tensor.name = from.name;
            if (!tensors_.emplace(from.name, plan_tensor_id(i)).second) {
                fault(path, fmt::format("the name '{}' is used twice", from.name));
            }
            const auto layer = layers_.find(from.layer);
            if (layer == layers_.end()) {
                fault(path, fmt::format("the network has no layer '{}'", from.layer));
            } else {
                tensor.layer = layer->second;
                check_shape(path, from, network_.output(tensor.layer));
            }
            tensor.content = from.content;
            tensor.channels = from.channels;
            tensor.shape = from.shape;
            tensor.from = from.from ? std::optional(step(path, *from.from)) : std::nullopt;
            tensor.to = steps(path, from.to);
            if (from.crossing) {
                tensor.crossing =
                    Crossing{step(path + ".crossing", from.crossing->step), from.crossing->direction,
                             from.crossing->bits, from.crossing->bytes};
            }
            check_type(path, from, stored_type(tensor));
            result_.plan.tensors.push_back(std::move(tensor));
            result_.formats.tensors.push_back(from.exponent);
        }
    }

    void check_shape(const std::string& path, const DescribedTensor& tensor, const Shape& map) {
        if (tensor.channels.first < 0 || tensor.channels.count < 1 ||
            tensor.channels.first > map.channels - tensor.channels.count ||
            tensor.channels.count > map.channels) {
            fault(path,
                  fmt::format("channels [{}, {}] do not lie in the {} of layer '{}'", tensor.channels.first,
                              tensor.channels.count, map.channels, tensor.layer));
            return;
        }
        const Shape right{tensor.channels.count, map.height, map.width};
        if (tensor.shape != right) {
            fault(path, fmt::format("shape is {}, not {}", shape_text(tensor.shape), shape_text(right)));
        }
    }

    void check_type(const std::string& path, const DescribedTensor& tensor, TensorType right) {
        const bool map = tensor.content == TensorContent::map;
        if (tensor.type != right) {
            fault(path,
                  fmt::format("dtype must be {}", right == TensorType::float32 ? "float32: it does not cross"
                                                  : map ? "int8: it is a map that crosses"
                                                        : "int32: it holds sums that cross"));
        }
        if (!tensor.crossing) {
            return;
        }
        const std::int64_t bits = tensor.crossing->bits;
        if (map ? bits != 8 : (bits != 16 && bits != 24 && bits != 32)) {
            fault(path + ".crossing", fmt::format("bits is {}, not {}", bits, map ? "8" : "16, 24 or 32"));
        } else if (tensor.shape.channels <= 1 << 20 &&
                   tensor.crossing->bytes != tensor.shape.elements() * bits / 8) {
            fault(path + ".crossing", fmt::format("bytes is {}, not {}", tensor.crossing->bytes,
                                                  tensor.shape.elements() * bits / 8));
        }
    }

    void read_steps() {
        for (std::size_t i = 0; i < bundle_.steps.size(); ++i) {
            const DescribedStep& from = bundle_.steps[i];
            const std::string path = fmt::format("steps[{}]", i);
            PlanStep step;
            step.device = from.device;
            step.depends_on = steps(path, from.depends_on);
            for (const StepId before : step.depends_on) {
                if (index(before) >= i) {
                    fault(path, fmt::format("depends on step {}, which is not before it", index(before)));
                } else if (bundle_.steps[index(before)].start_ns >
                           from.start_ns - bundle_.steps[index(before)].duration_ns) {
                    fault(path, fmt::format("is expected to start before step {} ends", index(before)));
                }
            }
            for (const std::string& name : from.inputs) {
                step.inputs.push_back(tensor(path + ".inputs", name));
            }
            for (const std::string& name : from.outputs) {
                step.outputs.push_back(tensor(path + ".outputs", name));
            }
            for (const std::int64_t ticks : {from.start_ns, from.duration_ns, from.energy_pj}) {
                if (ticks > kLargestTicks) {
                    fault(path, fmt::format("expects {}, more than {}", ticks, kLargestTicks));
                }
            }
            step.start = Nanoseconds(from.start_ns);
            step.duration = Nanoseconds(from.duration_ns);
            step.energy = Picojoules(from.energy_pj);
            result_.plan.steps.push_back(std::move(step));
        }
    }

    void read_layers() {
        result_.formats.layers.resize(network_.layers().size());
        if (bundle_.layers.size() != network_.layers().size() - 1) {
            fault("layers", fmt::format("lists {} layers, but the network has {}", bundle_.layers.size(),
                                        network_.layers().size() - 1));
            return;
        }
        for (std::size_t i = 0; i < bundle_.layers.size(); ++i) {
            const DescribedLayer& from = bundle_.layers[i];
            const LayerId layer = layer_id(i + 1);
            const std::string path = fmt::format("layers[{}]", i);
            require_equal(path + ".name", from.name, network_.layer(layer).name);
            require_equal(path + ".op", from.op, op_name(network_.layer(layer).op));
            for (const DescribedPart& part : from.parts) {
                const StepId at = step(path + ".parts", part.step);
                if (part.step < bundle_.steps.size() && bundle_.steps[part.step].device != part.device) {
                    fault(path + ".parts",
                          fmt::format("step {} is not on the {}", part.step, step_device_name(part.device)));
                }
                result_.plan.parts.push_back({layer, at, part.device, part.axis, part.range});
                if (part.device == StepDevice::fpga) {
                    result_.formats.layers[index(layer)] = part.exponents;
                }
            }
        }
    }

    /// Tensors and steps must say the same of each other.
    void check_links() {
        const Plan& plan = result_.plan;
        std::vector<std::vector<StepId>> readers(plan.tensors.size());
        std::vector<std::vector<StepId>> makers(plan.tensors.size());
        std::vector<std::vector<StepId>> movers(plan.tensors.size());
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            const PlanStep& step = plan.steps[i];
            if (step.device == StepDevice::link) {
                check_transfer(i, movers);
                continue;
            }
            for (const PlanTensorId id : step.inputs) {
                readers[index(id)].push_back(step_id(i));
                check_read(i, id);
            }
            for (const PlanTensorId id : step.outputs) {
                makers[index(id)].push_back(step_id(i));
                check_made(i, id);
            }
            check_distinct(fmt::format("steps[{}]", i), step);
        }
        for (std::size_t t = 0; t < plan.tensors.size(); ++t) {
            const PlanTensor& tensor = plan.tensors[t];
            const std::string path = fmt::format("tensors[{}]", t);
            const std::vector<StepId> from =
                tensor.from ? std::vector<StepId>{*tensor.from} : std::vector<StepId>{};
            if (from != makers[t]) {
                fault(path, "'from' is not the one step that computes it");
            }
            if (tensor.to != readers[t]) {
                fault(path, "'to' are not the steps that read it, in order");
            }
            const std::vector<StepId> moved =
                tensor.crossing ? std::vector<StepId>{tensor.crossing->step} : std::vector<StepId>{};
            if (moved != movers[t]) {
                fault(path, tensor.crossing ? "is not moved by exactly the step in 'crossing'"
                                            : "is moved over the link but has no 'crossing'");
            }
            if ((plan_tensor_id(t) == plan.input) != !tensor.from.has_value()) {
                fault(path, tensor.from ? "the network's input is computed by no step"
                                        : "no step computes it, and it is not the network's input");
            }
        }
        const auto check_end = [&](const char* path, PlanTensorId id, LayerId layer) {
            const PlanTensor& tensor = plan.tensor(id);
            if (tensor.layer != layer || tensor.content != TensorContent::map || tensor.crossing ||
                tensor.channels != Range{0, network_.output(layer).channels}) {
                fault(path, fmt::format("'{}' is not the whole map of '{}' in GPU memory", tensor.name,
                                        network_.layer(layer).name));
            }
        };
        check_end("input", plan.input, LayerId{});
        check_end("output", plan.output, network_.result());
    }

    void check_distinct(const std::string& path, const PlanStep& step) {
        std::set<PlanTensorId> seen(step.inputs.begin(), step.inputs.end());
        seen.insert(step.outputs.begin(), step.outputs.end());
        if (seen.size() != step.inputs.size() + step.outputs.size()) {
            fault(path, "names a tensor twice");
        }
    }

    void check_transfer(std::size_t i, std::vector<std::vector<StepId>>& movers) {
        const PlanStep& step = result_.plan.steps[i];
        const std::string path = fmt::format("steps[{}]", i);
        if (step.inputs.size() != 1 || step.inputs != step.outputs) {
            fault(path, "a transfer has one tensor, which is its input and its output");
            return;
        }
        const PlanTensor& tensor = result_.plan.tensor(step.inputs.front());
        movers[index(step.inputs.front())].push_back(step_id(i));
        if (tensor.crossing && bundle_.steps[i].direction != tensor.crossing->direction) {
            fault(path, fmt::format("the direction is not that of '{}'", tensor.name));
        }
        if (!tensor.from || !contains(step.depends_on, *tensor.from)) {
            fault(path, fmt::format("does not depend on the step that computes '{}'", tensor.name));
        }
    }

    void check_read(std::size_t i, PlanTensorId id) {
        const PlanTensor& tensor = result_.plan.tensor(id);
        const PlanStep& step = result_.plan.steps[i];
        const std::string path = fmt::format("steps[{}]", i);
        const std::optional<StepId> needed =
            tensor.crossing ? std::optional(tensor.crossing->step) : tensor.from;
        if (needed && !contains(step.depends_on, *needed)) {
            fault(path, fmt::format("reads '{}' but does not depend on step {}, which brings it", tensor.name,
                                    index(*needed)));
        }
        const bool down = tensor.crossing && tensor.crossing->direction == Direction::to_fpga;
        if ((step.device == StepDevice::fpga) != down) {
            fault(path, fmt::format("reads '{}', which is in the other device's memory", tensor.name));
        }
    }

    void check_made(std::size_t i, PlanTensorId id) {
        const PlanTensor& tensor = result_.plan.tensor(id);
        const bool up = tensor.crossing && tensor.crossing->direction == Direction::to_gpu;
        if ((result_.plan.steps[i].device == StepDevice::fpga) != up) {
            fault(fmt::format("steps[{}]", i),
                  fmt::format("makes '{}', which does not leave from this device", tensor.name));
        }
    }

    void check_totals() {
        Plan& plan = result_.plan;
        std::int64_t end = 0;
        std::int64_t energy = bundle_.standing_energy_pj;
        std::int64_t bytes = 0;
        for (const PlanStep& step : plan.steps) {
            end = std::max(end, step.start.ticks() + step.duration.ticks());
            // Stays in range: each is at most 10^15, and what is beyond that is not right anyway.
            energy = std::min(energy, kLargestTicks * 2) + step.energy.ticks();
        }
        for (const PlanTensor& tensor : plan.tensors) {
            bytes = std::min(bytes, kLargestTicks) + (tensor.crossing ? tensor.crossing->bytes : 0);
        }
        require_equal("point.latency_ns", bundle_.latency_ns, end);
        require_equal("point.energy_pj", bundle_.energy_pj, energy);
        require_equal("point.link_bytes", bundle_.link_bytes, bytes);
        plan.latency = Nanoseconds(end);
        plan.energy = Picojoules(energy);
        plan.standing_power = Milliwatts(bundle_.standing_power_mw);
        plan.standing_energy = Picojoules(bundle_.standing_energy_pj);
        plan.link_bytes = bytes;
        if (bundle_.standing_power_mw > 1'000'000 || bundle_.latency_ns > kLargestTicks / 1'000 ||
            bundle_.standing_energy_pj != bundle_.standing_power_mw * bundle_.latency_ns) {
            fault("point.standing_energy_pj", "is not standing_power_mw times latency_ns");
        }
    }

    const DescribedBundle& bundle_;
    const UnitGraph& units_;
    const Network& network_;
    std::vector<std::string>& faults_;
    std::size_t before_;
    std::map<std::string, LayerId> layers_;
    std::map<std::string, PlanTensorId> tensors_;
    DescribedPlan result_;
};

}  // namespace

std::optional<DescribedPlan> plan_of(const DescribedBundle& bundle, const UnitGraph& units,
                                     std::vector<std::string>& faults) {
    return PlanReader(bundle, units, faults).run();
}

}  // namespace cleave
