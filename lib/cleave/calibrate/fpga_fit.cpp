// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fpga_fit.hpp"

#include "cleave/calibrate/seen_ranges.hpp"
#include "cleave/cost/dhm_layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kFewestDesigns = 40;
constexpr std::size_t kFewestShapes = 2 * kFpgaFolds;

/// A design as the form sees it.
struct Design {
    const FpgaDesign* design = nullptr;
    std::string shape;
    double filters = 0;
    double taps = 0;
    double line_blocks = 0;
};

std::vector<Design> designs_of(const FpgaData& data, const Implementation& impl) {
    std::vector<Design> designs;
    for (const FpgaDesign& one : data.designs) {
        const Conv& conv = conv_of(one);
        const DhmLayer layer = dhm_layer(one.work, impl).value();
        Design d;
        d.design = &one;
        d.shape = fmt::format("{},{},{}x{}", one.work.inputs.front().channels, conv.filters,
                              conv.window.kernel_h, conv.window.kernel_w);
        d.filters = static_cast<double>(layer.filters->count);
        d.taps = static_cast<double>(layer.filters->taps);
        d.line_blocks = static_cast<double>(layer.line_blocks);
        designs.push_back(std::move(d));
    }
    return designs;
}

/// What is fitted, with figures as they are before they are rounded to whole ALMs.
struct Candidate {
    DhmFitted form;
    double long_line_alm = 0;
    FpgaPower power;
};

/// One figure of a part: how it is fitted, what a value of one means in SI units, and where it goes.
struct Figure {
    const char* name;
    double lower;
    double upper;
    double start;
    double unit;
    void (*set)(Candidate&, double si);
};

constexpr Figure kM20k[]{
    {"delayed_share", 0.9, 1, 0.97, 1, [](Candidate& c, double x) { c.form.delayed_share = x; }},
    {"undelayed_taps", 3, 8, 5.5, 1, [](Candidate& c, double x) { c.form.undelayed_taps = x; }},
    {"m20k_fixed", 0, 3, 0.5, 1, [](Candidate& c, double x) { c.form.m20k_fixed = x; }},
};
constexpr Figure kAlm[]{
    {"fixed", 0, 500, 80, 1, [](Candidate& c, double x) { c.form.alm.fixed = x; }},
    {"per_tap", 0, 60, 15, 1, [](Candidate& c, double x) { c.form.alm.per_tap = x; }},
    {"per_tap_log", 0, 6, 1, 1, [](Candidate& c, double x) { c.form.alm.per_tap_log = x; }},
    {"per_delayed_tap", 0, 40, 6, 1, [](Candidate& c, double x) { c.form.alm.per_delayed_tap = x; }},
    {"long_alm", 30, 260, 100, 1, [](Candidate& c, double x) { c.long_line_alm = x; }},
    {"middle_most_taps", 64, 96, 76, 1, [](Candidate& c, double x) { c.form.middle_lines.most_taps = x; }},
};
constexpr Figure kAlut[]{
    {"fixed", 0, 1000, 150, 1, [](Candidate& c, double x) { c.form.alut.fixed = x; }},
    {"per_tap", 0, 120, 28, 1, [](Candidate& c, double x) { c.form.alut.per_tap = x; }},
    {"per_tap_log", 0, 12, 2, 1, [](Candidate& c, double x) { c.form.alut.per_tap_log = x; }},
    {"per_delayed_tap", 0, 80, 15, 1, [](Candidate& c, double x) { c.form.alut.per_delayed_tap = x; }},
    {"per_spilled_long_line", -200, 200, 0, 1,
     [](Candidate& c, double x) { c.form.alut_per_spilled_long_line = x; }},
};
// In watts, microwatts and milliwatts, and in nanoseconds: figures of like size.
constexpr Figure kPower[]{
    {"base", 0, 5, 0.4, 1, [](Candidate& c, double x) { c.power.base = Watts(x); }},
    {"per_alm", 0, 50, 6, 1e-6, [](Candidate& c, double x) { c.power.per_alm = Watts(x); }},
    {"per_m20k", 0, 10, 0.3, 1e-3, [](Candidate& c, double x) { c.power.per_m20k = Watts(x); }},
};
constexpr Figure kFmax[]{
    {"fixed", 0.5, 50, 10, 1e-9, [](Candidate& c, double x) { c.form.path.fixed = Seconds(x); }},
    {"per_fanout", 0, 50, 5, 1e-9, [](Candidate& c, double x) { c.form.path.per_fanout = Seconds(x); }},
    {"wide_line", 0, 10, 1, 1e-9, [](Candidate& c, double x) { c.form.path.wide_line = Seconds(x); }},
};

