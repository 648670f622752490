// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/any_model.hpp"
#include "cleave/io/model_json.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace cleave::cli {

int run_platform_list(const PlatformListOptions& options, const Session& session) {
    std::vector<config::AnyModel> models;
    for (const std::string& name : list_names(session, "cost_models")) {
        models.push_back(config::load_model(find_file(session, "cost_models", name)));
    }
    if (options.json) {
        std::vector<io::NamedSheet> sheets;
        for (const config::AnyModel& model : models) {
            sheets.push_back({model.kind, model.variants, model.sheet});
        }
        std::fputs(io::model_list_json(sheets).c_str(), stdout);
        return kDone;
    }
    Table table({{"model"}, {"kind"}, {"variants"}, {"description"}});
    for (const config::AnyModel& model : models) {
        table.add({model.sheet.name, model.kind, fmt::format("{}", fmt::join(model.variants, " ")),
                   model.sheet.description});
    }
    std::fputs(table.text().c_str(), stdout);
    return kDone;
}

int run_platform_show(const PlatformShowOptions& options, const Session& session) {
    const config::AnyModel model = config::load_model(find_file(session, "cost_models", options.model));
    if (options.json) {
        std::fputs(io::model_json({model.kind, model.variants, model.sheet}).c_str(), stdout);
        return kDone;
    }
    std::fputs(fmt::format("{} ({}): {}\n\n", model.sheet.name, model.kind, model.sheet.description).c_str(),
               stdout);
    Table figures({{"number"}, {"value", Table::Align::right}, {"source"}});
    for (const Figure& figure : model.sheet.figures) {
        figures.add({figure.path, figure.value, figure.source});
    }
    std::fputs((figures.text() + "\n").c_str(), stdout);
    Table sources({{"source"}, {"kind"}, {"what"}});
    for (const Source& source : model.sheet.sources) {
        std::string text = source.text;
        if (!source.data.empty()) {
            text += fmt::format(" [{}, {} rows", source.data, source.rows);
            text += source.holdout.empty() ? "]" : fmt::format("; hold-out: {}]", source.holdout);
        }
        sources.add({source.name, source_kind_name(source.kind), text});
    }
    std::fputs(sources.text().c_str(), stdout);
    return kDone;
}

}  // namespace cleave::cli
