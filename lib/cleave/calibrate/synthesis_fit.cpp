// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/synthesis_fit.hpp"

#include "cleave/calibrate/seen_ranges.hpp"
#include "cleave/network/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kFewestModuleShapes = 3 * kSynthesisFolds;

using Modules = std::vector<const SynthesisedModule*>;
using Kinds = std::set<ModuleKind>;

/// Figures of a form F, and how they are fitted: to the modules of some kinds, so that `predict` comes near
/// to `measured`, relative to their ALM.
template <class F>
struct Target {
    const char* map;
    const char* what;
    Kinds kinds;
    std::vector<std::pair<const char*, std::function<void(F&, double)>>> figures;
    std::function<double(const F&, const SynthesisedModule&)> predict;
    double (*measured)(const SynthesisedModule&);
    /// ALM of one.
    double unit;
};

template <class F, class Figures>
auto figures_of(Figures F::*part, std::span<const std::pair<const char*, double Figures::*>> keys,
                const std::set<std::string>& wanted = {}) {
    std::vector<std::pair<const char*, std::function<void(F&, double)>>> figures;
    for (const auto& key : keys) {
        if (wanted.empty() || wanted.count(key.first) > 0) {
            figures.emplace_back(key.first, [part, member = key.second](F& form, double value) {
                form.*part.*member = value;
            });
        }
    }
    return figures;
}

double tables_of(const SynthesisedModule& m) { return m.tables; }
double registers_of(const SynthesisedModule& m) { return m.registers; }
double logic_of(const SynthesisedModule& m) { return m.alm - m.memory_alm; }

Folded::Parts parts_of(const Folded& form, const SynthesisedModule& m, const CommonFigures& common) {
    const auto parts = form.parts(m.work, m.fold.value(), common);
    if (!parts) {
        throw std::invalid_argument(fmt::format("{} has no such fold", m.name));
    }
    return *parts;
}

/// The whole of a module by a form.
double predicted_alm(const Folded& form, const SynthesisedModule& m, const CommonFigures& common) {
    return m.kind == ModuleKind::gather || m.kind == ModuleKind::deal
               ? form.converter_alm(m.fold->simd, m.fold->pe)
               : parts_of(form, m, common).all();
}

std::vector<Target<Folded>> targets(const Folded& /*form*/, const CommonFigures& common) {
    using enum ModuleKind;
    const auto part = [common](double Folded::Parts::*which) {
        return [common, which](const Folded& form, const SynthesisedModule& m) {
            return parts_of(form, m, common).*which;
        };
    };
    const auto alm = [](const std::set<std::string>& names) {
        return figures_of<Folded, FoldedAlm>(&Folded::alm, kFoldedAlm, names);
    };
    return {
        {"tables",
         "tables of convolutions",
         {conv},
         figures_of<Folded, FoldedLogic>(&Folded::tables, kFoldedLogic),
         part(&Folded::Parts::tables),
         tables_of,
         1},
        {"registers",
         "registers of convolutions",
         {conv},
         figures_of<Folded, FoldedLogic>(&Folded::registers, kFoldedLogic),
         part(&Folded::Parts::registers),
         registers_of,
         0.25},
        {"alm",
         "pools and means",
         {max_pool, average_pool, mean},
         alm({"pool_fixed", "per_max", "per_mean", "division", "mean_fixed", "per_mean_bit"}),
         part(&Folded::Parts::alm),
         logic_of,
         1},
        {"alm",
         "what only streams",
         {relu, add, concat, slice, shuffle},
         alm({"stream_fixed", "per_clamp", "per_add", "concat_map", "per_concat", "per_shuffle"}),
         part(&Folded::Parts::alm),
         logic_of,
         1},
        {"alm",
         "converters of width",
         {gather, deal},
         alm({"per_gathered_byte", "per_dealt_byte"}),
         [common](const Folded& form, const SynthesisedModule& m) { return predicted_alm(form, m, common); },
         logic_of,
         1},
    };
}

