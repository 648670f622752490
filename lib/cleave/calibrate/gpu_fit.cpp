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

/// What is measured, as the fits see it.
struct Sample {
    std::string name;
    std::string group;
    double measured = 0;
};

/// Fits a prediction to all samples, and to all but each fold in turn. `predictor(parameters)` gives a
/// function of a sample's position.
template <class P, class Predictor>
NamedFit<P> fit_target(const FitFields<P>& fields, const std::vector<Sample>& samples,
                       const Predictor& predictor) {
    FitOptions options;
    options.robust_scale = kRobustScale;
    options.extra_starts = 5;
    std::vector<FitParameter> parameters = parameters_of(fields);
    const auto fit_to = [&](const std::vector<std::size_t>& rows) {
        return fit(
            parameters, rows.size(),
            [&](std::span<const double> p, std::span<double> r) {
                const auto predict = predictor(named(fields, p));
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    r[i] = std::log(predict(rows[i]) / samples[rows[i]].measured);
                }
            },
            options);
    };
    const auto predict_rows = [&](const P& values, const std::vector<std::size_t>& rows,
                                  std::vector<Prediction>& predictions) {
        const auto predict = predictor(values);
        for (const std::size_t row : rows) {
            predictions.push_back({samples[row].name, samples[row].measured, predict(row)});
        }
    };
    std::vector<std::size_t> all(samples.size());
    std::vector<std::string> groups;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        all[i] = i;
        groups.push_back(samples[i].group);
    }
    NamedFit<P> target(fields, fit_to(all));
    predict_rows(target.value, all, target.in_sample);
    // Folds start where the whole fit ended: they differ from it by a tenth of the data.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].start = target.fit.parameters[i];
    }
    options.extra_starts = 0;
    for (const HoldOut& fold : make_folds(groups, kFolds)) {
        if (!fold.outside.empty() && fold.inside.size() >= parameters.size()) {
            predict_rows(named(fields, fit_to(fold.inside).parameters), fold.outside, target.held_out);
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

NamedFit<LibraryParameters> fit_latency(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
                                        const GpuModel& base) {
    std::vector<Sample> samples;
    std::vector<std::size_t> workload;
    for (std::size_t w = 0; w < data.workloads.size(); ++w) {
        if (data.workloads[w].latency) {
            samples.push_back(
                {data.workloads[w].name, data.workloads[w].network, data.workloads[w].latency->value()});
            workload.push_back(w);
        }
    }
    require(samples.size(), 2 * library_fields().size(), "workloads with a latency");
    return fit_target(library_fields(), samples, [&](const LibraryParameters& p) {
        return [&, kernels = library_kernels(p, base.kernels)](std::size_t i) {
            return time_of(rows[workload[i]], kernels, base.roof_exponent).all;
        };
    });
}

NamedFit<LoopParameters> fit_power(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
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
    require(samples.size(), 2 * loop_fields().size(), "workloads with a power");
    return fit_target(loop_fields(), samples, [&](const LoopParameters& p) {
        return [&, p](std::size_t i) { return loop_power(p, inputs[i]).value(); };
    });
}

NamedFit<TunedParameters> fit_tuned(const GpuData& data, const KernelSet& base, const KernelCommon& common) {
    require(data.kernels.size(), 2 * tuned_fields().size(), "single kernels");
    std::vector<Sample> samples;
    std::vector<std::vector<KernelRow>> rows;
    for (const KernelMeasurement& kernel : data.kernels) {
        rows.push_back({kernel_row(kernel.work, 1, base, common)});
        const KernelFeatures& f = rows.back().front().features;
        // Equal shapes that were tuned twice are one group.
        samples.push_back({kernel.name,
                           fmt::format("{} {} {} {} {} {}", static_cast<int>(f.kind), f.macs, f.depth,
                                       f.bytes, f.strided, f.odd_width),
                           kernel.latency.value()});
    }
    return fit_target(tuned_fields(), samples, [&](const TunedParameters& p) {
        return [&, kernels = tuned_kernels(p, base)](std::size_t i) {
            return time_of(rows[i], kernels, common.roof_exponent).all;
        };
    });
}

}  // namespace

GpuFit fit_gpu(const GpuData& data, const GpuModel& base) {
    GpuFit result;
    result.model = base;
    GpuModel& model = result.model;
    const auto rows = rows_of(data.workloads, base.kernels, base.common());
    result.latency = fit_latency(data, rows, base);
    model.kernels = library_kernels(result.latency->value, base.kernels);
    model.spread.latency = spread(result.latency->held_out);
    model.spread.kernel_class = class_spread(rows, model, model.spread.latency);
    note_seen(model, rows, data);
    const bool any_power = std::any_of(data.workloads.begin(), data.workloads.end(),
                                       [](const Workload& w) { return w.power.has_value(); });
    if (any_power) {
        result.power = fit_power(data, rows, model);
        const LoopParameters& p = result.power->value;
        // Traffic adds nothing to what is drawn for the time it takes.
        model.power = {p.idle, p.active, p.per_mac, JoulesPerByte(0)};
        model.kernels[static_cast<std::size_t>(KernelClass::depthwise)].extra_power = p.depthwise_extra;
        model.loop_gap = p.gap;
        model.loop_host = p.host;
        // Of workloads that raise the power by a tenth or more.
        model.spread.power = spread(result.power->held_out, p.idle.value(), 1.1 * p.idle.value());
    }
    if (!data.kernels.empty()) {
        const KernelSet tuned = base.tuned.value_or(untiled_kernels());
        result.tuned = fit_tuned(data, tuned, base.common());
        model.tuned = tuned_kernels(result.tuned->value, tuned);
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
    const LoopParameters p{model.power.idle,    model.power.active, depthwise.extra_power,
                           model.power.per_mac, model.loop_gap,     model.loop_host};
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
