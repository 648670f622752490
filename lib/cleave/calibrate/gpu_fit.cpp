// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_fit.hpp"

#include "cleave/calibrate/kernel_spread.hpp"
#include "cleave/calibrate/workload_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>

namespace cleave {
namespace {

/// From so many rows for each parameter on, what the base says of a device hardly matters.
constexpr std::size_t kPlenty = 6;

void require(std::size_t rows, std::size_t least, const char* what) {
    if (rows < least) {
        throw std::invalid_argument(fmt::format(
            "{} {} are too few to fit a model: at least {} are needed, or {} near a base of another "
            "device (--base)",
            rows, what, least, kFewestNearBase));
    }
}

template <class P>
TargetFit fit_near(const FitFields<P>& fields, const FitTarget& target, const P& base) {
    std::vector<double> numbers = numbers_of(fields, base);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        // A base may have none of something, which no factor changes.
        numbers[i] = numbers[i] > 0 ? numbers[i] : fields[i].parameter.lower;
    }
    return fit_near_base(target, kinship_of(fields), numbers);
}

/// Fits parameters freely, near a base, or both, and takes what predicts rows held out better. Near the base
/// where both are alike, or a free one stops at a bound.
/// @param base  nothing for a free fit
/// @throws std::invalid_argument for too few rows
template <class P>
NamedFit<P> fit_target(const FitFields<P>& fields, FitTarget target, const std::optional<P>& base,
                       const char* what) {
    constexpr double kAlike = 1.02;
    constexpr double kAtBound = 1.1;
    target.parameters = parameters_of(fields);
    const std::size_t rows = target.samples.size();
    const bool can_be_near = base && rows >= kFewestNearBase && rows < kPlenty * fields.size();
    if (!can_be_near || rows >= 2 * fields.size()) {
        require(rows, 2 * fields.size(), what);
        TargetFit free = fit_freely(target);
        if (!can_be_near) {
            return {fields, std::move(free)};
        }
        TargetFit near = fit_near(fields, target, *base);
        const bool stopped =
            std::find(free.fit.at_bound.begin(), free.fit.at_bound.end(), true) != free.fit.at_bound.end();
        const double by_near = summarize(near.for_spread()).mape;
        const double by_free = summarize(free.for_spread()).mape;
        return {fields,
                by_near <= (stopped ? kAtBound : kAlike) * by_free ? std::move(near) : std::move(free)};
    }
    return {fields, fit_near(fields, target, *base)};
}

std::vector<std::vector<KernelRow>> rows_of(const std::vector<Workload>& workloads, const KernelSet& set,
                                            const KernelCommon& common) {
    std::vector<std::vector<KernelRow>> rows;
    for (const Workload& workload : workloads) {
        rows.emplace_back();
        for (const WorkloadLayer& layer : workload.layers) {
            rows.back().push_back(kernel_row(layer.work, layer.count, set, common));
        }
    }
    return rows;
}

/// A network as the loop in which its power was measured sees it.
struct PowerSample {
    Seconds time;
    double depthwise_share = 0;
    Operations macs;
    double kernels = 0;
};

PowerSample power_sample(const std::vector<KernelRow>& rows, const KernelSet& set, double exponent,
                         std::optional<Seconds> measured) {
    const RowTimes times = time_of(rows, set, exponent);
    PowerSample sample;
    sample.time = measured.value_or(Seconds(times.all));
    sample.depthwise_share = times.all > 0 ? times.depthwise / times.all : 0;
    for (const KernelRow& row : rows) {
        sample.macs += Operations(row.count * row.features.macs);
        sample.kernels += row.count;
    }
    return sample;
}

/// Average power over a loop that runs the network once and then idles: for `gap`, or for as long as the host
/// still needs at `host` per kernel.
Watts loop_power(const LoopParameters& p, const PowerSample& s) {
    const Joules energy = (p.active + p.depthwise_extra * s.depthwise_share) * s.time + p.per_mac * s.macs;
    return p.idle + energy / (s.time + p.gap + std::max(Seconds(0), p.host * s.kernels - s.time));
}

/// What networks reached as wholes; `rows` are of the same workloads as `times`, in seconds.
DataScale scale_of(const std::vector<std::vector<KernelRow>>& rows, const std::vector<double>& times) {
    constexpr double kNever = std::numeric_limits<double>::infinity();
    DataScale scale{{}, {}, Seconds(kNever), Seconds(kNever), Seconds(kNever), {}, {}, {}};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Operations macs;
        Bytes bytes;
        double kernels = 0;
        double steps = 0;
        for (const KernelRow& row : rows[i]) {
            macs += Operations(row.count * row.features.macs);
            bytes += Bytes(row.count * row.features.bytes);
            kernels += row.count;
            steps += row.count * row.features.depth;
        }
        const Seconds time(times[i]);
        scale.compute = std::max(scale.compute, macs / time);
        scale.memory = std::max(scale.memory, bytes / time);
        scale.kernel = std::min(scale.kernel, time / kernels);
        scale.step = steps > 0 ? std::min(scale.step, time / steps) : scale.step;
        scale.least_time = std::min(scale.least_time, time);
        scale.most_time = std::max(scale.most_time, time);
    }
    return scale;
}

