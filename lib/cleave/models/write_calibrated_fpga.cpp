// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_calibrated_fpga.hpp"

#include "cleave/models/fpga_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace cleave {
namespace {

constexpr double kPercent = 100;

std::string percent(double share) { return fmt::format("{:.2g} %", share * kPercent); }

std::string mean_percent(double share) { return fmt::format("{:.2f} %", share * kPercent); }

std::string holdout_text(const std::vector<Prediction>& held_out) {
    const ErrorSummary errors = summarize(held_out);
    return fmt::format(
        "mean error {}, median {}, 90th percentile {}, {} rows; {} folds, all rows of equal channels, "
        "filters and kernel in one",
        mean_percent(errors.mape), mean_percent(errors.median), percent(errors.p90), errors.rows, kFpgaFolds);
}

/// What a fit to small designs says of large ones.
std::string extrapolation_text(const FpgaFit& fit, std::vector<Prediction> FpgaPredictions::*figure) {
    if (!fit.extrapolation || (fit.extrapolation->predictions.*figure).empty()) {
        return "";
    }
    const ErrorSummary errors = summarize(fit.extrapolation->predictions.*figure);
    return fmt::format(
        "; fitted to designs of at most {} weights, {} of {} and more: mean error {}, bias {:+.1f} %",
        fit.extrapolation->most_fitted, errors.rows, fit.extrapolation->least_checked,
        mean_percent(errors.mape), errors.bias * kPercent);
}

class Patcher {
public:
    Patcher(const FpgaFit& fit, const DesignOrigin& origin, ModelPatch& patch)
        : fit_(fit), origin_(origin), patch_(patch) {}

    void run() {
        m20k();
        alm();
        alut();
        power();
        fmax();
        ranges();
        clock();
    }

private:
    using Path = std::vector<std::string>;

    void set(Path path, const std::string& value, const std::string& error, const std::string& source) {
        Path whole{"implementations", fit_.implementation.name};
        whole.insert(whole.end(), path.begin(), path.end());
        patch_.set_figure(whole, value, error, source);
    }

    /// A parameter of a part as the figure at `path`.
    void parameter(const FpgaFitPart& part, const std::string& parameter, const Path& path,
                   const std::string& source, double scale = 1, const std::string& unit = "") {
        set(path, figure_text(part.value(parameter), scale, unit),
            error_text(part.standard_error(parameter), scale, unit), source);
    }

    void source(const std::string& name, const std::string& text, const FpgaFitPart& part,
                std::vector<Prediction> FpgaPredictions::*figure, const std::string& left_out = "") {
        Source s = data_source(name, SourceKind::fitted, text, part.rows);
        s.holdout = holdout_text(fit_.held_out.*figure) + extrapolation_text(fit_, figure);
        s.worst = describe_worst(fit_.held_out.*figure, 3, WorstStyle::names_with_commas);
        s.correlation = describe_correlation(part.names, part.fit, "; ");
        s.left_out = describe_left_out(fit_.left_out);
        if (!left_out.empty()) {
            s.left_out += (s.left_out.empty() ? "" : "; ") + left_out;
        }
        patch_.set_source(s);
    }

    [[nodiscard]] Source data_source(const std::string& name, SourceKind kind, const std::string& text,
                                     std::size_t rows) const {
        Source s;
        s.name = name;
        s.kind = kind;
        s.text = text;
        if (!fit_.files.empty()) {
            s.data = fit_.files.front().name;
            s.sha256 = fit_.files.front().sha256;
        }
        s.rows = fmt::format("{}", rows);
        return s;
    }

    void m20k() {
        const std::string name = "dhm-m20k";
        const std::size_t full = fit_.designs - fit_.m20k.rows;
        source(
            name,
            fmt::format("M20K blocks of the designs of dhm-designs. Errors are of designs with {:.0f} blocks "
                        "and more: a relative error means little for fewer.",
                        FpgaPredictions::kFewestBlocks),
            fit_.m20k, &FpgaPredictions::m20k,
            full == 0 ? "" : fmt::format("{} rows with every block taken or no count", full));
        for (const std::string& figure : fit_.m20k.names) {
            parameter(fit_.m20k, figure, {"resources", "delay_lines", figure}, name);
        }
        set({"spread", "m20k"}, figure_text(fit_.implementation.spread.m20k, 1, ""), "", name);
    }

