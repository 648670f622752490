// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_fit.hpp"

#include "cleave/calibrate/workload_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::size_t kFolds = 10;
constexpr double kRobustScale = 0.12;

KernelParams& at(KernelSet& set, KernelClass kind) { return set[static_cast<std::size_t>(kind)]; }

FitParameter logarithmic(const char* name, double lower, double upper, double start) {
    return {name, lower, upper, FitParameter::Scale::logarithmic, start};
}

/// Hardware and library facts that are not fitted: tiles of 64 positions (128 for Winograd kernels) by 64
/// filters, two of them at a time, and half a megabyte of cache.
void set_fixed(GpuModel& model) {
    model.tile_positions = 64;
    model.tile_filters = 64;
    model.wave_tiles = 2;
    model.roof_exponent = 4;
    model.cache = Bytes(0.5e6);
}

// Kernels of a framework's library, fitted to whole networks. Parameters in SI units.
std::vector<FitParameter> library_parameters() {
    return {
        logarithmic("overhead", 2e-6, 80e-6, 10e-6),
        logarithmic("pool_overhead", 0.1e-6, 200e-6, 50e-6),
        logarithmic("per_depth", 1e-9, 200e-9, 40e-9),
        logarithmic("memory", 8e9, 50e9, 13e9),
        logarithmic("output_passes", 0.1, 10, 1.3),
        logarithmic("weight_passes_1x1", 0.1, 10, 2),
        logarithmic("weight_passes", 0.1, 15, 3),
        logarithmic("compute_1x1", 50e9, 333e9, 200e9),
        logarithmic("compute_3x3_s1", 50e9, 750e9, 400e9),
        logarithmic("compute_other", 50e9, 333e9, 250e9),
        logarithmic("compute_depthwise", 2e9, 333e9, 7e9),
    };
}

KernelSet library_kernels(std::span<const double> p) {
    KernelSet set{};
    for (KernelParams& kernel : set) {
        kernel.overhead = Seconds(p[0]);
        kernel.memory = BytesPerSecond(p[3]);
    }
    for (const KernelClass kind :
         {KernelClass::conv_1x1, KernelClass::conv_3x3_s1, KernelClass::conv_other}) {
        at(set, kind).per_depth = Seconds(p[2]);
        at(set, kind).output_passes = p[4];
        at(set, kind).weight_passes = p[6];
    }
    at(set, KernelClass::conv_1x1).weight_passes = p[5];
    at(set, KernelClass::conv_1x1).compute = OperationsPerSecond(p[7]);
    at(set, KernelClass::conv_3x3_s1).compute = OperationsPerSecond(p[8]);
    at(set, KernelClass::conv_3x3_s1).tile_positions = 128;
    at(set, KernelClass::conv_other).compute = OperationsPerSecond(p[9]);
    at(set, KernelClass::depthwise).compute = OperationsPerSecond(p[10]);
    at(set, KernelClass::depthwise).output_passes = p[4];
    // Pooling kernels move their data three times.
    at(set, KernelClass::pool).overhead = Seconds(p[1]);
    at(set, KernelClass::pool).memory = BytesPerSecond(p[3] / 3);
    return set;
}

// Kernels tuned one by one.
std::vector<FitParameter> tuned_parameters() {
    return {
        logarithmic("overhead", 1e-6, 80e-6, 14e-6),
        logarithmic("memory", 8e9, 60e9, 26e9),
        logarithmic("compute_1x1", 50e9, 333e9, 200e9),
        logarithmic("compute_3x3_s1", 50e9, 750e9, 300e9),
        logarithmic("compute_other", 50e9, 400e9, 250e9),
        logarithmic("strided", 1, 4, 1.5),
        logarithmic("odd_width", 1, 4, 1.5),
        logarithmic("per_depth", 1e-9, 200e-9, 35e-9),
        logarithmic("short_depth", 1, 200, 30),
    };
}