void note_seen(GpuModel& model, const std::vector<std::vector<KernelRow>>& rows, const GpuData& data) {
    model.seen = {};
    for (std::size_t w = 0; w < rows.size(); ++w) {
        for (std::size_t i = 0; i < rows[w].size(); ++i) {
            const KernelFeatures& f = rows[w][i].features;
            if (f.kind == KernelClass::elementwise) {
                continue;
            }
            auto& seen = model.seen[static_cast<std::size_t>(f.kind)];
            const auto macs = static_cast<std::int64_t>(f.macs);
            const std::int64_t positions = data.workloads[w].layers[i].work.output.positions();
            if (!seen) {
                seen = KernelRange{macs, macs, 0, 0};
            }
            seen->least_macs = std::min(seen->least_macs, macs);
            seen->most_macs = std::max(seen->most_macs, macs);
            seen->most_depth = std::max(seen->most_depth, static_cast<std::int64_t>(f.depth));
            seen->most_positions = std::max(seen->most_positions, positions);
        }
    }
}

/// The kernels of the workloads whose latency was measured.
std::vector<std::vector<KernelRow>> with_latency(const GpuData& data,
                                                 const std::vector<std::vector<KernelRow>>& rows) {
    std::vector<std::vector<KernelRow>> measured;
    for (std::size_t w = 0; w < rows.size(); ++w) {
        if (data.workloads[w].latency) {
            measured.push_back(rows[w]);
        }
    }
    return measured;
}

NamedFit<LibraryParameters> fit_latency(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
                                        const GpuModel& base, Prior prior,
                                        std::vector<Prediction>& by_one_number) {
    std::vector<FitSample> samples;
    std::vector<double> times;
    for (const Workload& workload : data.workloads) {
        if (workload.latency) {
            times.push_back(workload.latency->value());
            samples.push_back({workload.name, workload.network, workload.family, times.back()});
        }
    }
    const std::vector<std::vector<KernelRow>> measured = with_latency(data, rows);
    by_one_number = rescaled(samples, predict_latency(base, data));
    const auto fields = library_fields(scale_of(measured, times));
    const Predictor predictor = [&](std::span<const double> p) {
        return [&, kernels = library_kernels(named(fields, p), base.kernels)](std::size_t i) {
            return time_of(measured[i], kernels, base.roof_exponent).all;
        };
    };
    return fit_target(fields, {{}, std::move(samples), predictor},
                      prior == Prior::base ? library_parameters(base.kernels) : std::nullopt,
                      "workloads with a latency");
}

NamedFit<LoopParameters> fit_power(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
                                   const GpuModel& model, const GpuModel& base, Prior prior,
                                   std::vector<Prediction>& by_one_number) {
    std::vector<FitSample> samples;
    std::vector<PowerSample> inputs;
    std::vector<std::vector<KernelRow>> measured;
    std::vector<double> times;
    for (std::size_t w = 0; w < data.workloads.size(); ++w) {
        const Workload& workload = data.workloads[w];
        if (workload.power) {
            samples.push_back({workload.name, workload.network, workload.family, workload.power->value()});
            inputs.push_back(power_sample(rows[w], model.kernels, model.roof_exponent, workload.latency));
            measured.push_back(rows[w]);
            times.push_back(inputs.back().time.value());
        }
    }
    DataScale scale = scale_of(measured, times);
    const auto [least, most] = std::minmax_element(
        samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.measured < b.measured; });
    scale.least_power = Watts(least->measured);
    scale.most_power = Watts(most->measured);
    by_one_number = rescaled(samples, predict_power(base, data));
    const auto fields = loop_fields(scale);
    const Predictor predictor = [&](std::span<const double> numbers) {
        return [&, p = named(fields, numbers)](std::size_t i) { return loop_power(p, inputs[i]).value(); };
    };
    return fit_target(fields, {{}, std::move(samples), predictor},
                      prior == Prior::base ? std::optional(loop_parameters(base)) : std::nullopt,
                      "workloads with a power");
}

