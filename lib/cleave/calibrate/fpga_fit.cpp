// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fpga_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

using Scale = FitParameter::Scale;

constexpr std::size_t kFewestDesigns = 40;
constexpr std::size_t kFewestShapes = 2 * kFpgaFolds;

/// A design's shape as the form sees it.
struct Design {
    const FpgaDesign* design = nullptr;
    std::string label;
    std::string shape;
    double filters = 0;
    double taps = 0;
    double tap_log = 0;
    double line_blocks = 0;
    std::int64_t line_bits = 0;
};

const Conv& conv_of(const FpgaDesign& design) {
    const auto* conv = std::get_if<Conv>(&design.work.op);
    if (conv == nullptr) {
        throw std::invalid_argument("an FPGA model is fitted to convolutions only");
    }
    return *conv;
}

std::string label_of(const FpgaDesign& design) {
    const Conv& conv = conv_of(design);
    const Shape& in = design.work.inputs.front();
    return fmt::format("{}x{}x{}, {} filters {}x{} ({})", in.channels, in.height, in.width, conv.filters,
                       conv.window.kernel_h, conv.window.kernel_w, design.name);
}

std::vector<Design> designs_of(const FpgaData& data, const Implementation& impl) {
    std::vector<Design> designs;
    for (const FpgaDesign& one : data.designs) {
        const Conv& conv = conv_of(one);
        const Shape& in = one.work.inputs.front();
        Design d;
        d.design = &one;
        d.label = label_of(one);
        d.shape =
            fmt::format("{},{},{}x{}", in.channels, conv.filters, conv.window.kernel_h, conv.window.kernel_w);
        d.filters = static_cast<double>(conv.filters);
        d.taps = static_cast<double>(in.channels / conv.groups * conv.window.taps());
        d.tap_log = d.taps * std::log2(d.taps);
        const auto ceil_div = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
        d.line_bits = impl.bits * in.channels;
        d.line_blocks = static_cast<double>(
            ceil_div(d.line_bits * (conv.window.extent_h() - 1), impl.streaming.m20k_word_bits) *
            ceil_div(in.width, impl.streaming.m20k_words));
        designs.push_back(std::move(d));
    }
    return designs;
}

/// One layer's use of the device, not rounded: logic with the lines that find no block, and blocks.
struct Use {
    double alm = 0;
    double m20k = 0;
    double spilled_long_lines = 0;
};

double filter_cost(const FilterCost& cost, const Design& d, double delayed_taps) {
    return cost.fixed + d.filters * (cost.per_tap * d.taps + cost.per_tap_log * d.tap_log +
                                     cost.per_delayed_tap * delayed_taps);
}

