// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/described_pieces.hpp"

#include "cleave/deploy/split_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

class PieceMaker {
public:
    PieceMaker(DescribedPlan& described, const UnitGraph& units, std::vector<std::string>& faults)
        : plan_(described.plan),
          mapping_(described.mapping),
          units_(units),
          network_(units.network()),
          faults_(faults),
          before_(faults.size()),
          parts_(network_.layers().size()),
          work_(plan_.steps.size()) {}

    void run() {
        for (std::size_t i = 0; i < plan_.parts.size(); ++i) {
            parts_[index(plan_.parts[i].layer)].push_back(&plan_.parts[i]);
        }
        for (std::size_t i = 0; i < units_.size(); ++i) {
            place(unit_id(i));
        }
        add_runs();
        if (faults_.size() > before_) {
            return;
        }
        for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
            if (plan_.steps[i].device != StepDevice::link) {
                fill(plan_.steps[i]);
                check_flow(step_id(i));
            }
        }
    }

private:
    void fault(LayerId layer, const std::string& message) {
        faults_.push_back(
            fmt::format("layers[{}]: '{}' {}", index(layer) - 1, network_.layer(layer).name, message));
    }
    void fault(StepId step, const std::string& message) {
        faults_.push_back(fmt::format("steps[{}]: {}", index(step), message));
    }
    [[nodiscard]] const std::string& name(LayerId layer) const { return network_.layer(layer).name; }
    [[nodiscard]] Range all_channels(LayerId layer) const { return {0, network_.output(layer).channels}; }
    [[nodiscard]] const std::vector<const LayerPart*>& parts(LayerId layer) const {
        return parts_[index(layer)];
    }
    std::vector<Piece>& work(StepId step) { return work_[index(step)]; }

    /// The step that computes all of a layer.
    std::optional<StepId> whole(LayerId layer) {
        const auto& list = parts(layer);
        if (list.size() != 1 || list.front()->axis || list.front()->range != all_channels(layer)) {
            fault(layer, "is not computed exactly once, as a whole");
            return std::nullopt;
        }
        return list.front()->step;
    }

    /// True if a layer is computed by these two steps, the ranges on one after the other.
    bool both(LayerId layer, const LayerPart& fpga, const LayerPart& gpu, SplitAxis axis, const Range& first,
              const Range& second) {
        const auto& list = parts(layer);
        const bool right = list.size() == 2 && list[0]->step == fpga.step && list[1]->step == gpu.step &&
                           list[0]->axis == axis && list[1]->axis == axis && list[0]->range == first &&
                           list[1]->range == second;
        if (!right) {
            fault(layer, "is not computed exactly once, in two parts");
        }
        return right;
    }

    void place(UnitId id) {
        const Unit& unit = units_.unit(id);
        if (parts(unit.head).size() == 2) {
            place_split(id);
            return;
        }
        const std::optional<StepId> step = whole(unit.head);
        for (std::size_t i = 1; i < unit.layers.size(); ++i) {
            if (whole(unit.layers[i]) != step) {
                fault(unit.layers[i],
                      fmt::format("is not computed by the same step as '{}'", name(unit.head)));
            }
        }
        if (step) {
            work(*step).emplace_back(ComputeUnit{id, Share::whole, std::nullopt});
        }
    }

    void place_split(UnitId id) {
        const Unit& unit = units_.unit(id);
        const LayerPart& fpga = *parts(unit.head)[0];
        const LayerPart& gpu = *parts(unit.head)[1];
        if (fpga.device != StepDevice::fpga || gpu.device != StepDevice::gpu || !fpga.axis) {
            fault(unit.head, "is split, but not with its first part on the FPGA and its second on the GPU");
            return;
        }
        const Split split{unit.head, *fpga.axis, fpga.range.count};
        if (split.fpga_share < 1 || split.fpga_share >= extent(split)) {
            fault(unit.head, fmt::format("cannot be split into {} of {} {}", split.fpga_share, extent(split),
                                         split_axis_name(split.axis)));
            return;
        }
        const SplitSide first = side_of(network_, split, Share::fpga);
        const SplitSide second = side_of(network_, split, Share::gpu);
        const bool sums = split.axis == SplitAxis::channels;
        if (!both(unit.head, fpga, gpu, split.axis, first.axis, second.axis)) {
            return;
        }
        const std::optional<StepId> joint = joins(sums ? unit.head : unit.output, fpga.step);
        if (!joint) {
            fault(unit.head, "is split, but no step on the GPU puts both parts together");
            return;
        }
        for (std::size_t i = 1; i < unit.layers.size(); ++i) {
            if (!sums) {
                both(unit.layers[i], fpga, gpu, SplitAxis::filters, first.output_channels,
                     second.output_channels);
            } else if (whole(unit.layers[i]) != joint) {
                fault(unit.layers[i], "is not computed where the sums become complete");
            }
        }
        splits_.emplace(sums ? unit.head : unit.output, split);
        work(fpga.step).emplace_back(ComputeUnit{id, Share::fpga, split});
        work(gpu.step).emplace_back(ComputeUnit{id, Share::gpu, split});
        work(*joint).emplace_back(Combine{id, split});
        mapping_.splits.push_back(split);
    }

    [[nodiscard]] std::int64_t extent(const Split& split) const {
        const auto* conv = std::get_if<Conv>(&network_.layer(split.layer).op);
        if (conv == nullptr || (conv->groups > 1) != (split.axis == SplitAxis::groups)) {
            return 0;
        }
        switch (split.axis) {
            case SplitAxis::channels: return network_.input(split.layer).channels;
            case SplitAxis::filters: return conv->filters;
            case SplitAxis::groups: return conv->groups;
        }
        return 0;
    }

    /// The one step that reads what an FPGA step sends of a layer.
    [[nodiscard]] std::optional<StepId> joins(LayerId layer, StepId fpga) const {
        for (const PlanTensor& tensor : plan_.tensors) {
            if (tensor.layer == layer && tensor.from == fpga && tensor.to.size() == 1) {
                return tensor.to.front();
            }
        }
        return std::nullopt;
    }

    /// What an FPGA step computes is one split, or the units of one run.
    void add_runs() {
        for (std::size_t i = 0; i < work_.size(); ++i) {
            if (plan_.steps[i].device != StepDevice::fpga) {
                continue;
            }
            FpgaRun run;
            std::size_t splits = 0;
            for (const Piece& piece : work_[i]) {
                const auto* unit = std::get_if<ComputeUnit>(&piece);
                if (unit != nullptr && !unit->split) {
                    run.push_back(units_.unit(unit->unit).head);
                } else {
                    ++splits;
                }
            }
            if (splits + (run.empty() ? 0 : 1) != 1) {
                fault(step_id(i), "computes neither one run nor one part of a split layer");
            } else if (splits == 0) {
                mapping_.runs.push_back(std::move(run));
            }
        }
        normalize(mapping_);
    }

    void fill(PlanStep& step) {
        const std::size_t i = static_cast<std::size_t>(&step - plan_.steps.data());
        for (const PlanTensorId id : step.inputs) {
            if (plan_.tensor(id).crossing) {
                step.pieces.emplace_back(Receive{id});
            }
        }
        step.pieces.insert(step.pieces.end(), work_[i].begin(), work_[i].end());
        for (const PlanTensorId id : step.outputs) {
            if (plan_.tensor(id).crossing) {
                step.pieces.emplace_back(Send{id});
            }
        }
    }

    /// A value inside a step: a layer's map, or one side's part of it.
    using Value = std::pair<LayerId, Share>;

    /// What a tensor is, if it is all of a layer's map or exactly one side of a split.
    std::optional<Value> value_of(StepId step, const PlanTensor& tensor) {
        const bool map = tensor.content == TensorContent::map;
        if (map && tensor.channels == all_channels(tensor.layer)) {
            return Value{tensor.layer, Share::whole};
        }
        const auto split = splits_.find(tensor.layer);
        const Share side = tensor.crossing ? Share::fpga : Share::gpu;
        const bool down = tensor.crossing && tensor.crossing->direction == Direction::to_fpga;
        if (split == splits_.end() || down || map == (split->second.axis == SplitAxis::channels) ||
            tensor.channels != side_of(network_, split->second, side).output_channels) {
            fault(step, fmt::format("'{}' is neither the whole map of '{}' nor a part that a split makes",
                                    tensor.name, name(tensor.layer)));
            return std::nullopt;
        }
        return Value{tensor.layer, side};
    }

    /// Goes through the pieces of a step: each must find what it reads, and what leaves must be there.
    void check_flow(StepId id) {
        const PlanStep& step = plan_.step(id);
        const bool on_fpga = step.device == StepDevice::fpga;
        std::set<Value> have;
        const auto need = [&](LayerId layer, Share share) {
            if (have.count({layer, share}) == 0) {
                fault(id, fmt::format("lacks the output of '{}', which it needs", name(layer)));
            }
        };
        for (const PlanTensorId tensor : step.inputs) {
            // What the FPGA reads for a split may be some of the map's channels: checked with the split.
            if (on_fpga) {
                have.insert({plan_.tensor(tensor).layer, Share::whole});
            } else if (const auto value = value_of(id, plan_.tensor(tensor))) {
                have.insert(*value);
            }
        }
        for (const Piece& piece : step.pieces) {
            if (const auto* unit = std::get_if<ComputeUnit>(&piece)) {
                for (const LayerId map : units_.unit(unit->unit).reads) {
                    need(map, Share::whole);
                    check_received(id, map, *unit);
                }
                give(*unit, have);
            } else if (const auto* combine = std::get_if<Combine>(&piece)) {
                const Unit& both = units_.unit(combine->unit);
                const bool sums = combine->split.axis == SplitAxis::channels;
                need(sums ? both.head : both.output, Share::fpga);
                need(sums ? both.head : both.output, Share::gpu);
                have.insert({both.output, Share::whole});
            }
        }
        for (const PlanTensorId tensor : step.outputs) {
            const PlanTensor& made = plan_.tensor(tensor);
            if (!on_fpga && made.crossing) {
                need(made.layer, Share::whole);
            } else if (const auto value = value_of(id, made)) {
                need(value->first, value->second);
            }
        }
    }

    void give(const ComputeUnit& what, std::set<Value>& have) const {
        const Unit& unit = units_.unit(what.unit);
        const bool sums = what.split && what.split->axis == SplitAxis::channels;
        have.insert({sums ? unit.head : unit.output, what.share});
    }

    /// The FPGA receives whole maps for a run, and exactly the channels that it needs for a split.
    void check_received(StepId id, LayerId map, const ComputeUnit& unit) {
        const PlanStep& step = plan_.step(id);
        if (step.device != StepDevice::fpga) {
            return;
        }
        const Range right =
            unit.split ? side_of(network_, *unit.split, unit.share).input_channels : all_channels(map);
        for (const PlanTensorId input : step.inputs) {
            const PlanTensor& tensor = plan_.tensor(input);
            if (tensor.layer == map && (tensor.channels != right || tensor.content != TensorContent::map)) {
                fault(id, fmt::format("'{}' does not hold channels [{}, {}] of '{}', which are needed",
                                      tensor.name, right.first, right.count, name(map)));
            }
        }
    }

    Plan& plan_;
    Mapping& mapping_;
    const UnitGraph& units_;
    const Network& network_;
    std::vector<std::string>& faults_;
    std::size_t before_;
    /// By LayerId.
    std::vector<std::vector<const LayerPart*>> parts_;
    /// By StepId: units in network order.
    std::vector<std::vector<Piece>> work_;
    /// By the layer whose two parts are put together.
    std::map<LayerId, Split> splits_;
};

}  // namespace

void add_pieces(DescribedPlan& described, const UnitGraph& units, std::vector<std::string>& faults) {
    PieceMaker(described, units, faults).run();
}

}  // namespace cleave
