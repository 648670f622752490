// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/any_model.hpp"
#include "cleave/models/write_json.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace cleave::cli {

int run_platform_list(const PlatformListOptions& options, const Session& session) {
    std::vector<AnyModel> models;
    for (const std::string& name : list_names(session, "cost_models")) {
        models.push_back(load_model(find_file(session, "cost_models", name)));
    }
    if (options.json) {
        std::vector<NamedSheet> sheets;
        for (const AnyModel& model : models) {
            sheets.push_back({model.kind, model.variants, model.sheet});
        }
        std::fputs(model_list_json(sheets).c_str(), stdout);
        return kDone;
    }
    for (const AnyModel& model : models) {
        const std::string variants =
            model.variants.empty() ? "" : fmt::format(": {}", fmt::join(model.variants, ", "));
        std::fputs(fmt::format("{} ({}{})\n{}", model.sheet.name, model.kind, variants,
                               wrap(model.sheet.description, 4))
                       .c_str(),
                   stdout);
    }
    return kDone;
}

namespace {

/// False for a fitted number that its data leave open: one without a standard error, or off by more than
/// half.
bool is_identified(const Figure& figure) {
    if (figure.standard_error.empty()) {
        return true;
    }
    char* end = nullptr;
    const double error = std::strtod(figure.standard_error.c_str(), &end);
    return end != figure.standard_error.c_str() &&
           error < 0.5 * std::abs(std::strtod(figure.value.c_str(), nullptr));
}

}  // namespace

int run_platform_show(const PlatformShowOptions& options, const Session& session) {
    const AnyModel model = load_model(find_file(session, "cost_models", options.model));
    if (options.json) {
        std::fputs(model_json({model.kind, model.variants, model.sheet}).c_str(), stdout);
        return kDone;
    }
    std::fputs(
        fmt::format("{} ({})\n{}\n", model.sheet.name, model.kind, wrap(model.sheet.description, 4)).c_str(),
        stdout);
    Table figures({{"number"}, {"value", Table::Align::right}, {"source"}, {""}});
    for (const Figure& figure : model.sheet.figures) {
        figures.add({figure.path, figure.value, figure.source, is_identified(figure) ? "" : "not identified"},
                    {Tone::plain, Tone::plain, Tone::plain, Tone::caution});
    }
    std::fputs((figures.text(session.out) + "\n").c_str(), stdout);
    for (const Source& source : model.sheet.sources) {
        std::string text = source.text;
        if (!source.data.empty()) {
            text += fmt::format(" [{}, {} rows", source.data, source.rows);
            text += source.holdout.empty() ? "]" : fmt::format("; hold-out: {}]", source.holdout);
        }
        std::fputs(fmt::format("{} ({})\n{}", source.name, name_of(source.kind), wrap(text, 4)).c_str(),
                   stdout);
    }
    return kDone;
}

}  // namespace cleave::cli