/// One design's use of the device, not rounded: logic with the lines that find no block, and blocks.
struct Use {
    double alm = 0;
    double m20k = 0;
    double spilled_long_lines = 0;
};

Use use_of(const Candidate& candidate, const Design& d, double blocks) {
    const DhmFitted& form = candidate.form;
    ByDepth<double> lines = form.lines(d.filters, d.taps);
    lines.long_lines += d.line_blocks;
    const ByDepth<double> spilled = lines.beyond(blocks);
    const ByDepth<double> price{static_cast<double>(form.short_lines.alm),
                                static_cast<double>(form.middle_lines.alm), candidate.long_line_alm};
    return {form.filter_alm(d.filters, d.taps) + spilled.at(price), lines.all() - spilled.all(),
            spilled.long_lines};
}

struct Parts {
    FpgaFitPart m20k;
    FpgaFitPart alm;
    FpgaFitPart alut;
    FpgaFitPart power;
    FpgaFitPart fmax;
};

std::vector<FpgaFitPart*> list(Parts& parts) {
    return {&parts.m20k, &parts.alm, &parts.alut, &parts.power, &parts.fmax};
}

/// The implementation that is fitted.
const Implementation& only(const Fpga& base) {
    return base.implementation(base.implementations().front().number);
}

/// Fits one figure after the other to some of the designs.
class Fitter {
public:
    Fitter(const Fpga& base, const DhmFitted& form, std::vector<Design> designs)
        : static_power_(base.static_power()),
          blocks_(static_cast<double>(base.capacity().m20k)),
          designs_(std::move(designs)),
          impl_(only(base)),
          known_{form, static_cast<double>(form.long_line_alm), impl_.power} {}

    std::pair<Implementation, Parts> run() {
        Parts parts;
        parts.m20k = fit_m20k();
        parts.alm = fit_alm();
        known_.form.long_line_alm = std::llround(known_.long_line_alm);
        known_.long_line_alm = static_cast<double>(known_.form.long_line_alm);
        for (const Design& d : designs_) {
            uses_.push_back(use_of(known_, d, blocks_));
        }
        parts.alut = fit_alut();
        parts.power = fit_power();
        parts.fmax = fit_fmax();
        impl_.form = known_.form;
        impl_.power = known_.power;
        return {impl_, parts};
    }

private:
    /// A measured figure and the design's position.
    struct Row {
        std::size_t at;
        double measured;
    };

    template <class Measured>
    [[nodiscard]] std::vector<Row> rows_with(const char* what, Measured figure_of) const {
        std::vector<Row> rows;
        for (std::size_t i = 0; i < designs_.size(); ++i) {
            const std::optional<double> measured = figure_of(*designs_[i].design);
            if (measured) {
                rows.push_back({i, *measured});
            }
        }
        if (rows.size() < kFewestDesigns) {
            throw std::invalid_argument(
                fmt::format("{} designs with {} are too few to fit an FPGA: at least {} are needed",
                            rows.size(), what, kFewestDesigns));
        }
        return rows;
    }

    static Candidate with_values(Candidate candidate, std::span<const Figure> figures,
                                 std::span<const double> values) {
        for (std::size_t i = 0; i < figures.size(); ++i) {
            figures[i].set(candidate, figures[i].unit * values[i]);
        }
        return candidate;
    }

