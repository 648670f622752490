// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_calibrated_fpga.hpp"

#include "cleave/models/read_model.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

namespace cleave {
namespace {

constexpr double kPercent = 100;

std::string percent(double share) { return fmt::format("{:.2g} %", share * kPercent); }

std::string mean_percent(double share) { return fmt::format("{:.2f} %", share * kPercent); }

/// Two digits: an error of an error is large.
std::string error_text(double si, double scale, const std::string& unit) {
    if (!std::isfinite(si)) {
        return "";
    }
    const double value = si / scale;
    const double digits = value > 0 ? std::pow(10.0, std::floor(std::log10(value)) - 1) : 1;
    return figure_text(std::round(value / digits) * digits, 1, unit);
}

std::string holdout_text(const std::vector<Prediction>& held_out) {
    const ErrorSummary errors = summarize(held_out);
    return fmt::format(
        "mean error {}, median {}, 90th percentile {}, {} rows; {} folds, all rows of equal channels, "
        "filters and "
        "kernel in one",
        mean_percent(errors.mape), mean_percent(errors.median), percent(errors.p90), errors.rows, kFpgaFolds);
}

std::string worst_text(const std::vector<Prediction>& held_out) {
    std::string text;
    for (const Prediction& p : worst(held_out, 3)) {
        text += fmt::format("{}{}: {:+.0f} %", text.empty() ? "" : "; ", p.name, p.relative() * kPercent);
    }
    return text;
}

std::string correlation_text(const FpgaFitPart& part) {
    constexpr double kStrong = 0.9;
    const std::size_t n = part.names.size();
    std::string text;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
            const double r = part.fit.correlation[i * n + j];
            if (std::abs(r) > kStrong) {
                text += fmt::format("{}{} and {} {:.2f}", text.empty() ? "" : "; ", part.names[i],
                                    part.names[j], r);
            }
        }
    }
    return text;
}

class Patcher {
public:
    Patcher(const FpgaFit& fit, ModelPatch& patch) : fit_(fit), patch_(patch) {}

