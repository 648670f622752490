// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_calibrated.hpp"

#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace cleave {
namespace {

ModelPatch open_base(const std::string& base_file) {
    FaultList faults;
    std::optional<YamlFile> file = read_yaml_file(base_file, std::nullopt, faults);
    faults.throw_if_any();
    return ModelPatch(std::move(file->root));
}

/// Figures of one fit: value and standard error by parameter number, in a unit.
class FitFigures {
public:
    FitFigures(ModelPatch& patch, const FitResult& fit, std::string source)
        : patch_(patch), fit_(fit), source_(std::move(source)) {}

    void set(std::vector<std::string> path, std::size_t parameter, double scale, const std::string& unit,
             double factor = 1) const {
        const double error = fit_.standard_errors[parameter] * factor;
        patch_.set_figure(path, figure_text(fit_.parameters[parameter] * factor, scale, unit),
                          std::isfinite(error) ? figure_text(error, scale, unit) : "at its bound", source_);
    }

private:
    ModelPatch& patch_;
    const FitResult& fit_;
    std::string source_;
};

Source fit_source(const std::string& name, const std::string& text, const DataFile& data,
                  const TargetFit& target) {
    Source source;
    source.name = name;
    source.kind = SourceKind::fitted;
    source.text = text;
    source.data = data.name;
    source.sha256 = data.sha256;
    source.rows = std::to_string(target.in_sample.size());
    source.holdout = "ten folds by network: " + describe(summarize(target.held_out));
    source.worst = describe_worst(target.held_out, 5);
    source.correlation = describe_correlation(target.parameters, target.fit);
    return source;
}

void set_library_kernels(ModelPatch& patch, const GpuFit& fit) {
    const FitFigures figures(patch, fit.latency->fit, "latency-fit");
    for (const char* name : {"conv_1x1", "conv_3x3_s1", "conv_other"}) {
        const std::string kernel(name);
        figures.set({"kernels", kernel, "overhead"}, 0, 1e-6, "us");
        figures.set({"kernels", kernel, "per_depth"}, 2, 1e-9, "ns");
        figures.set({"kernels", kernel, "compute"},
                    kernel == "conv_1x1"      ? 7
                    : kernel == "conv_3x3_s1" ? 8
                                              : 9,
                    1e9, "GMAC/s");
        figures.set({"kernels", kernel, "memory"}, 3, 1e9, "GB/s");
        figures.set({"kernels", kernel, "output_passes"}, 4, 1, "");
        figures.set({"kernels", kernel, "weight_passes"}, kernel == "conv_1x1" ? 5 : 6, 1, "");
    }
    // Figures that the form no longer has.
    for (const char* name : {"depthwise", "fully_connected", "pool", "elementwise"}) {
        patch.remove({"kernels", name, "per_depth"});
    }
    patch.remove({"kernels", "fully_connected", "compute"});
    patch.set_figure({"kernels", "conv_3x3_s1", "tile_positions"}, "128", "", "tiles");
    figures.set({"kernels", "depthwise", "overhead"}, 0, 1e-6, "us");
    figures.set({"kernels", "depthwise", "compute"}, 10, 1e9, "GMAC/s");
    figures.set({"kernels", "depthwise", "memory"}, 3, 1e9, "GB/s");
    figures.set({"kernels", "depthwise", "output_passes"}, 4, 1, "");
    figures.set({"kernels", "fully_connected", "overhead"}, 0, 1e-6, "us");
    figures.set({"kernels", "fully_connected", "memory"}, 3, 1e9, "GB/s");
    figures.set({"kernels", "pool", "overhead"}, 1, 1e-6, "us");
    figures.set({"kernels", "pool", "memory"}, 3, 1e9, "GB/s", 1.0 / 3);
    figures.set({"kernels", "elementwise", "overhead"}, 0, 1e-6, "us");
    figures.set({"kernels", "elementwise", "memory"}, 3, 1e9, "GB/s");
    patch.set_figure({"tile_positions"}, "64", "", "tiles");
    patch.set_figure({"tile_filters"}, "64", "", "tiles");
    patch.set_figure({"wave_tiles"}, "2", "", "tiles");
    patch.set_figure({"roof_exponent"}, "4", "", "tiles");
    patch.set_figure({"cache"}, "500 kB", "", "tiles");
    Source tiles;
    tiles.name = "tiles";
    tiles.kind = SourceKind::assumed;
    tiles.text =
        "Not fitted, chosen by hold-out among a few: tiles of 64 filters by 64 positions (128 for Winograd "
        "kernels) computed two at a time, one for each multiprocessor; feature maps below half a megabyte "
        "stay in the cache; roofs join with exponent 4.";
    patch.set_source(tiles);
}

void set_tuned_kernels(ModelPatch& patch, const GpuFit& fit) {
    const FitFigures figures(patch, fit.tuned->fit, "tuned-fit");
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        const std::string kernel = kernel_class_name(static_cast<KernelClass>(i));
        figures.set({"tuned", kernel, "overhead"}, 0, 1e-6, "us");
        figures.set({"tuned", kernel, "memory"}, 1, 1e9, "GB/s");
        patch.set_figure({"tuned", kernel, "tile_positions"}, "1", "", "no-tiles");
        patch.set_figure({"tuned", kernel, "tile_filters"}, "1", "", "no-tiles");
    }
    for (const char* name : {"conv_1x1", "conv_3x3_s1", "conv_other"}) {
        const std::string kernel(name);
        figures.set({"tuned", kernel, "compute"},
                    kernel == "conv_1x1"      ? 2
                    : kernel == "conv_3x3_s1" ? 3
                                              : 4,
                    1e9, "GMAC/s");
        figures.set({"tuned", kernel, "per_depth"}, 7, 1e-9, "ns");
        figures.set({"tuned", kernel, "short_depth"}, 8, 1, "");
        if (kernel != "conv_3x3_s1") {
            figures.set({"tuned", kernel, "strided"}, 5, 1, "");
            figures.set({"tuned", kernel, "odd_width"}, 6, 1, "");
        }
    }
    patch.set_figure({"tuned", "conv_3x3_s1", "least_channels"}, "33", "", "no-tiles");
    Source tiles;
    tiles.name = "no-tiles";
    tiles.kind = SourceKind::assumed;
    tiles.text =
        "Tuning chooses tiles that divide the layer, so none are rounded up; 3x3 kernels of up to 32 "
        "channels "
        "behave as other convolutions. Chosen by hold-out among a few.";
    patch.set_source(tiles);
}

