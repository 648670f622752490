// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/read_summary.hpp"

#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace cleave {
namespace {

std::string fact_text(const Json& value) {
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Leaves of a JSON tree. A list of plain values is one fact.
void add_facts(const std::string& path, const Json& value, std::vector<Fact>& facts) {
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) {
            add_facts(path.empty() ? key : path + "." + key, member, facts);
        }
        return;
    }
    if (!value.is_array()) {
        facts.push_back({path, fact_text(value)});
        return;
    }
    std::string list;
    for (const Json& item : value) {
        list += (list.empty() ? "" : ", ") + fact_text(item);
    }
    facts.push_back({path, list});
}

std::optional<double> read_ratio(const JsonField& point, const std::string& key) {
    const auto field = point.require(key);
    return !field || field->value().is_null() ? std::nullopt : field->real();
}

SummaryPoint read_point(const JsonField& field) {
    SummaryPoint point;
    point.id = field.string("id");
    point.latency = Seconds(field.real("latency_s"));
    point.energy = Joules(field.real("energy_j"));
    point.latency_speedup = read_ratio(field, "latency_speedup");
    point.energy_gain = read_ratio(field, "energy_gain");
    point.link_bytes = field.integer("link_bytes", 0);
    if (const auto resources = field.require("resources")) {
        point.alm = resources->integer("alm", 0);
        point.dsp = resources->integer("dsp", 0);
        point.m20k = resources->integer("m20k", 0);
    }
    if (const auto interval = field.find("interval_s")) {
        point.interval = Seconds(interval->real().value_or(0));
    }
    return point;
}

void read_completeness(const JsonField& root, FrontSummary& front) {
    const auto field = root.require("completeness");
    const std::string name = field ? field->string().value_or("exact") : "exact";
    if (name == "epsilon") {
        front.completeness = Completeness::epsilon;
    } else if (name == "stopped") {
        front.completeness = Completeness::stopped;
    } else if (name != "exact") {
        field->fault("must be exact, epsilon or stopped");
    }
    if (name != "exact") {
        const auto gap = root.find("gap");
        front.gap = !gap || gap->value().is_null() ? std::nullopt : gap->real();
    }
}

void read_objectives(const JsonField& root, FrontSummary& front) {
    const auto objectives = root.require("objectives");
    if (!objectives) {
        return;
    }
    for (const JsonField& item : objectives->items()) {
        front.objectives.push_back(item.string().value_or(""));
    }
    const std::vector<std::string>& names = front.objectives;
    if (objectives->value().is_array() &&
        (names.size() < 2 || names[0] != "latency" || names[1] != "energy")) {
        objectives->fault("must begin with latency and energy");
    }
}

/// Checks the order and identifiers of the points, and finds the selected ones.
void read_points(const JsonField& root, FrontSummary& front) {
    const auto list = root.require("front");
    const std::vector<JsonField> fields = list ? list->items() : std::vector<JsonField>();
    const std::size_t before = root.faults().size();
    std::map<std::string, std::size_t> positions;
    for (const JsonField& field : fields) {
        front.points.push_back(read_point(field));
        const SummaryPoint& point = front.points.back();
        if (!positions.emplace(point.id, front.points.size() - 1).second) {
            field.fault(fmt::format("point '{}' occurs twice", point.id));
        }
    }
    if (root.faults().size() > before) {
        return;  // what is said about points that could not be read would be wrong
    }
    for (std::size_t i = 1; i < front.points.size(); ++i) {
        const SummaryPoint& a = front.points[i - 1];
        const SummaryPoint& b = front.points[i];
        if (std::tie(b.latency, b.energy) < std::tie(a.latency, a.energy)) {
            fields[i].fault("is out of order: points are sorted by latency, then energy");
        }
    }
    const auto selected = front.points.empty() ? root.find("selected") : root.require("selected");
    if (!selected) {
        return;
    }
    for (const auto& [key, position] :
         {std::pair("min_latency", &front.min_latency), std::pair("knee", &front.knee),
          std::pair("min_energy", &front.min_energy)}) {
        const auto field = selected->require(key);
        const auto id = field ? field->string() : std::nullopt;
        if (!id) {
            continue;
        }
        const auto found = positions.find(*id);
        if (found == positions.end()) {
            field->fault(fmt::format("there is no point '{}'", *id));
        } else {
            *position = found->second;
        }
    }
}

void read_facts(const JsonField& root, FrontSummary& front) {
    if (const auto tool = root.require("tool")) {
        front.facts.push_back({"tool.version", tool->string("version")});
    }
    for (const char* key : {"completeness", "gap", "epsilon", "design_points", "objectives"}) {
        if (const auto field = root.find(key)) {
            add_facts(key, field->value(), front.facts);
        }
    }
    if (const auto context = root.require("context")) {
        if (const auto network = context->require("network")) {
            front.network = network->string("name");
        }
        if (context->value().is_object()) {
            add_facts("", context->value(), front.facts);
        }
    }
}

}  // namespace

FrontSummary read_front_summary(std::string_view text) {
    const Json json = parse_json(text);
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    FrontSummary front;
    const auto version = root.require("schema_version");
    if (version && !version->integer(1, 1)) {
        throw FormatError(std::move(faults));  // of another format nothing else can be said
    }
    if (!json.is_object()) {
        throw FormatError(std::move(faults));
    }
    read_facts(root, front);
    read_completeness(root, front);
    read_objectives(root, front);
    if (const auto baseline = root.require("baseline")) {
        if (const auto gpu_only = baseline->require("gpu_only")) {
            front.baseline_latency = Seconds(gpu_only->real("latency_s"));
            front.baseline_energy = Joules(gpu_only->real("energy_j"));
        }
    }
    read_points(root, front);
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return front;
}

}  // namespace cleave
