// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_calibrated.hpp"

#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace cleave {
namespace {

ModelPatch open_base(const std::string& base_file, const ModelIdentity& identity, const DataFile& data) {
    FaultList faults;
    std::optional<YamlFile> file = read_yaml_file(base_file, std::nullopt, faults);
    faults.throw_if_any();
    ModelPatch patch(std::move(file->root));
    apply(identity, data, patch);
    return patch;
}

/// Figures of one fit: value and standard error of a parameter, in a unit.
template <class P>
class FitFigures {
public:
    FitFigures(ModelPatch& patch, const NamedFit<P>& fit, std::string source)
        : patch_(patch), fit_(fit), source_(std::move(source)) {}

    /// `parameter`: a field of P, or a multiple of one that P works out.
    template <class Parameter>
    void set(const std::vector<std::string>& path, Parameter P::*parameter, double scale,
             const std::string& unit) const {
        const double value = si_value(std::invoke(parameter, fit_.value));
        const double error = si_value(std::invoke(parameter, fit_.standard_error));
        patch_.set_figure(path, figure_text(value, scale, unit),
                          std::isfinite(error) ? figure_text(error, scale, unit)
                          : std::isinf(error)  ? "at its bound"
                                               : "not determined",
                          source_);
    }

private:
    ModelPatch& patch_;
    const NamedFit<P>& fit_;
    std::string source_;
};

Source fit_source(const std::string& name, const std::string& text, const DataFile& data,
                  const TargetFit& target) {
    Source source;
    source.name = name;
    source.kind = SourceKind::fitted;
    source.text = target.near ? text + " " + describe_nearness(*target.near, "Parameters") + "." : text;
    source.data = data.name;
    source.sha256 = data.sha256;
    source.rows = std::to_string(target.in_sample.size());
    source.holdout = "ten folds by network: " + describe(summarize(target.held_out));
    if (!target.held_out_family.empty()) {
        source.holdout += "; family by family: " + describe(summarize(target.held_out_family));
    }
    source.worst = describe_worst(target.held_out, 5);
    source.correlation = describe_correlation(target.names, target.fit);
    return source;
}

std::string describe_files(const std::vector<DataFile>& files) {
    std::vector<std::string> parts;
    for (const DataFile& file : files) {
        parts.push_back(fmt::format("{} (SHA-256 {})", file.name, file.sha256));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

void set_library_kernels(ModelPatch& patch, const NamedFit<LibraryParameters>& fit) {
    const FitFigures figures(patch, fit, "latency-fit");
    using P = LibraryParameters;
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const auto kind = static_cast<KernelClass>(i);
        const std::string kernel = name_of(kind);
        figures.set({"kernels", kernel, "overhead"},
                    kind == KernelClass::pool ? &P::pool_overhead : &P::overhead, 1e-6, "us");
        figures.set({"kernels", kernel, "memory"}, &P::memory, 1e9, "GB/s");
    }
    const std::pair<const char*, OperationsPerSecond P::*> computes[] = {
        {"conv_1x1", &P::compute_1x1},
        {"conv_3x3_s1", &P::compute_3x3_s1},
        {"conv_other", &P::compute_other},
        {"depthwise_large", &P::compute_depthwise_large}};
    for (const auto& [kernel, compute] : computes) {
        figures.set({"kernels", kernel, "compute"}, compute, 1e9, "GMAC/s");
    }
    patch.remove({"kernels", "depthwise", "compute"});
    for (const std::string kernel : {"depthwise", "depthwise_large"}) {
        patch.remove({"kernels", kernel, "output_passes"});
    }
    for (const std::string kernel : {"conv_1x1", "conv_3x3_s1", "conv_other"}) {
        figures.set({"kernels", kernel, "output_passes"}, &P::output_passes, 1, "");
        figures.set({"kernels", kernel, "per_depth"}, &P::per_depth, 1e-9, "ns");
        figures.set({"kernels", kernel, "weight_passes"},
                    kernel == "conv_1x1" ? &P::weight_passes_1x1 : &P::weight_passes, 1, "");
    }
}

/// Without tuned kernels in the base, tiles that a tuner chooses; else those of the base stay.
void set_no_tiles(ModelPatch& patch) {
    Source tiles;
    tiles.name = "no-tiles";
    tiles.kind = SourceKind::assumed;
    tiles.text = "Tuning chooses tiles that divide the layer, so none are rounded up.";
    patch.set_source(tiles);
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const std::string kernel = name_of(static_cast<KernelClass>(i));
        patch.set_figure({"tuned", kernel, "tile_positions"}, "1", "", "no-tiles");
        patch.set_figure({"tuned", kernel, "tile_filters"}, "1", "", "no-tiles");
    }
}

void set_tuned_kernels(ModelPatch& patch, const NamedFit<TunedParameters>& fit) {
    const FitFigures figures(patch, fit, "tuned-fit");
    using P = TunedParameters;
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const std::string kernel = name_of(static_cast<KernelClass>(i));
        figures.set({"tuned", kernel, "overhead"}, &P::overhead, 1e-6, "us");
        figures.set({"tuned", kernel, "memory"}, &P::memory, 1e9, "GB/s");
    }
    const std::pair<std::string, OperationsPerSecond P::*> computes[] = {{"conv_1x1", &P::compute_1x1},
                                                                         {"conv_3x3_s1", &P::compute_3x3_s1},
                                                                         {"conv_other", &P::compute_other}};
    for (const auto& [kernel, compute] : computes) {
        figures.set({"tuned", kernel, "compute"}, compute, 1e9, "GMAC/s");
        figures.set({"tuned", kernel, "per_depth"}, &P::per_depth, 1e-9, "ns");
        figures.set({"tuned", kernel, "short_depth"}, &P::short_depth, 1, "");
        if (kernel != "conv_3x3_s1") {
            figures.set({"tuned", kernel, "strided"}, &P::strided, 1, "");
            figures.set({"tuned", kernel, "odd_width"}, &P::odd_width, 1, "");
        }
    }
}