KernelSet tuned_kernels(std::span<const double> p) {
    KernelSet set{};
    for (KernelParams& kernel : set) {
        kernel.overhead = Seconds(p[0]);
        kernel.memory = BytesPerSecond(p[1]);
        kernel.tile_positions = kernel.tile_filters = 1;
    }
    for (const KernelClass kind :
         {KernelClass::conv_1x1, KernelClass::conv_3x3_s1, KernelClass::conv_other}) {
        at(set, kind).per_depth = Seconds(p[7]);
        at(set, kind).short_depth = p[8];
        if (kind != KernelClass::conv_3x3_s1) {
            at(set, kind).strided = p[5];
            at(set, kind).odd_width = p[6];
        }
    }
    at(set, KernelClass::conv_1x1).compute = OperationsPerSecond(p[2]);
    at(set, KernelClass::conv_3x3_s1).compute = OperationsPerSecond(p[3]);
    at(set, KernelClass::conv_3x3_s1).least_channels = 33;
    at(set, KernelClass::conv_other).compute = OperationsPerSecond(p[4]);
    return set;
}

/// What is measured, as the fits see it.
struct Sample {
    std::string name;
    std::string group;
    double measured = 0;
};

/// Fits `predict` to all samples, and to all but each fold in turn. `predict(parameters, sample)` gives the
/// value.
TargetFit fit_target(std::vector<FitParameter> parameters, const std::vector<Sample>& samples,
                     std::size_t extra_starts,
                     const std::function<double(std::span<const double>, std::size_t)>& predict) {
    FitOptions options;
    options.robust_scale = kRobustScale;
    options.extra_starts = extra_starts;
    const auto fit_to = [&](const std::vector<std::size_t>& rows) {
        return fit(
            parameters, rows.size(),
            [&](std::span<const double> p, std::span<double> r) {
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    r[i] = std::log(predict(p, rows[i]) / samples[rows[i]].measured);
                }
            },
            options);
    };
    const auto predict_rows = [&](const FitResult& result, const std::vector<std::size_t>& rows,
                                  std::vector<Prediction>& predictions) {
        for (const std::size_t row : rows) {
            predictions.push_back(
                {samples[row].name, samples[row].measured, predict(result.parameters, row)});
        }
    };
    TargetFit target;
    std::vector<std::size_t> all(samples.size());
    std::vector<std::string> groups;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        all[i] = i;
        groups.push_back(samples[i].group);
    }
    target.parameters = parameters;
    target.fit = fit_to(all);
    predict_rows(target.fit, all, target.in_sample);
    const auto fold_of = deal_folds(groups, kFolds);
    // Folds start where the whole fit ended: they differ from it by a tenth of the data.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].start = target.fit.parameters[i];
    }
    options.extra_starts = 0;
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
        std::vector<std::size_t> inside;
        std::vector<std::size_t> outside;
        for (const std::size_t row : all) {
            (fold_of.at(samples[row].group) == fold ? outside : inside).push_back(row);
        }
        if (!outside.empty() && inside.size() >= parameters.size()) {
            predict_rows(fit_to(inside), outside, target.held_out);
        }
    }
    return target;
}