void set_power(ModelPatch& patch, const GpuFit& fit) {
    const FitFigures figures(patch, fit.power->fit, "power-fit");
    figures.set({"power", "idle"}, 0, 1, "W");
    figures.set({"power", "active"}, 1, 1, "W");
    figures.set({"kernels", "depthwise", "extra_power"}, 2, 1, "W");
    figures.set({"power", "per_mac"}, 3, 1e-12, "pJ/MAC");
    // Traffic adds nothing once the time is known: the fit takes it to zero.
    patch.set_figure({"power", "per_byte"}, "0 pJ/B", "", "power-fit");
    figures.set({"measuring_loop", "gap"}, 4, 1e-3, "ms");
    figures.set({"measuring_loop", "host"}, 5, 1e-3, "ms");
}

void set_seen(ModelPatch& patch, const GpuModel& model) {
    for (std::size_t i = 0; i < kKernelClasses; ++i) {
        if (const auto& seen = model.seen[i]) {
            const std::string kernel = kernel_class_name(static_cast<KernelClass>(i));
            patch.set_figure({"seen", kernel, "least_macs"}, std::to_string(seen->least_macs), "",
                             "latency-fit");
            patch.set_figure({"seen", kernel, "most_macs"}, std::to_string(seen->most_macs), "",
                             "latency-fit");
            patch.set_figure({"seen", kernel, "most_depth"}, std::to_string(seen->most_depth), "",
                             "latency-fit");
            patch.set_figure({"seen", kernel, "most_positions"}, std::to_string(seen->most_positions), "",
                             "latency-fit");
        }
    }
}

