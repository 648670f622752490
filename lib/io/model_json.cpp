// SPDX-License-Identifier: Apache-2.0
#include "cleave/io/model_json.hpp"

#include <nlohmann/json.hpp>

namespace cleave::io {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

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
        json["figures"].push_back(
            {{"path", figure.path}, {"value", figure.value}, {"source", figure.source}});
    }
    json["sources"] = Json::array();
    for (const Source& source : model.sheet.sources) {
        Json entry{{"name", source.name}, {"kind", source_kind_name(source.kind)}, {"text", source.text}};
        const auto add = [&](const char* key, const std::string& value) {
            if (!value.empty()) {
                entry[key] = value;
            }
        };
        add("data", source.data);
        add("sha256", source.sha256);
        add("rows", source.rows);
        add("holdout", source.holdout);
        json["sources"].push_back(std::move(entry));
    }
    return dump(json);
}

std::string model_list_json(const std::vector<NamedSheet>& models) {
    Json list = Json::array();
    for (const NamedSheet& model : models) {
        list.push_back(head(model));
    }
    return dump(list);
}

}  // namespace cleave::io