void set_power(ModelPatch& patch, const NamedFit<LoopParameters>& fit) {
    const FitFigures figures(patch, fit, "power-fit");
    using P = LoopParameters;
    figures.set({"power", "idle"}, &P::idle, 1, "W");
    figures.set({"power", "active"}, &P::active, 1, "W");
    for (const std::string kernel : {"depthwise", "depthwise_large"}) {
        figures.set({"kernels", kernel, "extra_power"}, &P::depthwise_extra, 1, "W");
    }
    figures.set({"power", "per_mac"}, &P::per_mac, 1e-12, "pJ/MAC");
    // Traffic adds nothing that the time it takes does not.
    patch.remove({"power", "per_byte"});
    figures.set({"measuring_loop", "gap"}, &P::gap, 1e-3, "ms");
    figures.set({"measuring_loop", "host"}, &P::host, 1e-3, "ms");
}

void set_joint_error(ModelPatch& patch, const std::string& set, const JointError& error,
                     const std::string& source) {
    for (const auto& [figure, name] : names_of(KernelFigure{})) {
        const auto found = std::find(error.figures.begin(), error.figures.end(), figure);
        if (found == error.figures.end()) {
            patch.remove({"spread", set, std::string(name)});
            continue;
        }
        std::string row;
        for (const double number : error.factor[static_cast<std::size_t>(found - error.figures.begin())]) {
            // Not -0.
            row += fmt::format("{}{:.4f}", row.empty() ? "" : " ", std::round(number * 1e4) / 1e4 + 0.0);
        }
        patch.set_figure({"spread", set, std::string(name)}, row, "", source);
    }
}

void set_seen(ModelPatch& patch, const GpuModel& model) {
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const std::string kernel = name_of(static_cast<KernelClass>(i));
        const auto& seen = model.seen[i];
        if (!seen) {
            patch.remove({"seen", kernel});
            continue;
        }
        for (const auto& [key, value] :
             {std::pair("least_macs", seen->least_macs), std::pair("most_macs", seen->most_macs),
              std::pair("most_depth", seen->most_depth), std::pair("most_positions", seen->most_positions)}) {
            patch.set_figure({"seen", kernel, key}, std::to_string(value), "", "latency-fit");
        }
    }
}

void set_direction(ModelPatch& patch, const std::string& key, const LinkDirectionFit& fit) {
    const FitFigures figures(patch, fit, "transfer-fit");
    figures.set({key, "floor"}, &LinkDirection::floor, 1e-6, "us");
    figures.set({key, "overhead"}, &LinkDirection::overhead, 1e-6, "us");
    figures.set({key, "bandwidth"}, &LinkDirection::bandwidth, 1e9, "GB/s");
    figures.set({key, "exponent"}, &LinkDirection::exponent, 1, "");
    patch.set_figure({key, "spread"}, figure_text(fit.value.spread, 1, ""), "", "transfer-fit");
}

}  // namespace

std::string describe(const ErrorSummary& e) {
    return fmt::format("mean error {:.1f} %, median {:.1f} %, 90th percentile {:.1f} %, bias {:+.1f} %",
                       100 * e.mape, 100 * e.median, 100 * e.p90, 100 * e.bias);
}

std::string describe_nearness(const Nearness& near, const std::string& what) {
    const auto by = [](double deviation) {
        return deviation > 0 ? fmt::format("by a factor of {:.2g} or so", std::exp(deviation))
                             : std::string("by none");
    };
    return fmt::format(
        "{} near the base: all by one factor that is free; overheads, memory and arithmetic (of "
        "power, idle and active) {} besides, single figures {}. How far was chosen by leaving "
        "out one after the other",
        what, by(near.group), by(near.own));
}

std::string describe_worst(const std::vector<Prediction>& predictions, std::size_t count, WorstStyle style) {
    const bool is_plain = style == WorstStyle::plain;
    std::vector<std::string> parts;
    for (const Prediction& p : worst(predictions, count)) {
        parts.push_back(fmt::format("{}{} {:+.0f} %", p.name, is_plain ? "" : ":", 100 * p.relative()));
    }
    return fmt::format("{}", fmt::join(parts, is_plain ? ", " : "; "));
}