void set_direction(ModelPatch& patch, const std::string& key, const LinkDirectionFit& direction) {
    const FitFigures figures(patch, direction.fit, "transfer-fit");
    figures.set({key, "floor"}, 0, 1e-6, "us");
    figures.set({key, "overhead"}, 1, 1e-6, "us");
    figures.set({key, "bandwidth"}, 2, 1e9, "GB/s");
    figures.set({key, "exponent"}, 3, 1, "");
    patch.set_figure({key, "spread"}, figure_text(direction.direction.spread, 1, ""), "", "transfer-fit");
}

}  // namespace

std::string describe(const ErrorSummary& e) {
    return fmt::format("mean error {:.1f} %, median {:.1f} %, 90th percentile {:.1f} %, bias {:+.1f} %",
                       100 * e.mape, 100 * e.median, 100 * e.p90, 100 * e.bias);
}

std::string describe_worst(const std::vector<Prediction>& predictions, std::size_t count) {
    std::vector<std::string> parts;
    for (const Prediction& p : worst(predictions, count)) {
        parts.push_back(fmt::format("{} {:+.0f} %", p.name, 100 * p.relative()));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string describe_correlation(const std::vector<FitParameter>& parameters, const FitResult& fit) {
    std::vector<std::string> parts;
    const std::size_t n = parameters.size();
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
            const double c = fit.correlation[i * n + j];
            if (std::abs(c) > 0.9) {
                parts.push_back(fmt::format("{} and {} {:.2f}", parameters[i].name, parameters[j].name, c));
            }
        }
    }
    return fmt::format("{}", fmt::join(parts, ", "));
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

std::string calibrated_gpu_yaml(const std::string& base_file, const GpuData& data, const GpuFit& fit) {
    ModelPatch patch = open_base(base_file);
    Source latency = fit_source(
        "latency-fit",
        "Latency of whole networks as the sum over their kernels. Element-wise work that comes with a layer "
        "(batch "
        "norm, activation, bias) is in the measured times but in no row; it is in output_passes. Layers: " +
            data.files[1].name + " (SHA-256 " + data.files[1].sha256 + ").",
        data.files[0], *fit.latency);
    latency.left_out = describe_left_out(data.left_out);
    patch.set_source(latency);
    set_library_kernels(patch, fit);
    set_seen(patch, fit.model);
    patch.set_figure({"spread", "latency"}, figure_text(fit.model.spread.latency, 1, ""), "", "latency-fit");
    patch.set_figure({"spread", "kernel_class"}, figure_text(fit.model.spread.kernel_class, 1, ""), "",
                     "latency-fit");
    if (fit.power) {
        patch.set_source(
            fit_source("power-fit",
                       "Average power over a loop that runs a network and idles: for a fixed gap, or as "
                       "long as the host takes over its kernels. Latencies as measured.",
                       data.files[0], *fit.power));
        set_power(patch, fit);
        patch.set_figure({"spread", "power"}, figure_text(fit.model.spread.power, 1, ""), "", "power-fit");
    }
    if (fit.tuned) {
        Source tuned = fit_source("tuned-fit", "Single convolution kernels, each tuned to its shape.",
                                  data.files[2], *fit.tuned);
        tuned.holdout = "ten folds by shape: " + describe(summarize(fit.tuned->held_out));
        patch.set_source(tuned);
        set_tuned_kernels(patch, fit);
    }
    return patch.yaml(calibration_header("gpu"));
}

std::string calibrated_link_yaml(const std::string& base_file, const LinkData& data,
                                 const LinkDirectionFit& to_fpga, const LinkDirectionFit& to_gpu) {
    ModelPatch patch = open_base(base_file);
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