DhmCsd::Parts parts_of(const DhmCsd& form, const SynthesisedModule& m, const CommonFigures& common) {
    const auto parts = form.parts(m.work, common, m.logic);
    if (!parts) {
        throw std::invalid_argument(fmt::format("{} has no direct mapping", m.name));
    }
    return *parts;
}

/// Memory that is not part of a figure: all but that of queues.
double own_memory(const SynthesisedModule& m) { return m.kind == ModuleKind::concat ? 0 : m.memory_alm; }

double with_queues(const SynthesisedModule& m) { return m.alm - own_memory(m); }

double predicted_alm(const DhmCsd& form, const SynthesisedModule& m, const CommonFigures& common) {
    return parts_of(form, m, common).all() + own_memory(m);
}

std::vector<Target<DhmCsd>> targets(const DhmCsd& /*form*/, const CommonFigures& common) {
    using enum ModuleKind;
    return {
        {"tables",
         "tables of convolutions",
         {conv},
         figures_of<DhmCsd, CsdFigures>(&DhmCsd::tables, kCsdFigures),
         [common](const DhmCsd& form, const SynthesisedModule& m) {
             return parts_of(form, m, common).tables;
         },
         tables_of,
         1},
        {"registers",
         "registers of convolutions",
         {conv},
         figures_of<DhmCsd, CsdFigures>(&DhmCsd::registers, kCsdFigures),
         [common](const DhmCsd& form, const SynthesisedModule& m) {
             return parts_of(form, m, common).registers;
         },
         registers_of,
         0.25},
        {"alm",
         "layers without weights",
         {max_pool, average_pool, mean, relu, add, concat},
         figures_of<DhmCsd, CsdAlm>(&DhmCsd::alm, kCsdAlm),
         [common](const DhmCsd& form, const SynthesisedModule& m) { return parts_of(form, m, common).all(); },
         with_queues,
         1},
    };
}

/// Fits one part after the other to some of the modules.
template <class F>
std::pair<F, std::vector<SynthesisPart>> fitted(F form, const CommonFigures& common, const Modules& modules) {
    std::vector<SynthesisPart> parts;
    for (const Target<F>& target : targets(form, common)) {
        Modules rows;
        for (const SynthesisedModule* m : modules) {
            if (target.kinds.count(m->kind) > 0) {
                rows.push_back(m);
            }
        }
        if (rows.size() < 2 * target.figures.size()) {
            throw std::invalid_argument(
                fmt::format("{} modules are too few to fit {}: at least {} are needed", rows.size(),
                            target.what, 2 * target.figures.size()));
        }
        SynthesisPart part{target.map, target.what, {}, {}, rows.size()};
        // A prediction is linear in the figures: what each contributes is asked once.
        const auto with = [&](std::span<const double> values) {
            F candidate = form;
            for (std::size_t k = 0; k < values.size(); ++k) {
                target.figures[k].second(candidate, values[k]);
            }
            return candidate;
        };
        const std::size_t count = target.figures.size();
        std::vector<double> values(count, 0.0);
        const F none = with(values);
        std::vector<double> constant;
        std::vector<double> slopes;
        for (const SynthesisedModule* m : rows) {
            constant.push_back(target.predict(none, *m));
        }
        std::vector<FitParameter> parameters;
        for (std::size_t k = 0; k < count; ++k) {
            values.assign(count, 0.0);
            values[k] = 1;
            const F one = with(values);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                slopes.push_back(target.predict(one, *rows[i]) - constant[i]);
            }
            part.names.emplace_back(target.figures[k].first);
            parameters.push_back({target.figures[k].first, 0, 1e4, FitParameter::Scale::linear, 1});
        }
        part.fit = fit(parameters, rows.size(), [&](std::span<const double> p, std::span<double> residuals) {
            for (std::size_t i = 0; i < rows.size(); ++i) {
                double predicted = constant[i];
                for (std::size_t k = 0; k < count; ++k) {
                    predicted += p[k] * slopes[k * rows.size() + i];
                }
                residuals[i] = (predicted - target.measured(*rows[i])) * target.unit / rows[i]->alm;
            }
        });
        form = with(part.fit.parameters);
        parts.push_back(std::move(part));
    }
    return {form, parts};
}