    void run() {
        const auto& form = std::get<DhmFitted>(fit_.implementation.form);
        m20k();
        alm(form);
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

    /// Parameter `i` of a part as a figure of `resources`.
    void parameter(const FpgaFitPart& part, std::size_t i, const Path& path, const std::string& source,
                   double scale = 1, const std::string& unit = "") {
        Path whole{"resources"};
        whole.insert(whole.end(), path.begin(), path.end());
        set(whole, figure_text(part.fit.parameters[i], scale, unit),
            error_text(part.fit.standard_errors[i], scale, unit), source);
    }

    void source(const std::string& name, const std::string& text, const FpgaFitPart& part,
                const std::vector<Prediction>& held_out, const std::string& left_out) {
        Source s = data_source(name, SourceKind::fitted, text, part.rows);
        s.holdout = holdout_text(held_out);
        s.worst = worst_text(held_out);
        s.correlation = correlation_text(part);
        for (const LeftOut& row : fit_.left_out) {
            s.left_out += fmt::format("{}{}: {}", s.left_out.empty() ? "" : "; ", row.name, row.reason);
        }
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
        parameter(fit_.m20k, 0, {"delay_lines", "delayed_share"}, name);
        parameter(fit_.m20k, 1, {"delay_lines", "undelayed_taps"}, name);
        parameter(fit_.m20k, 2, {"delay_lines", "m20k_fixed"}, name);
        set({"spread", "m20k"}, figure_text(fit_.implementation.spread.m20k, 1, ""), "", name);
        const std::size_t full = fit_.designs - fit_.m20k.rows;
        source(
            name,
            fmt::format("M20K blocks of the designs of dhm-designs. Errors are of designs with {:.0f} blocks "
                        "and more: a relative error means little for fewer.",
                        FpgaPredictions::kFewestBlocks),
            fit_.m20k, fit_.held_out.m20k,
            full == 0 ? "" : fmt::format("{} rows with every block taken or no count", full));
    }

    void alm(const DhmFitted& form) {
        const std::string name = "dhm-alm";
        filter_cost(fit_.alm, "alm", name);
        // A whole number, as the limits of the device are sums of whole numbers.
        set({"resources", "delay_lines", "long_alm"}, fmt::format("{}", form.long_line_alm),
            error_text(fit_.alm.fit.standard_errors[4], 1, ""), name);
        parameter(fit_.alm, 5, {"delay_lines", "middle_most_taps"}, name);
        set({"spread", "alm"}, figure_text(fit_.implementation.spread.alm, 1, ""), "", name);
        source(name, "ALM of the designs of dhm-designs, after place and route.", fit_.alm, fit_.held_out.alm,
               "");
    }

    void alut() {
        const std::string name = "dhm-alut";
        filter_cost(fit_.alut, "alut", name);
        parameter(fit_.alut, 4, {"alut", "per_spilled_long_line"}, name);
        source(name, "ALUT of the designs of dhm-designs; a check of the form, not used for costs.",
               fit_.alut, fit_.held_out.alut, "");
    }

    void filter_cost(const FpgaFitPart& part, const std::string& key, const std::string& name) {
        for (std::size_t i = 0; i < 4; ++i) {
            parameter(part, i, {key, part.names[i]}, name);
        }
    }

    void power() {
        const std::string name = "dhm-power";
        const std::vector<std::pair<double, std::string>> units{
            {1, "W"}, {1e-6, "uW/ALM"}, {1e-3, "mW/M20K"}};
        for (std::size_t i = 0; i < units.size(); ++i) {
            const auto& [scale, unit] = units[i];
            set({"power", fit_.power.names[i]}, figure_text(fit_.power.fit.parameters[i], scale, unit),
                error_text(fit_.power.fit.standard_errors[i], scale, unit), name);
        }
        set({"spread", "power"}, figure_text(fit_.implementation.spread.power, 1, ""), "", name);
        source(name,
               "Power of the designs of dhm-designs, less the static power; the errors are of the whole. "
               "Vectorless "
               "estimate of the vendor tool at 12.5 % toggle; simulated data paths toggle at 45 to 50 %, so "
               "real "
               "dynamic power may be several times this. Transceivers are not included.",
               fit_.power, fit_.held_out.power, "");
    }

    void fmax() {
        const std::string name = "dhm-fmax";
        for (std::size_t i = 0; i < fit_.fmax.names.size(); ++i) {
            parameter(fit_.fmax, i, {"critical_path", fit_.fmax.names[i]}, name, 1e-9, "ns");
        }
        set({"spread", "clock"}, figure_text(fit_.implementation.spread.clock, 1, ""), "", name);
        source(name, "Fmax of the designs of dhm-designs, each alone on the device.", fit_.fmax,
               fit_.held_out.fmax, "");
    }

    void ranges() {
        const std::string name = "dhm-designs";
        const SeenRanges& seen = fit_.implementation.seen;
        for (const auto& [key, range] :
             {std::pair("taps", &seen.taps), std::pair("filters", &seen.filters),
              std::pair("weights", &seen.weights), std::pair("kernel", &seen.kernel),
              std::pair("width", &seen.width), std::pair("groups", &seen.groups)}) {
            if (*range) {
                set({"seen", key}, fmt::format("{} to {}", (*range)->least, (*range)->most), "", name);
            }
        }
        patch_.set_source(data_source(
            name, SourceKind::measured,
            fmt::format(
                "{} designs of {} shapes (channels, filters, kernel): 8-bit DHM convolutions with constant "
                "weights after Quartus Prime Pro 17.1 place and route.",
                fit_.designs, fit_.shapes),
            fit_.designs));
    }

    void clock() {
        const std::string name = "dhm-clock";
        set({"clock"}, figure_text(fit_.implementation.clock.value(), 1e6, "MHz"), "", name);
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
    }

    const FpgaFit& fit_;
    ModelPatch& patch_;
};

/// The comment lines that a text begins with, without their marks.
std::string leading_comment(const std::string& text) {
    std::istringstream lines(text);
    std::string comment;
    for (std::string line; std::getline(lines, line) && line.starts_with("#");) {
        comment += line.substr(line.starts_with("# ") ? 2 : 1) + "\n";
    }
    return comment;
}

}  // namespace

void apply(const FpgaFit& fit, ModelPatch& patch) { Patcher(fit, patch).run(); }

std::string calibrated_fpga_yaml(const std::string& base_file, const FpgaFit& fit) {
    FaultList faults;
    auto file = read_yaml_file(base_file, std::nullopt, faults);
    const auto model = file ? read_fpga_model(file->root, faults) : std::nullopt;
    faults.throw_if_any();
    const auto& known = model.value().model.implementations;
    if (std::none_of(known.begin(), known.end(),
                     [&](const Implementation& i) { return i.name == fit.implementation.name; })) {
        faults.add(file->root.place, "implementations",
                   fmt::format("there is no implementation {}", quote(fit.implementation.name)));
        faults.throw_if_any();
    }
    ModelPatch patch(std::move(file->root));
    apply(fit, patch);
    return patch.yaml(leading_comment(file->bytes));
}

}  // namespace cleave