std::string describe_correlation(const std::vector<std::string>& names, const FitResult& fit,
                                 const std::string& separator) {
    std::vector<std::string> parts;
    const std::size_t n = names.size();
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
            const double c = fit.correlation[i * n + j];
            if (std::abs(c) > 0.9) {
                parts.push_back(fmt::format("{} and {} {:.2f}", names[i], names[j], c));
            }
        }
    }
    return fmt::format("{}", fmt::join(parts, separator));
}

std::string describe_left_out(const std::vector<LeftOut>& left_out) {
    std::vector<std::string> parts;
    for (const LeftOut& row : left_out) {
        parts.push_back(fmt::format("{}: {}", row.name, row.reason));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

std::string calibration_header(const std::string& kind) {
    return "Fitted figures were written by `cleave calibrate " + kind +
           "` (docs/calibration.md); form of the model: docs/cost-models.md.\n"
           "Comments are lost when it runs again: put remarks into the texts.";
}

void apply(const ModelIdentity& identity, const DataFile& data, ModelPatch& patch) {
    const std::string base = patch.name();
    if (!identity.name.empty() && identity.name != base) {
        patch.rename(identity.name);
        patch.set_description(
            fmt::format("Fitted to {}. What was not fitted is taken from {} and says so.", data.name, base));
    }
    if (!identity.description.empty()) {
        patch.set_description(identity.description);
    }
}

std::string calibrated_gpu_yaml(const std::string& base_file, const ModelIdentity& identity,
                                const GpuData& data, const GpuFit& fit) {
    ModelPatch patch = open_base(base_file, identity, data.workload_file);
    Source latency = fit_source(
        "latency-fit",
        "Latency of whole networks as the sum over their kernels. Element-wise work that comes with a layer "
        "(batch norm, activation, bias) is in the measured times but in no row; it is in output_passes. "
        "Layers: " +
            describe_files(data.layer_files) + ".",
        data.workload_file, *fit.latency);
    latency.left_out = describe_left_out(data.left_out);
    patch.set_source(latency);
    set_library_kernels(patch, *fit.latency);
    set_seen(patch, fit.model);
    patch.set_figure({"spread", "latency"}, figure_text(fit.model.spread.latency, 1, ""), "", "latency-fit");
    patch.remove({"spread", "kernel_class"});
    patch.set_figure({"spread", "kernel"}, figure_text(fit.model.spread.kernel, 1, ""), "", "latency-fit");
    set_joint_error(patch, "library", fit.model.spread.library, "latency-fit");
    if (fit.power) {
        patch.set_source(
            fit_source("power-fit",
                       "Average power over a loop that runs a network and idles: for a fixed gap, or as "
                       "long as the host takes over its kernels. Latencies as measured.",
                       data.workload_file, *fit.power));
        set_power(patch, *fit.power);
        patch.set_figure({"spread", "power"}, figure_text(fit.model.spread.power, 1, ""), "", "power-fit");
    }
    if (fit.tuned) {
        Source tuned = fit_source("tuned-fit", "Single convolution kernels, each tuned to its shape.",
                                  data.kernel_file, *fit.tuned);
        tuned.holdout = "ten folds by shape: " + describe(summarize(fit.tuned->held_out));
        patch.set_source(tuned);
        if (!patch.has("tuned")) {
            set_no_tiles(patch);
        }
        set_tuned_kernels(patch, *fit.tuned);
        patch.set_figure({"spread", "tuned_kernel"}, figure_text(fit.model.spread.tuned_kernel, 1, ""), "",
                         "tuned-fit");
        set_joint_error(patch, "tuned", fit.model.spread.tuned, "tuned-fit");
    }
    return patch.yaml(calibration_header("gpu"));
}

std::string calibrated_link_yaml(const std::string& base_file, const ModelIdentity& identity,
                                 const LinkData& data, const LinkDirectionFit& to_fpga,
                                 const LinkDirectionFit& to_gpu) {
    ModelPatch patch = open_base(base_file, identity, data.files[0]);
    Source source;
    source.name = "transfer-fit";
    source.kind = SourceKind::fitted;
    source.text = "Time of single transfers in each direction. In sample, to the FPGA: " +
                  describe(summarize(to_fpga.in_sample)) +
                  "; to the GPU: " + describe(summarize(to_gpu.in_sample)) + ".";
    source.data = data.files[0].name;
    source.sha256 = data.files[0].sha256;
    source.rows = std::to_string(data.transfers.size());
    source.holdout = "each size left out in turn, to the FPGA: " + describe(summarize(to_fpga.held_out)) +
                     "; to the GPU: " + describe(summarize(to_gpu.held_out));
    source.worst = "to the FPGA: " + describe_worst(to_fpga.held_out, 2) +
                   "; to the GPU: " + describe_worst(to_gpu.held_out, 2);
    patch.set_source(source);
    set_direction(patch, "to_fpga", to_fpga);
    set_direction(patch, "to_gpu", to_gpu);
    return patch.yaml(calibration_header("link"));
}

}  // namespace cleave
