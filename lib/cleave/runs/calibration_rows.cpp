// SPDX-License-Identifier: Apache-2.0
#include "cleave/runs/calibration_rows.hpp"

#include "cleave/models/layer_row.hpp"
#include "cleave/partition/unit_hardware.hpp"
#include "cleave/text/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

std::string milliseconds_cell(Seconds time) { return fmt::format("{:.9g}", 1e3 * time.value()); }

/// What a step computes of a layer, as a table names it; nothing for what has no kernel of its own.
std::optional<LayerRow> step_row(const Network& network, LayerId id, const StepLayer& part) {
    if (!part.axis) {
        return layer_row(network, id);
    }
    const LayerWork whole = whole_layer(network, id);
    if (std::holds_alternative<Conv>(whole.op)) {
        const LayerWork side = slice_layer(whole, *part.axis, part.count);
        return layer_row(side.op, side.inputs.front(), side.output);
    }
    // What follows a split layer, on that side's channels.
    Shape in = whole.inputs.front();
    Shape out = whole.output;
    in.channels = out.channels = part.count;
    return layer_row(whole.op, in, out);
}

/// Transfers of one size.
struct SizedTransfers {
    std::vector<Seconds> to_fpga;
    std::vector<Seconds> to_gpu;
};

class RowMaker {
public:
    RowMaker(const PredictedRun& predicted, const MeasuredRun& measured, const Network& network)
        : predicted_(predicted), measured_(measured), network_(network) {}

    CalibrationRows make() {
        rows_.workloads = "workload,latency_ms\n";
        rows_.layers = fmt::format("workload,count,{}\n", kLayerColumns);
        rows_.kernels = fmt::format("{},latency_ms\n", kLayerColumns);
        for (const MeasuredStep& step : measured_.steps) {
            add(step);
        }
        rows_.transfers = "kb,to_fpga_ms,to_gpu_ms\n";
        for (const auto& [bytes, times] : transfers_) {
            add_transfers(bytes, times);
        }
        return std::move(rows_);
    }

private:
    void leave_out(const MeasuredStep& step, const std::string& why) {
        rows_.left_out.push_back(fmt::format("step {}: {}", step.step, why));
    }

    void add(const MeasuredStep& step) {
        const PredictedStep& predicted = predicted_.steps[step.step];
        const RunMethod how = measured_.devices[step.device].how;
        if (how != RunMethod::measured) {
            return leave_out(step, name_of(how));
        }
        switch (predicted.device) {
            case StepDevice::gpu: return add_kernels(step, predicted);
            case StepDevice::fpga:
                return leave_out(step,
                                 "the time of a run on the FPGA is not fitted: it follows from the clock");
            case StepDevice::link: {
                SizedTransfers& times = transfers_[predicted.transfer->bytes];
                const bool down = predicted.transfer->direction == Direction::to_fpga;
                (down ? times.to_fpga : times.to_gpu)
                    .push_back(step.part(RunTerm::transfer).value_or(step.time.median));
                return;
            }
        }
    }

    /// Time of a step's kernels; nothing if it was not told apart from that of conversions.
    static std::optional<Seconds> kernel_time(const MeasuredStep& step, const PredictedStep& predicted) {
        const bool converts =
            std::any_of(predicted.terms.begin(), predicted.terms.end(), [](const PredictedTerm& one) {
                return one.term == RunTerm::conversion && one.time > Nanoseconds();
            });
        const std::optional<Seconds> part = step.part(RunTerm::kernel);
        return part || converts ? part : std::optional(step.time.median);
    }

    LayerId layer_of(const StepLayer& part) const {
        const std::size_t place = network_.input_count() + part.position;
        if (place >= network_.layers().size() || network_.layer(layer_id(place)).name != part.name) {
            throw std::invalid_argument(fmt::format("the network has no layer '{}' there", part.name));
        }
        return layer_id(place);
    }

    static void add_kernel(std::vector<std::pair<std::string, int>>& kernels, std::string cells) {
        const auto same =
            std::find_if(kernels.begin(), kernels.end(), [&](const auto& one) { return one.first == cells; });
        if (same == kernels.end()) {
            kernels.emplace_back(std::move(cells), 1);
        } else {
            ++same->second;
        }
    }

    void add_kernels(const MeasuredStep& step, const PredictedStep& predicted) {
        // Equal layers share a row.
        std::vector<std::pair<std::string, int>> kernels;
        for (const StepLayer& part : predicted.layers) {
            const LayerId id = layer_of(part);
            if (std::holds_alternative<Other>(network_.layer(id).op)) {
                return leave_out(step, fmt::format("layer '{}' has no cost model", part.name));
            }
            if (const auto row = step_row(network_, id, part)) {
                add_kernel(kernels, layer_cells(*row));
            }
        }
        const std::optional<Seconds> time = kernel_time(step, predicted);
        if (kernels.empty()) {
            return leave_out(step, "no layer of it has a kernel of its own");
        }
        if (!time || *time <= Seconds()) {
            return leave_out(step, "its kernels were not measured apart from its conversions (kernel_s)");
        }
        const std::string name = workload_name(step.step);
        rows_.workloads += fmt::format("{},{}\n", csv_cell(name), milliseconds_cell(*time));
        ++rows_.workload_count;
        for (const auto& [cells, count] : kernels) {
            rows_.layers += fmt::format("{},{},{}\n", csv_cell(name), count, cells);
        }
        if (kernels.size() == 1 && kernels.front().second == 1) {
            rows_.kernels += fmt::format("{},{}\n", kernels.front().first, milliseconds_cell(*time));
            ++rows_.kernel_count;
        }
    }

    /// What stands before the @ is a group that is never divided between fitting and scoring.
    [[nodiscard]] std::string workload_name(std::size_t step) const {
        const bool has_variant = predicted_.network.find('@') != std::string::npos;
        return fmt::format("{}{}s{:03}", predicted_.network, has_variant ? "-" : "@", step);
    }

    void add_transfers(std::int64_t bytes, const SizedTransfers& times) {
        const auto cell = [](const std::vector<Seconds>& list, std::size_t i) {
            return i < list.size() ? milliseconds_cell(list[i]) : std::string();
        };
        for (std::size_t i = 0; i < std::max(times.to_fpga.size(), times.to_gpu.size()); ++i) {
            rows_.transfers += fmt::format("{:.12g},{},{}\n", static_cast<double>(bytes) / 1024,
                                           cell(times.to_fpga, i), cell(times.to_gpu, i));
            ++rows_.transfer_count;
        }
    }

    const PredictedRun& predicted_;
    const MeasuredRun& measured_;
    const Network& network_;
    CalibrationRows rows_;
    std::map<std::int64_t, SizedTransfers> transfers_;
};

}  // namespace

CalibrationRows calibration_rows(const PredictedRun& predicted, const MeasuredRun& measured,
                                 const Network& network) {
    return RowMaker(predicted, measured, network).make();
}

}  // namespace cleave