    /// Fits some figures and keeps them. Predictions are positive and so are measurements: relative errors.
    /// @param predict  the measured value of a design under a candidate
    template <class Predict>
    FpgaFitPart fit_part(std::span<const Figure> figures, const std::vector<Row>& rows, double least_scale,
                         const Predict& predict) {
        FitOptions options;
        options.robust_scale = 0.03;
        options.extra_starts = 4;
        FpgaFitPart part;
        std::vector<FitParameter> parameters;
        for (const Figure& f : figures) {
            parameters.push_back({f.name, f.lower, f.upper, FitParameter::Scale::linear, f.start});
            part.names.emplace_back(f.name);
        }
        part.rows = rows.size();
        part.fit = fit(
            parameters, rows.size(),
            [&](std::span<const double> p, std::span<double> r) {
                const Candidate candidate = with_values(known_, figures, p);
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    const double scale = std::max(rows[i].measured, least_scale);
                    r[i] = (predict(candidate, rows[i].at) - rows[i].measured) / scale;
                }
            },
            options);
        known_ = with_values(known_, figures, part.fit.parameters);
        for (std::size_t i = 0; i < figures.size(); ++i) {
            part.fit.parameters[i] *= figures[i].unit;
            part.fit.standard_errors[i] *= figures[i].unit;
            for (std::size_t j = 0; j < figures.size(); ++j) {
                part.fit.covariance[i * figures.size() + j] *= figures[i].unit * figures[j].unit;
            }
        }
        return part;
    }

    FpgaFitPart fit_m20k() {
        // At the limit a count of blocks says nothing about how many more were wanted.
        const auto rows = rows_with("free M20K", [&](const FpgaDesign& d) -> std::optional<double> {
            return d.m20k && *d.m20k < blocks_ ? d.m20k : std::nullopt;
        });
        return fit_part(kM20k, rows, FpgaPredictions::kFewestBlocks, [&](const Candidate& c, std::size_t i) {
            return use_of(c, designs_[i], blocks_).m20k;
        });
    }

    FpgaFitPart fit_alm() {
        const auto rows = rows_with("ALM", [](const FpgaDesign& d) { return d.alm; });
        return fit_part(kAlm, rows, 1, [&](const Candidate& c, std::size_t i) {
            return use_of(c, designs_[i], blocks_).alm;
        });
    }

    FpgaFitPart fit_alut() {
        const auto rows = rows_with("ALUT", [](const FpgaDesign& d) { return d.alut; });
        return fit_part(kAlut, rows, 1, [&](const Candidate& c, std::size_t i) {
            const Design& d = designs_[i];
            return c.form.filter_aluts(d.filters, d.taps, uses_[i].spilled_long_lines);
        });
    }

    FpgaFitPart fit_power() {
        const auto rows = rows_with("power", [](const FpgaDesign& d) {
            return d.power ? std::optional(d.power->value()) : std::nullopt;
        });
        return fit_part(kPower, rows, 1e-6, [&](const Candidate& c, std::size_t i) {
            return (static_power_ + c.power.base + c.power.per_alm * uses_[i].alm +
                    c.power.per_m20k * uses_[i].m20k)
                .value();
        });
    }

    FpgaFitPart fit_fmax() {
        const auto rows = rows_with("Fmax", [](const FpgaDesign& d) {
            return d.fmax ? std::optional(d.fmax->value()) : std::nullopt;
        });
        return fit_part(kFmax, rows, 1e3, [&](const Candidate& c, std::size_t i) {
            return c.form.fmax(designs_[i].design->work, impl_)->value();
        });
    }

    Watts static_power_;
    double blocks_;
    std::vector<Design> designs_;
    Implementation impl_;
    /// With what has been fitted so far.
    Candidate known_;
    std::vector<Use> uses_;
};

Fpga with(const Fpga& base, const Implementation& impl) {
    FpgaModel model = base.model();
    model.implementations = {impl};
    return {std::move(model), 0, impl.clock, base.capacity()};
}

template <class T>
std::vector<T> some(const std::vector<T>& all, const std::vector<std::size_t>& rows) {
    std::vector<T> part;
    for (const std::size_t row : rows) {
        part.push_back(all[row]);
    }
    return part;
}

void append(FpgaPredictions& all, const FpgaPredictions& more) {
    const auto add = [](std::vector<Prediction>& a, const std::vector<Prediction>& b) {
        a.insert(a.end(), b.begin(), b.end());
    };
    add(all.alm, more.alm);
    add(all.alut, more.alut);
    add(all.m20k, more.m20k);
    add(all.fmax, more.fmax);
    add(all.power, more.power);
}

/// Grouped jackknife: each of g fits leaves one fold out.
void jackknife(FpgaFitPart& part, const std::vector<FpgaFitPart>& folds) {
    const auto g = static_cast<double>(folds.size());
    for (std::size_t i = 0; i < part.names.size(); ++i) {
        double mean = 0;
        for (const FpgaFitPart& fold : folds) {
            mean += fold.fit.parameters[i] / g;
        }
        double squares = 0;
        for (const FpgaFitPart& fold : folds) {
            squares += (fold.fit.parameters[i] - mean) * (fold.fit.parameters[i] - mean);
        }
        part.fit.standard_errors[i] = std::sqrt((g - 1) / g * squares);
    }
}