void require(std::size_t rows, std::size_t least, const char* what) {
    if (rows < least) {
        throw std::invalid_argument(
            fmt::format("{} {} are too few to fit a model: at least {} are needed", rows, what, least));
    }
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

/// Average power over a loop that runs the network once and then idles: for `gap`, or for as long as the host
/// still needs at `host` per kernel.
struct PowerSample {
    double time = 0;
    double depthwise_share = 0;
    double macs = 0;
    double kernels = 0;
};

PowerSample power_sample(const std::vector<KernelRow>& rows, const KernelSet& set, double exponent,
                         std::optional<Seconds> measured) {
    const RowTimes times = time_of(rows, set, exponent);
    PowerSample sample;
    sample.time = measured ? measured->value() : times.all;
    sample.depthwise_share = times.all > 0 ? times.depthwise / times.all : 0;
    for (const KernelRow& row : rows) {
        sample.macs += row.count * row.features.macs;
        sample.kernels += row.count;
    }
    return sample;
}

std::vector<FitParameter> power_parameters() {
    return {
        logarithmic("idle", 0.1, 0.4, 0.235),       logarithmic("active", 1, 9, 5.3),
        logarithmic("depthwise_extra", 0.01, 9, 3), logarithmic("per_mac", 1e-12, 60e-12, 24e-12),
        logarithmic("gap", 0.1, 0.4, 0.246),        logarithmic("host", 1e-5, 1e-3, 0.2e-3),
    };
}

double loop_power(std::span<const double> p, const PowerSample& s) {
    const double energy = (p[1] + p[2] * s.depthwise_share) * s.time + p[3] * s.macs;
    return p[0] + energy / (s.time + p[4] + std::max(0.0, p[5] * s.kernels - s.time));
}

double spread_of(const std::vector<Prediction>& predictions) {
    double squares = 0;
    for (const Prediction& p : predictions) {
        const double error = std::log(p.predicted / p.measured);
        squares += error * error;
    }
    return predictions.empty() ? 0 : std::sqrt(squares / static_cast<double>(predictions.size()));
}

/// What a class must spread by for whole networks to spread by `network` if classes err independently: a
/// network whose time divides into shares s of its classes spreads by sqrt(sum s^2) of that.
double class_spread(const std::vector<std::vector<KernelRow>>& rows, const GpuModel& model, double network) {
    double squares = 0;
    for (const std::vector<KernelRow>& workload : rows) {
        std::array<double, kKernelClasses> time{};
        double whole = 0;
        for (const KernelRow& row : workload) {
            const auto kind = static_cast<std::size_t>(row.features.kind);
            const double own =
                row.count * kernel_time(row.features, model.kernels[kind], model.roof_exponent, 1.0).value();
            time[kind] += own;
            whole += own;
        }
        for (const double share : time) {
            squares += share / whole * (share / whole);
        }
    }
    return network / std::sqrt(squares / static_cast<double>(rows.size()));
}

/// Spread of the power above idle power, over workloads that raise it by a tenth or more.
double dynamic_spread(const std::vector<Prediction>& predictions, double idle) {
    std::vector<Prediction> above;
    for (const Prediction& p : predictions) {
        if (p.measured > 1.1 * idle && p.predicted > idle) {
            above.push_back({p.name, p.measured - idle, p.predicted - idle});
        }
    }
    return spread_of(above);
}

void note_seen(GpuModel& model, const std::vector<std::vector<KernelRow>>& rows, const GpuData& data) {
    model.seen = {};
    for (std::size_t w = 0; w < rows.size(); ++w) {
        for (std::size_t i = 0; i < rows[w].size(); ++i) {
            const KernelFeatures& f = rows[w][i].features;
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

TargetFit fit_latency(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows, double exponent) {
    std::vector<Sample> samples;
    std::vector<std::size_t> workload;
    for (std::size_t w = 0; w < data.workloads.size(); ++w) {
        if (data.workloads[w].latency) {
            samples.push_back(
                {data.workloads[w].name, data.workloads[w].network, data.workloads[w].latency->value()});
            workload.push_back(w);
        }
    }
    const std::vector<FitParameter> parameters = library_parameters();
    require(samples.size(), 2 * parameters.size(), "workloads with a latency");
    return fit_target(parameters, samples, 5, [&](std::span<const double> p, std::size_t i) {
        return time_of(rows[workload[i]], library_kernels(p), exponent).all;
    });
}

TargetFit fit_power(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
                    const GpuModel& model) {
    std::vector<Sample> samples;
    std::vector<PowerSample> inputs;
    for (std::size_t w = 0; w < data.workloads.size(); ++w) {
        const Workload& workload = data.workloads[w];
        if (workload.power) {
            samples.push_back({workload.name, workload.network, workload.power->value()});
            inputs.push_back(power_sample(rows[w], model.kernels, model.roof_exponent, workload.latency));
        }
    }
    const std::vector<FitParameter> parameters = power_parameters();
    require(samples.size(), 2 * parameters.size(), "workloads with a power");
    return fit_target(parameters, samples, 5,
                      [&](std::span<const double> p, std::size_t i) { return loop_power(p, inputs[i]); });
}

TargetFit fit_tuned(const GpuData& data, const KernelCommon& common) {
    const std::vector<FitParameter> parameters = tuned_parameters();
    require(data.kernels.size(), 2 * parameters.size(), "single kernels");
    const KernelSet shape = tuned_kernels(std::vector<double>(parameters.size(), 1.0));
    std::vector<Sample> samples;
    std::vector<std::vector<KernelRow>> rows;
    for (const KernelMeasurement& kernel : data.kernels) {
        rows.push_back({kernel_row(kernel.work, 1, shape, common)});
        const KernelFeatures& f = rows.back().front().features;
        // Equal shapes that were tuned twice are one group.
        samples.push_back({kernel.name,
                           fmt::format("{} {} {} {} {} {}", static_cast<int>(f.kind), f.macs, f.depth,
                                       f.bytes, f.strided, f.odd_width),
                           kernel.latency.value()});
    }
    return fit_target(parameters, samples, 5, [&](std::span<const double> p, std::size_t i) {
        return time_of(rows[i], tuned_kernels(p), common.roof_exponent).all;
    });
}

}  // namespace

GpuFit fit_gpu(const GpuData& data, const GpuModel& base) {
    GpuFit result;
    result.model = base;
    GpuModel& model = result.model;
    set_fixed(model);
    const KernelSet shape = library_kernels(std::vector<double>(library_parameters().size(), 1.0));
    const auto rows = rows_of(data.workloads, shape, model.common());
    result.latency = fit_latency(data, rows, model.roof_exponent);
    model.kernels = library_kernels(result.latency->fit.parameters);
    at(model.kernels, KernelClass::depthwise).extra_power =
        base.kernels[static_cast<std::size_t>(KernelClass::depthwise)].extra_power;
    model.spread.latency = spread_of(result.latency->held_out);
    model.spread.kernel_class = class_spread(rows, model, model.spread.latency);
    note_seen(model, rows, data);
    const bool any_power = std::any_of(data.workloads.begin(), data.workloads.end(),
                                       [](const Workload& w) { return w.power.has_value(); });
    if (any_power) {
        result.power = fit_power(data, rows, model);
        const std::vector<double>& p = result.power->fit.parameters;
        model.power = {Watts(p[0]), Watts(p[1]), JoulesPerOperation(p[3]), JoulesPerByte(0)};
        at(model.kernels, KernelClass::depthwise).extra_power = Watts(p[2]);
        model.loop_gap = Seconds(p[4]);
        model.loop_host = Seconds(p[5]);
        model.spread.power = dynamic_spread(result.power->held_out, p[0]);
    }
    if (!data.kernels.empty()) {
        result.tuned = fit_tuned(data, model.common());
        model.tuned = tuned_kernels(result.tuned->fit.parameters);
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
    const KernelParams& depthwise = model.kernels[static_cast<std::size_t>(KernelClass::depthwise)];
    const std::vector<double> p{model.power.idle.value(),      model.power.active.value(),
                                depthwise.extra_power.value(), model.power.per_mac.value(),
                                model.loop_gap.value(),        model.loop_host.value()};
    std::vector<Prediction> predictions;
    for (std::size_t w = 0; w < rows.size(); ++w) {
        const Workload& workload = data.workloads[w];
        if (workload.power) {
            const PowerSample sample =
                power_sample(rows[w], model.kernels, model.roof_exponent, workload.latency);
            predictions.push_back({workload.name, workload.power->value(), loop_power(p, sample)});
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
