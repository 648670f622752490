// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/gpu_fit.hpp"

#include "cleave/calibrate/kernel_spread.hpp"
#include "cleave/calibrate/profile.hpp"
#include "cleave/calibrate/workload_rows.hpp"
#include "cleave/units/percentile.hpp"

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

constexpr std::size_t kFolds = 10;
/// A family held out of fewer leaves too little to fit to.
constexpr std::size_t kLeastFamilies = 3;
constexpr double kRobustScale = 0.12;

/// What is measured, as the fits see it.
struct Sample {
    std::string name;
    std::string group;
    /// Empty if samples have none.
    std::string family;
    double measured = 0;
};

/// A number for each group.
std::map<std::string, std::size_t> numbers_of(const std::vector<Sample>& samples) {
    std::map<std::string, std::size_t> numbers;
    for (const Sample& sample : samples) {
        numbers.try_emplace(sample.group, numbers.size());
    }
    return numbers;
}

/// How far the covariance of a fit lets ln(predicted) of these rows vary, to first order.
template <class P, class Predictor>
void add_left_open(const FitFields<P>& fields, const FitResult& result, const std::vector<std::size_t>& rows,
                   const Predictor& predictor, std::vector<LeftOpen>& left_open) {
    constexpr double kStep = 1e-4;
    const std::size_t n = fields.size();
    std::vector<std::vector<double>> slopes(rows.size(), std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) {
        const auto moved = [&](double by) {
            std::vector<double> p = result.parameters;
            p[i] *= std::exp(by);
            return predictor(named(fields, p));
        };
        const auto up = moved(kStep);
        const auto down = moved(-kStep);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            slopes[r][i] = std::log(up(rows[r]) / down(rows[r])) / (2 * kStep);
        }
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
        double variance = 0;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                variance += slopes[r][i] * result.covariance[i * n + j] * slopes[r][j];
            }
        }
        left_open.push_back({rows[r], std::sqrt(std::max(variance, 0.0))});
    }
}

/// Fits a prediction to all samples, and to all but each fold in turn. `predictor(parameters)` gives a
/// function of a sample's position.
template <class P, class Predictor>
NamedFit<P> fit_target(const FitFields<P>& fields, const std::vector<Sample>& samples,
                       const Predictor& predictor) {
    FitOptions options;
    options.robust_scale = kRobustScale;
    options.extra_starts = 5;
    std::vector<FitParameter> parameters = parameters_of(fields);
    const std::map<std::string, std::size_t> cluster_of = numbers_of(samples);
    const auto residuals_of = [&](const std::vector<std::size_t>& rows) -> Residuals {
        return [&](std::span<const double> p, std::span<double> r) {
            const auto predict = predictor(named(fields, p));
            for (std::size_t i = 0; i < rows.size(); ++i) {
                r[i] = std::log(predict(rows[i]) / samples[rows[i]].measured);
            }
        };
    };
    const auto fit_to = [&](const std::vector<std::size_t>& rows) {
        options.clusters.clear();
        for (const std::size_t row : rows) {
            options.clusters.push_back(cluster_of.at(samples[row].group));
        }
        return fit(parameters, rows.size(), residuals_of(rows), options);
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
    std::vector<std::string> family_of;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        all[i] = i;
        groups.push_back(samples[i].group);
        family_of.push_back(samples[i].family);
    }
    const std::set<std::string> families(family_of.begin(), family_of.end());
    NamedFit<P> target(fields, fit_to(all));
    target.undetermined = undetermined_spread(parameters, all.size(), residuals_of(all), options, target.fit);
    predict_rows(target.value, all, target.in_sample);
    // Folds start where the whole fit ended: they differ from it by a tenth of the data.
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i].start = target.fit.parameters[i];
    }
    options.extra_starts = 0;
    const auto hold_out = [&](const std::vector<HoldOut>& folds, std::vector<Prediction>& predictions) {
        target.left_open.clear();
        for (const HoldOut& fold : folds) {
            if (!fold.outside.empty() && fold.inside.size() >= parameters.size()) {
                const FitResult result = fit_to(fold.inside);
                predict_rows(named(fields, result.parameters), fold.outside, predictions);
                add_left_open(fields, result, fold.outside, predictor, target.left_open);
            }
        }
    };
    hold_out(make_folds(groups, kFolds), target.held_out);
    if (families.size() >= kLeastFamilies) {
        hold_out(make_folds(family_of, families.size()), target.held_out_family);
    }
    return target;
}