SeenRanges seen_of(const std::vector<Design>& designs) {
    SeenRanges seen;
    for (const Design& d : designs) {
        const Conv& conv = conv_of(*d.design);
        const auto taps = static_cast<std::int64_t>(d.taps);
        const auto filters = static_cast<std::int64_t>(d.filters);
        widen(seen.taps, taps);
        widen(seen.filters, filters);
        widen(seen.weights, filters * taps);
        widen(seen.kernel, conv.window.kernel_h);
        widen(seen.kernel, conv.window.kernel_w);
        widen(seen.width, d.design->work.inputs.front().width);
        widen(seen.groups, conv.groups);
    }
    return seen;
}

/// Whole megahertz.
Hertz median_clock(const FpgaData& data) {
    std::vector<double> clocks;
    for (const FpgaDesign& d : data.designs) {
        if (d.fmax) {
            clocks.push_back(d.fmax->value());
        }
    }
    std::sort(clocks.begin(), clocks.end());
    const double median = (clocks[(clocks.size() - 1) / 2] + clocks[clocks.size() / 2]) / 2;
    return Hertz(std::max(std::round(median * 1e-6), 1.0) * 1e6);
}

/// The form whose figures a fit finds; null for forms that are not fitted to designs.
const DhmFitted* fittable(const Implementation& implementation) {
    return std::visit(Overloaded{
                          [](const DhmFitted& form) -> const DhmFitted* { return &form; },
                          [](const DhmCsd&) -> const DhmFitted* { return nullptr; },
                          [](const Folded&) -> const DhmFitted* { return nullptr; },
                      },
                      implementation.form);
}

}  // namespace

double FpgaFitPart::value(std::string_view name) const { return fit.parameters[position(name)]; }

double FpgaFitPart::standard_error(std::string_view name) const {
    return fit.standard_errors[position(name)];
}

std::size_t FpgaFitPart::position(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw std::logic_error("the fit has no such figure");
    }
    return static_cast<std::size_t>(found - names.begin());
}

bool can_fit(const Implementation& implementation) { return fittable(implementation) != nullptr; }

FpgaFit fit_fpga(const FpgaData& data, const Fpga& base) {
    const DhmFitted* form = fittable(only(base));
    if (form == nullptr) {
        throw std::invalid_argument(
            fmt::format("implementation {} is not of the fitted form", only(base).name));
    }
    const std::vector<Design> designs = designs_of(data, only(base));
    std::vector<std::string> shapes;
    for (const Design& d : designs) {
        shapes.push_back(d.shape);
    }
    const std::size_t different = std::set<std::string>(shapes.begin(), shapes.end()).size();
    if (different < kFewestShapes) {
        throw std::invalid_argument(
            fmt::format("designs of {} different shapes (channels, filters, kernel) are too few to fit an "
                        "FPGA: at least {} are needed",
                        different, kFewestShapes));
    }
    FpgaFit result;
    result.files = data.files;
    result.left_out = data.left_out;
    result.designs = designs.size();
    result.shapes = different;
    auto [impl, parts] = Fitter(base, *form, designs).run();
    impl.seen = seen_of(designs);
    impl.clock = median_clock(data);

    std::vector<Parts> fold_parts;
    for (const HoldOut& fold : make_folds(shapes, kFpgaFolds)) {
        auto [fold_impl, some_parts] = Fitter(base, *form, some(designs, fold.inside)).run();
        append(result.held_out,
               predict_fpga(with(base, fold_impl), {{}, some(data.designs, fold.outside), {}}));
        fold_parts.push_back(std::move(some_parts));
    }
    const std::vector<FpgaFitPart*> whole = list(parts);
    for (std::size_t k = 0; k < whole.size(); ++k) {
        std::vector<FpgaFitPart> across;
        for (Parts& p : fold_parts) {
            across.push_back(*list(p)[k]);
        }
        jackknife(*whole[k], across);
    }
    impl.spread.alm = spread(result.held_out.alm);
    impl.spread.m20k = spread(result.held_out.m20k);
    impl.spread.power = spread(result.held_out.power, base.static_power().value());
    impl.spread.clock = spread(result.held_out.fmax);
    result.in_sample = predict_fpga(with(base, impl), data);
    result.implementation = std::move(impl);
    result.m20k = std::move(parts.m20k);
    result.alm = std::move(parts.alm);
    result.alut = std::move(parts.alut);
    result.power = std::move(parts.power);
    result.fmax = std::move(parts.fmax);
    return result;
}

}  // namespace cleave