NamedFit<TunedParameters> fit_tuned(const GpuData& data, const KernelSet& base, Prior prior,
                                    const KernelCommon& common) {
    std::vector<FitSample> samples;
    std::vector<std::vector<KernelRow>> rows;
    std::vector<double> times;
    for (const KernelMeasurement& kernel : data.kernels) {
        rows.push_back({kernel_row(kernel.work, 1, base, common)});
        times.push_back(kernel.latency.value());
        const KernelFeatures& f = rows.back().front().features;
        // Equal shapes that were tuned twice are one group.
        samples.push_back({kernel.name,
                           fmt::format("{} {} {} {} {} {}", static_cast<int>(f.kind), f.macs, f.depth,
                                       f.bytes, f.strided, f.odd_width),
                           "", times.back()});
    }
    const auto fields = tuned_fields(scale_of(rows, times));
    const Predictor predictor = [&](std::span<const double> p) {
        return [&, kernels = tuned_kernels(named(fields, p), base)](std::size_t i) {
            return time_of(rows[i], kernels, common.roof_exponent).all;
        };
    };
    return fit_target(fields, {{}, std::move(samples), predictor},
                      prior == Prior::base ? tuned_parameters(base) : std::nullopt, "single kernels");
}

}  // namespace

GpuFit fit_gpu(const GpuData& data, const GpuModel& base, Prior prior) {
    GpuFit result;
    result.model = base;
    GpuModel& model = result.model;
    const auto rows = rows_of(data.workloads, base.kernels, base.common());
    result.latency = fit_latency(data, rows, base, prior, result.rescaled_latency);
    model.kernels = library_kernels(result.latency->value, base.kernels);
    model.spread.latency = spread(result.latency->for_spread());
    // Single kernels' errors are what explains that.
    model.spread.kernel_class = 0;
    model.spread.kernel =
        kernel_spread(*result.latency, with_latency(data, rows), model.kernels, model.roof_exponent);
    model.spread.library = joint_error(*result.latency);
    note_seen(model, rows, data);
    const auto powers = static_cast<std::size_t>(std::count_if(
        data.workloads.begin(), data.workloads.end(), [](const Workload& w) { return w.power.has_value(); }));
    if (powers >= (prior == Prior::base ? kFewestNearBase : 1)) {
        result.power = fit_power(data, rows, model, base, prior, result.rescaled_power);
        const LoopParameters& p = result.power->value;
        // Traffic adds nothing to what is drawn for the time it takes.
        model.power = {p.idle, p.active, p.per_mac, JoulesPerByte(0)};
        for (const KernelClass kind : {KernelClass::depthwise, KernelClass::depthwise_large}) {
            model.kernels[static_cast<std::size_t>(kind)].extra_power = p.depthwise_extra;
        }
        model.loop_gap = p.gap;
        model.loop_host = p.host;
        // Of workloads that raise the power by a tenth or more.
        model.spread.power = spread(result.power->for_spread(), p.idle.value(), 1.1 * p.idle.value());
    }
    if (!data.kernels.empty()) {
        const KernelSet tuned = base.tuned.value_or(untiled_kernels());
        result.tuned = fit_tuned(data, tuned, prior, base.common());
        model.tuned = tuned_kernels(result.tuned->value, tuned);
        model.spread.tuned_kernel = kernel_spread(*result.tuned, {}, *model.tuned, model.roof_exponent);
        model.spread.tuned = joint_error(*result.tuned);
    }
    return result;
}

std::vector<Prediction> predict_latency(const GpuModel& model, const GpuData& data) {
    const auto rows = rows_of(data.workloads, model.kernels, model.common());
    std::vector<Prediction> predictions;
    for (std::size_t w = 0; w < rows.size(); ++w) {
        if (data.workloads[w].latency) {
            predictions.push_back({data.workloads[w].name, data.workloads[w].latency->value(),
                                   time_of(rows[w], model.kernels, model.roof_exponent).all});
        }
    }
    return predictions;
}

std::vector<Prediction> predict_power(const GpuModel& model, const GpuData& data) {
    const auto rows = rows_of(data.workloads, model.kernels, model.common());
    const LoopParameters p = loop_parameters(model);
    std::vector<Prediction> predictions;
    for (std::size_t w = 0; w < rows.size(); ++w) {
        const Workload& workload = data.workloads[w];
        if (workload.power) {
            const PowerSample sample =
                power_sample(rows[w], model.kernels, model.roof_exponent, workload.latency);
            predictions.push_back({workload.name, workload.power->value(), loop_power(p, sample).value()});
        }
    }
    return predictions;
}

std::vector<Prediction> predict_kernels(const GpuModel& model, const GpuData& data) {
    if (!model.tuned) {
        throw std::invalid_argument("the model has no tuned kernels");
    }
    std::vector<Prediction> predictions;
    for (const KernelMeasurement& kernel : data.kernels) {
        const std::vector<KernelRow> row{kernel_row(kernel.work, 1, *model.tuned, model.common())};
        predictions.push_back(
            {kernel.name, kernel.latency.value(), time_of(row, *model.tuned, model.roof_exponent).all});
    }
    return predictions;
}

}  // namespace cleave