/// `long_alm` is the form's figure before it is rounded to whole ALMs.
Use use_of(const DhmFitted& form, double long_alm, const Design& d, double blocks) {
    const DelayDemand lines = form.lines(d.filters, d.taps);
    const double long_lines = lines.long_lines + d.line_blocks;
    const double all = lines.short_lines + lines.middle_lines + long_lines;
    const double spill = std::max(all - blocks, 0.0);
    const double short_spill = std::min(spill, lines.short_lines);
    const double middle_spill = std::min(spill - short_spill, lines.middle_lines);
    Use use;
    use.m20k = all - spill;
    use.spilled_long_lines = spill - short_spill - middle_spill;
    use.alm = filter_cost(form.alm, d, form.delayed_taps(d.taps)) +
              static_cast<double>(form.short_lines.alm) * short_spill +
              static_cast<double>(form.middle_lines.alm) * middle_spill + long_alm * use.spilled_long_lines;
    return use;
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

FilterCost filter_cost_of(std::span<const double> p) { return {p[0], p[1], p[2], p[3]}; }

void set_m20k(DhmFitted& form, std::span<const double> p) {
    form.delayed_share = p[0];
    form.undelayed_taps = p[1];
    form.m20k_fixed = p[2];
}

void set_alm(DhmFitted& form, std::span<const double> p) {
    form.alm = filter_cost_of(p);
    form.long_line_alm = std::llround(p[4]);
    form.middle_lines.most_taps = p[5];
}

/// Fits one figure after the other to some of the designs.
class Fitter {
public:
    Fitter(const Fpga& base, std::vector<Design> designs)
        : static_power_(base.static_power()),
          word_bits_(base.implementation().streaming.m20k_word_bits),
          blocks_(static_cast<double>(base.capacity().m20k)),
          designs_(std::move(designs)),
          impl_(base.implementation()) {
        form_ = std::get<DhmFitted>(impl_.form);
        long_alm_ = static_cast<double>(form_.long_line_alm);
    }

    std::pair<Implementation, Parts> run() {
        Parts parts;
        parts.m20k = fit_m20k();
        parts.alm = fit_alm();
        uses_.clear();
        for (const Design& d : designs_) {
            uses_.push_back(use_of(form_, long_alm_, d, blocks_));
        }
        parts.alut = fit_alut();
        parts.power = fit_power();
        parts.fmax = fit_fmax();
        impl_.form = form_;
        return {impl_, parts};
    }

private:
    /// A measured figure and the design's position.
    struct Row {
        std::size_t at;
        double measured;
    };

    template <class Figure>
    [[nodiscard]] std::vector<Row> rows_with(const char* what, Figure figure) const {
        std::vector<Row> rows;
        for (std::size_t i = 0; i < designs_.size(); ++i) {
            const std::optional<double> measured = figure(*designs_[i].design);
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

    /// Predictions are positive and so are measurements: relative errors.
    template <class Predict>
    static FpgaFitPart fit_rows(const std::vector<FitParameter>& parameters, const std::vector<Row>& rows,
                                double least_scale, const Predict& predict) {
        FitOptions options;
        options.robust_scale = 0.03;
        options.extra_starts = 4;
        FpgaFitPart part;
        for (const FitParameter& p : parameters) {
            part.names.push_back(p.name);
        }
        part.rows = rows.size();
        part.fit = fit(
            parameters, rows.size(),
            [&](std::span<const double> p, std::span<double> r) {
                const auto value = predict(p);
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    const double scale = std::max(rows[i].measured, least_scale);
                    r[i] = (value(rows[i].at) - rows[i].measured) / scale;
                }
            },
            options);
        return part;
    }

    FpgaFitPart fit_m20k() {
        // At the limit a count of blocks says nothing about how many more were wanted.
        const auto rows = rows_with("free M20K", [&](const FpgaDesign& d) -> std::optional<double> {
            return d.m20k && *d.m20k < blocks_ ? d.m20k : std::nullopt;
        });
        const std::vector<FitParameter> parameters{
            {"delayed_share", 0.9, 1, Scale::linear, 0.97},
            {"undelayed_taps", 3, 8, Scale::linear, 5.5},
            {"m20k_fixed", 0, 3, Scale::linear, 0.5},
        };
        FpgaFitPart part =
            fit_rows(parameters, rows, FpgaPredictions::kFewestBlocks, [&](std::span<const double> p) {
                DhmFitted form = form_;
                set_m20k(form, p);
                return [this, form](std::size_t i) {
                    return use_of(form, long_alm_, designs_[i], blocks_).m20k;
                };
            });
        set_m20k(form_, part.fit.parameters);
        return part;
    }

    FpgaFitPart fit_alm() {
        const auto rows = rows_with("ALM", [](const FpgaDesign& d) { return d.alm; });
        const std::vector<FitParameter> parameters{
            {"fixed", 0, 500, Scale::linear, 80},      {"per_tap", 0, 60, Scale::linear, 15},
            {"per_tap_log", 0, 6, Scale::linear, 1},   {"per_delayed_tap", 0, 40, Scale::linear, 6},
            {"long_alm", 30, 260, Scale::linear, 100}, {"middle_most_taps", 64, 96, Scale::linear, 76},
        };
        FpgaFitPart part = fit_rows(parameters, rows, 1, [&](std::span<const double> p) {
            DhmFitted form = form_;
            set_alm(form, p);
            return [this, form, long_alm = p[4]](std::size_t i) {
                return use_of(form, long_alm, designs_[i], blocks_).alm;
            };
        });
        set_alm(form_, part.fit.parameters);
        long_alm_ = static_cast<double>(form_.long_line_alm);
        return part;
    }

    FpgaFitPart fit_alut() {
        const auto rows = rows_with("ALUT", [](const FpgaDesign& d) { return d.alut; });
        const std::vector<FitParameter> parameters{
            {"fixed", 0, 1000, Scale::linear, 150},
            {"per_tap", 0, 120, Scale::linear, 28},
            {"per_tap_log", 0, 12, Scale::linear, 2},
            {"per_delayed_tap", 0, 80, Scale::linear, 15},
            {"per_spilled_long_line", -200, 200, Scale::linear, 0},
        };
        FpgaFitPart part = fit_rows(parameters, rows, 1, [&](std::span<const double> p) {
            return [this, cost = filter_cost_of(p), each = p[4]](std::size_t i) {
                return filter_cost(cost, designs_[i], form_.delayed_taps(designs_[i].taps)) +
                       each * uses_[i].spilled_long_lines;
            };
        });
        form_.alut = filter_cost_of(part.fit.parameters);
        form_.alut_per_spilled_long_line = part.fit.parameters[4];
        return part;
    }

    /// Fitted in watts, microwatts and milliwatts, figures of like size.
    FpgaFitPart fit_power() {
        const auto rows = rows_with("power", [](const FpgaDesign& d) {
            return d.power ? std::optional(d.power->value()) : std::nullopt;
        });
        const std::vector<FitParameter> parameters{
            {"base", 0, 5, Scale::linear, 0.4},
            {"per_alm", 0, 50, Scale::linear, 6},
            {"per_m20k", 0, 10, Scale::linear, 0.3},
        };
        FpgaFitPart part = fit_rows(parameters, rows, 1e-6, [&](std::span<const double> p) {
            return [this, base = p[0] + static_power_.value(), per_alm = p[1] * 1e-6, per_m20k = p[2] * 1e-3](
                       std::size_t i) { return base + per_alm * uses_[i].alm + per_m20k * uses_[i].m20k; };
        });
        rescale(part, {1, 1e-6, 1e-3});
        const std::vector<double>& p = part.fit.parameters;
        impl_.power = {Watts(p[0]), Watts(p[1]), Watts(p[2])};
        return part;
    }

    /// Fitted in nanoseconds.
    FpgaFitPart fit_fmax() {
        const auto rows = rows_with("Fmax", [](const FpgaDesign& d) {
            return d.fmax ? std::optional(d.fmax->value() * 1e-9) : std::nullopt;
        });
        const std::vector<FitParameter> parameters{
            {"fixed", 0.5, 50, Scale::linear, 10},
            {"per_fanout", 0, 50, Scale::linear, 5},
            {"wide_line", 0, 10, Scale::linear, 1},
        };
        FpgaFitPart part = fit_rows(parameters, rows, 1e-6, [&](std::span<const double> p) {
            const CriticalPath path{Seconds(p[0]), Seconds(p[1]), Seconds(p[2])};
            return [this, path](std::size_t i) {
                return 1 / path.delay(designs_[i].filters, designs_[i].line_bits, word_bits_).value();
            };
        });
        rescale(part, {1e-9, 1e-9, 1e-9});
        const std::vector<double>& p = part.fit.parameters;
        form_.path = {Seconds(p[0]), Seconds(p[1]), Seconds(p[2])};
        return part;
    }

    static void rescale(FpgaFitPart& part, const std::vector<double>& scales) {
        const std::size_t n = scales.size();
        for (std::size_t i = 0; i < n; ++i) {
            part.fit.parameters[i] *= scales[i];
            part.fit.standard_errors[i] *= scales[i];
            for (std::size_t j = 0; j < n; ++j) {
                part.fit.covariance[i * n + j] *= scales[i] * scales[j];
            }
        }
    }

    Watts static_power_;
    std::int64_t word_bits_;
    double blocks_;
    std::vector<Design> designs_;
    Implementation impl_;
    DhmFitted form_;
    double long_alm_ = 0;
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
    const auto note = [](std::optional<SeenRange>& range, std::int64_t value) {
        range = range ? SeenRange{std::min(range->least, value), std::max(range->most, value)}
                      : SeenRange{value, value};
    };
    for (const Design& d : designs) {
        const Conv& conv = conv_of(*d.design);
        const auto taps = static_cast<std::int64_t>(d.taps);
        note(seen.taps, taps);
        note(seen.filters, conv.filters);
        note(seen.weights, conv.filters * taps);
        note(seen.kernel, conv.window.kernel_h);
        note(seen.kernel, conv.window.kernel_w);
        note(seen.width, d.design->work.inputs.front().width);
        note(seen.groups, conv.groups);
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

}  // namespace

FpgaFit fit_fpga(const FpgaData& data, const Fpga& base) {
    if (!std::holds_alternative<DhmFitted>(base.implementation().form)) {
        throw std::invalid_argument(
            fmt::format("implementation {} is not of the fitted form", base.implementation().name));
    }
    const std::vector<Design> designs = designs_of(data, base.implementation());
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
    auto [impl, parts] = Fitter(base, designs).run();
    impl.seen = seen_of(designs);
    impl.clock = median_clock(data);

    std::vector<Parts> fold_parts;
    for (const Fold& fold : make_folds(shapes, kFpgaFolds)) {
        auto [fold_impl, some_parts] = Fitter(base, some(designs, fold.inside)).run();
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

FpgaPredictions predict_fpga(const Fpga& fpga, const FpgaData& data) {
    FpgaPredictions all;
    const auto full = static_cast<double>(fpga.capacity().m20k);
    for (const FpgaDesign& d : data.designs) {
        const auto hardware = fpga.map(d.work);
        if (!hardware) {
            continue;
        }
        const std::string label = label_of(d);
        const Resources used = fpga.occupied(hardware->resources);
        if (d.alm) {
            all.alm.push_back({label, *d.alm, static_cast<double>(used.alm)});
        }
        if (const auto aluts = fpga.aluts(d.work); d.alut && aluts) {
            all.alut.push_back({label, *d.alut, *aluts});
        }
        if (d.m20k && *d.m20k >= FpgaPredictions::kFewestBlocks && *d.m20k < full) {
            all.m20k.push_back({label, *d.m20k, static_cast<double>(used.m20k)});
        }
        if (const auto fmax = fpga.fmax(d.work); d.fmax && fmax) {
            all.fmax.push_back({label, d.fmax->value(), fmax->value()});
        }
        if (d.power) {
            const Watts watts = fpga.static_power() + fpga.dynamic_power(hardware->resources);
            all.power.push_back({label, d.power->value(), watts.value()});
        }
    }
    return all;
}

}  // namespace cleave