    void alm() {
        const std::string name = "dhm-alm";
        source(name,
               fmt::format("ALM of the designs of dhm-designs{}.",
                           origin_.tool.empty() ? "" : ", after place and route"),
               fit_.alm, &FpgaPredictions::alm);
        filter_cost(fit_.alm, "alm", name);
        // A whole number, as the limits of the device are sums of whole numbers.
        set({"resources", "delay_lines", "long_alm"},
            fmt::format("{}", std::llround(fit_.alm.value("long_alm"))),
            error_text(fit_.alm.standard_error("long_alm"), 1, ""), name);
        parameter(fit_.alm, "middle_most_taps", {"resources", "delay_lines", "middle_most_taps"}, name);
        set({"spread", "alm"}, figure_text(fit_.implementation.spread.alm, 1, ""), "", name);
    }

    void alut() {
        const std::string name = "dhm-alut";
        source(name, "ALUT of the designs of dhm-designs; a check of the form, not used for costs.",
               fit_.alut, &FpgaPredictions::alut);
        filter_cost(fit_.alut, "alut", name);
        parameter(fit_.alut, "per_spilled_long_line", {"resources", "alut", "per_spilled_long_line"}, name);
    }

    void filter_cost(const FpgaFitPart& part, const std::string& key, const std::string& name) {
        for (const std::string figure : {"fixed", "per_tap", "per_tap_log", "per_delayed_tap"}) {
            parameter(part, figure, {"resources", key, figure}, name);
        }
    }

    void power() {
        const std::string name = "dhm-power";
        source(name,
               fmt::format("Power of the designs of dhm-designs, less the static power; the errors are of "
                           "the whole. {}",
                           origin_.power_method.empty() ? "How it was measured or estimated is not known."
                                                        : origin_.power_method),
               fit_.power, &FpgaPredictions::power);
        parameter(fit_.power, "base", {"power", "base"}, name, 1, "W");
        parameter(fit_.power, "per_alm", {"power", "per_alm"}, name, 1e-6, "uW/ALM");
        parameter(fit_.power, "per_m20k", {"power", "per_m20k"}, name, 1e-3, "mW/M20K");
        set({"spread", "power"}, figure_text(fit_.implementation.spread.power, 1, ""), "", name);
    }

    void fmax() {
        const std::string name = "dhm-fmax";
        source(name, "Fmax of the designs of dhm-designs, each alone on the device.", fit_.fmax,
               &FpgaPredictions::fmax);
        for (const std::string& figure : fit_.fmax.names) {
            parameter(fit_.fmax, figure, {"resources", "critical_path", figure}, name, 1e-9, "ns");
        }
        set({"spread", "clock"}, figure_text(fit_.implementation.spread.clock, 1, ""), "", name);
    }

    void ranges() {
        const std::string name = "dhm-designs";
        const std::string made = origin_.tool.empty()
                                     ? ". Which tool their figures come from is not known."
                                     : fmt::format(" after {} place and route.", origin_.tool);
        patch_.set_source(data_source(
            name, SourceKind::measured,
            fmt::format("{} designs of {} shapes (channels, filters, kernel): {}-bit DHM convolutions with "
                        "constant weights{}",
                        fit_.designs, fit_.shapes, fit_.implementation.bits, made),
            fit_.designs));
        for (const auto& [key, range] : kSeenRanges) {
            if (const auto& seen = fit_.implementation.seen.*range) {
                set({"seen", key}, fmt::format("{} to {}", seen->least, seen->most), "", name);
            }
        }
    }

    void clock() {
        const std::string name = "dhm-clock";
        double least = 0;
        double most = 0;
        for (const Prediction& p : fit_.in_sample.fmax) {
            least = least == 0 ? p.measured : std::min(least, p.measured);
            most = std::max(most, p.measured);
        }
        patch_.set_source(data_source(
            name, SourceKind::derived,
            fmt::format("Median Fmax of the designs of dhm-designs, rounded ({:.0f} to {:.0f} MHz).",
                        least * 1e-6, most * 1e-6),
            fit_.in_sample.fmax.size()));
        set({"clock"}, figure_text(fit_.implementation.clock.value(), 1e6, "MHz"), "", name);
    }

    const FpgaFit& fit_;
    const DesignOrigin& origin_;
    ModelPatch& patch_;
};

}  // namespace

void apply(const FpgaFit& fit, const DesignOrigin& origin, ModelPatch& patch) {
    Patcher(fit, origin, patch).run();
}

std::string calibrated_fpga_yaml(const std::string& base_file, const ModelIdentity& identity,
                                 const DesignOrigin& origin, const FpgaFit& fit) {
    FpgaDocument document = read_fpga_document(base_file, fit.implementation.name);
    ModelPatch patch(std::move(document.root));
    apply(identity, fit.files.empty() ? DataFile{"designs", "", 0} : fit.files.front(), patch);
    apply(fit, origin, patch);
    return patch.yaml(patch.name() == document.name ? document.comment : calibration_header("fpga"));
}

}  // namespace cleave
