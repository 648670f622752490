// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_json.hpp"

#include "cleave/text/json.hpp"

namespace cleave {
namespace {

void add_text(Json& json, const char* key, const std::string& value) {
    if (!value.empty()) {
        json[key] = value;
    }
}

Json head(const NamedSheet& model) {
    return {{"name", model.sheet.name},
            {"kind", model.kind},
            {"description", model.sheet.description},
            {"variants", model.variants},
            {"sha256", model.sheet.sha256}};
}

}  // namespace

std::string model_json(const NamedSheet& model) {
    Json json = head(model);
    json["figures"] = Json::array();
    for (const Figure& figure : model.sheet.figures) {
        Json entry{{"path", figure.path}, {"value", figure.value}};
        add_text(entry, "standard_error", figure.standard_error);
        entry["source"] = figure.source;
        json["figures"].push_back(std::move(entry));
    }
    json["sources"] = Json::array();
    for (const Source& source : model.sheet.sources) {
        Json entry{{"name", source.name}, {"kind", name_of(source.kind)}, {"text", source.text}};
        add_text(entry, "data", source.data);
        add_text(entry, "sha256", source.sha256);
        add_text(entry, "rows", source.rows);
        add_text(entry, "holdout", source.holdout);
        add_text(entry, "left_out", source.left_out);
        add_text(entry, "worst", source.worst);
        add_text(entry, "correlation", source.correlation);
        json["sources"].push_back(std::move(entry));
    }
    return json_text(json);
}

std::string model_list_json(const std::vector<NamedSheet>& models) {
    Json list = Json::array();
    for (const NamedSheet& model : models) {
        list.push_back(head(model));
    }
    return json_text(list);
}

}  // namespace cleave