/// The base's own predictions, all times one factor, which for each row comes from the rows of other folds.
std::vector<Prediction> rescale(const std::vector<Sample>& samples, const std::vector<Prediction>& base) {
    std::vector<std::string> groups;
    for (const Sample& sample : samples) {
        groups.push_back(sample.group);
    }
    std::vector<Prediction> rescaled;
    for (const HoldOut& fold : make_folds(groups, kFolds)) {
        std::vector<double> ratios;
        for (const std::size_t row : fold.inside) {
            ratios.push_back(base[row].measured / base[row].predicted);
        }
        std::sort(ratios.begin(), ratios.end());
        for (const std::size_t row : fold.outside) {
            rescaled.push_back(base[row]);
            rescaled.back().predicted *= ratios.empty() ? 1 : percentile(ratios, 0.5);
        }
    }
    return rescaled;
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
                                        const GpuModel& base, std::vector<Prediction>& rescaled) {
    std::vector<Sample> samples;
    std::vector<double> times;
    for (const Workload& workload : data.workloads) {
        if (workload.latency) {
            times.push_back(workload.latency->value());
            samples.push_back({workload.name, workload.network, workload.family, times.back()});
        }
    }
    const std::vector<std::vector<KernelRow>> measured = with_latency(data, rows);
    require(samples.size(), 2 * library_fields({}).size(), "workloads with a latency");
    rescaled = rescale(samples, predict_latency(base, data));
    return fit_target(library_fields(scale_of(measured, times)), samples, [&](const LibraryParameters& p) {
        return [&, kernels = library_kernels(p, base.kernels)](std::size_t i) {
            return time_of(measured[i], kernels, base.roof_exponent).all;
        };
    });
}

NamedFit<LoopParameters> fit_power(const GpuData& data, const std::vector<std::vector<KernelRow>>& rows,
                                   const GpuModel& model, const GpuModel& base,
                                   std::vector<Prediction>& rescaled) {
    std::vector<Sample> samples;
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
    require(samples.size(), 2 * loop_fields({}).size(), "workloads with a power");
    DataScale scale = scale_of(measured, times);
    const auto [least, most] = std::minmax_element(
        samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.measured < b.measured; });
    scale.least_power = Watts(least->measured);
    scale.most_power = Watts(most->measured);
    rescaled = rescale(samples, predict_power(base, data));
    return fit_target(loop_fields(scale), samples, [&](const LoopParameters& p) {
        return [&, p](std::size_t i) { return loop_power(p, inputs[i]).value(); };
    });
}

NamedFit<TunedParameters> fit_tuned(const GpuData& data, const KernelSet& base, const KernelCommon& common) {
    require(data.kernels.size(), 2 * tuned_fields({}).size(), "single kernels");
    std::vector<Sample> samples;
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
    return fit_target(tuned_fields(scale_of(rows, times)), samples, [&](const TunedParameters& p) {
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
    result.latency = fit_latency(data, rows, base, result.rescaled_latency);
    model.kernels = library_kernels(result.latency->value, base.kernels);
    model.spread.latency = spread(result.latency->for_spread());
    // Single kernels' errors are what explains that.
    model.spread.kernel_class = 0;
    model.spread.kernel =
        kernel_spread(*result.latency, with_latency(data, rows), model.kernels, model.roof_exponent);
    model.spread.library = joint_error(*result.latency);
    note_seen(model, rows, data);
    const bool any_power = std::any_of(data.workloads.begin(), data.workloads.end(),
                                       [](const Workload& w) { return w.power.has_value(); });
    if (any_power) {
        result.power = fit_power(data, rows, model, base, result.rescaled_power);
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
        result.tuned = fit_tuned(data, tuned, base.common());
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