void note(BlockAgreement& blocks, std::int64_t predicted, std::int64_t measured) {
    ++blocks.rows;
    blocks.equal += predicted == measured ? 1 : 0;
    blocks.within_one += std::abs(predicted - measured) <= 1 ? 1 : 0;
}

/// What convolutions were synthesised.
SeenRanges seen_of(const Modules& modules) {
    SeenRanges seen;
    for (const SynthesisedModule* m : modules) {
        const auto* conv = std::get_if<Conv>(&m->work.op);
        if (conv == nullptr) {
            continue;
        }
        widen(seen.kernel, conv->window.kernel_h);
        widen(seen.width, m->work.inputs.front().width);
        if (m->fold) {
            widen(m->fold->multipliers == Multipliers::dsp ? seen.dsp_multipliers : seen.logic_multipliers,
                  m->fold->products_per_clock(conv->window.kernel_h));
        } else {
            widen(seen.weights, filters_of(m->work.op, m->work.inputs.front())->weights());
        }
    }
    return seen;
}

template <class F>
SynthesisFit fit_form(const SynthesisData& data, const Implementation& base, const F& form) {
    Modules modules;
    std::vector<std::string> shapes;
    for (const SynthesisedModule& m : data.modules) {
        if (m.fold.has_value() == std::is_same_v<F, Folded>) {
            modules.push_back(&m);
            shapes.push_back(m.shape);
        }
    }
    SynthesisFit result;
    result.files = data.files;
    result.modules = modules.size();
    result.shapes = std::set<std::string>(shapes.begin(), shapes.end()).size();
    if (result.shapes < kFewestModuleShapes) {
        throw std::invalid_argument(fmt::format(
            "modules of {} different shapes are too few to fit implementation {}: at least {} are "
            "needed",
            result.shapes, base.name, kFewestModuleShapes));
    }
    auto [whole, parts] = fitted(form, base, modules);
    result.parts = std::move(parts);
    result.implementation = base;
    result.implementation.form = whole;
    result.implementation.seen = seen_of(modules);
    const auto prediction = [&](const F& by, const SynthesisedModule& m) {
        return Prediction{m.name, m.alm, predicted_alm(by, m, base)};
    };
    for (const SynthesisedModule* m : modules) {
        result.in_sample.push_back(prediction(whole, *m));
        result.by_base.push_back(prediction(form, *m));
        if (m->kind == ModuleKind::gather || m->kind == ModuleKind::deal || m->kind == ModuleKind::concat) {
            continue;  // has no memory of its own, or that of its queues
        }
        for (const LayerHardware& hw : whole.variants(m->work, base)) {
            if (hw.choice.fold == m->fold) {
                note(result.dsp, hw.resources.dsp, m->dsp);
                note(result.m20k, hw.resources.m20k, m->m20k);
            }
        }
    }
    for (const HoldOut& fold : make_folds(shapes, kSynthesisFolds)) {
        Modules inside;
        for (const std::size_t i : fold.inside) {
            inside.push_back(modules[i]);
        }
        const F others = fitted(form, base, inside).first;
        for (const std::size_t i : fold.outside) {
            result.held_out.push_back(prediction(others, *modules[i]));
            if (modules[i]->kind == ModuleKind::conv) {
                result.held_out_convolutions.push_back(result.held_out.back());
            }
        }
    }
    return result;
}

}  // namespace

bool is_generated(const Implementation& implementation) {
    return !std::holds_alternative<DhmFitted>(implementation.form);
}

SynthesisFit fit_synthesis(const SynthesisData& data, const Implementation& base) {
    return std::visit(
        Overloaded{
            [&](const DhmFitted&) -> SynthesisFit {
                throw std::invalid_argument(fmt::format(
                    "implementation {} is of a form that no circuits are generated for", base.name));
            },
            [&](const auto& form) { return fit_form(data, base, form); },
        },
        static_cast<const std::variant<DhmFitted, DhmCsd, Folded>&>(base.form));
}

}  // namespace cleave
