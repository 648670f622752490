// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/read_summary.hpp"

#include "cleave/text/fields.hpp"

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

std::string fact_text(const Node& value) { return value.kind == NodeKind::null ? "null" : value.text; }

bool is_plain(const Node& value) { return value.kind == NodeKind::null || value.kind == NodeKind::scalar; }

/// Leaves of a tree. A list of plain values is one fact.
void add_facts(const std::string& path, const Node& value, std::vector<Fact>& facts) {
    if (is_plain(value)) {
        facts.push_back({path, fact_text(value)});
    } else if (value.kind == NodeKind::map) {
        for (std::size_t i = 0; i < value.keys.size(); ++i) {
            const std::string& key = value.keys[i].text;
            add_facts(path.empty() ? key : path + "." + key, value.children[i], facts);
        }
    } else if (std::all_of(value.children.begin(), value.children.end(), is_plain)) {
        std::string list;
        for (const Node& item : value.children) {
            list += (list.empty() ? "" : ", ") + fact_text(item);
        }
        facts.push_back({path, list});
    } else {
        for (std::size_t i = 0; i < value.children.size(); ++i) {
            add_facts(fmt::format("{}[{}]", path, i), value.children[i], facts);
        }
    }
}

std::optional<double> read_ratio(Fields& point, const std::string& key) {
    const auto field = point.require(key);
    return !field || field->is(NodeKind::null) ? std::nullopt : field->real({0});
}

SummaryPoint read_point(const Field& item) {
    Fields fields(item, OtherKeys::allowed);
    SummaryPoint point;
    point.id = fields.text("id");
    point.latency = Seconds(fields.real("latency_s", {0}));
    point.energy = Joules(fields.real("energy_j", {0}));
    point.latency_speedup = read_ratio(fields, "latency_speedup");
    point.energy_gain = read_ratio(fields, "energy_gain");
    point.link_bytes = fields.integer("link_bytes", {0});
    if (const auto found = fields.require("resources")) {
        Fields resources(*found, OtherKeys::allowed);
        point.alm = resources.integer("alm", {0});
        point.dsp = resources.integer("dsp", {0});
        point.m20k = resources.integer("m20k", {0});
    }
    if (const auto interval = fields.find("interval_s")) {
        point.interval = Seconds(interval->real({0}).value_or(0));
    }
    return point;
}

void read_completeness(Fields& root, FrontSummary& front) {
    const auto field = root.require("completeness");
    const std::string name = field ? field->text().value_or("exact") : "exact";
    if (name == "epsilon") {
        front.completeness = Completeness::epsilon;
    } else if (name == "stopped") {
        front.completeness = Completeness::stopped;
    } else if (name != "exact") {
        field->fault("must be exact, epsilon or stopped");
    }
    if (name != "exact") {
        const auto gap = root.find("gap");
        front.gap = !gap || gap->is(NodeKind::null) ? std::nullopt : gap->real({0});
    }
}

void read_objectives(Fields& root, FrontSummary& front) {
    const auto objectives = root.require("objectives");
    if (!objectives) {
        return;
    }
    for (const Field& item : objectives->items("objectives")) {
        front.objectives.push_back(item.text().value_or(""));
    }
    const std::vector<std::string>& names = front.objectives;
    if (objectives->is(NodeKind::sequence) &&
        (names.size() < 2 || names[0] != "latency" || names[1] != "energy")) {
        objectives->fault("must begin with latency and energy");
    }
}

/// Checks the order and identifiers of the points, and finds the selected ones.
void read_points(Fields& root, FrontSummary& front) {
    const auto list = root.require("front");
    const std::vector<Field> fields = list ? list->items("points") : std::vector<Field>();
    const FaultList& faults = root.self().faults();
    const std::size_t before = faults.size();
    std::map<std::string, std::size_t> positions;
    for (const Field& field : fields) {
        front.points.push_back(read_point(field));
        const SummaryPoint& point = front.points.back();
        if (!positions.emplace(point.id, front.points.size() - 1).second) {
            field.fault(fmt::format("point '{}' occurs twice", point.id));
        }
    }
    if (faults.size() > before) {
        return;  // what is said about points that could not be read would be wrong
    }
    for (std::size_t i = 1; i < front.points.size(); ++i) {
        const SummaryPoint& a = front.points[i - 1];
        const SummaryPoint& b = front.points[i];
        if (std::tie(b.latency, b.energy) < std::tie(a.latency, a.energy)) {
            fields[i].fault("is out of order: points are sorted by latency, then energy");
        }
    }
    const auto found = front.points.empty() ? root.find("selected") : root.require("selected");
    if (!found) {
        return;
    }
    Fields selected(*found, OtherKeys::allowed);
    for (const auto& [key, position] :
         {std::pair("min_latency", &front.min_latency), std::pair("knee", &front.knee),
          std::pair("min_energy", &front.min_energy)}) {
        const auto field = selected.require(key);
        const auto id = field ? field->text() : std::nullopt;
        if (!id) {
            continue;
        }
        const auto at = positions.find(*id);
        if (at == positions.end()) {
            field->fault(fmt::format("there is no point '{}'", *id));
        } else {
            *position = at->second;
        }
    }
}

void read_facts(Fields& root, FrontSummary& front) {
    if (const auto tool = root.require("tool")) {
        front.facts.push_back({"tool.version", Fields(*tool, OtherKeys::allowed).text("version")});
    }
    for (const char* key : {"completeness", "gap", "epsilon", "design_points", "objectives"}) {
        if (const auto field = root.find(key)) {
            add_facts(key, field->node(), front.facts);
        }
    }
    if (const auto found = root.require("context")) {
        Fields context(*found, OtherKeys::allowed);
        if (const auto network = context.require("network")) {
            front.network = Fields(*network, OtherKeys::allowed).text("name");
        }
        if (found->is(NodeKind::map)) {
            add_facts("", found->node(), front.facts);
        }
    }
}

}  // namespace

std::optional<FrontSummary> read_front_summary(const Node& document, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields root(document, faults, OtherKeys::allowed);
    FrontSummary front;
    if (!check_version(root, "schema_version")) {
        return std::nullopt;  // of another format nothing else can be said
    }
    read_facts(root, front);
    read_completeness(root, front);
    read_objectives(root, front);
    if (const auto found = root.require("baseline")) {
        Fields baseline(*found, OtherKeys::allowed);
        if (const auto gpu_only = baseline.require("gpu_only")) {
            Fields gpu(*gpu_only, OtherKeys::allowed);
            front.baseline_latency = Seconds(gpu.real("latency_s", {0}));
            front.baseline_energy = Joules(gpu.real("energy_j", {0}));
        }
    }
    read_points(root, front);
    return faults.size() == before ? std::optional(std::move(front)) : std::nullopt;
}

}  // namespace cleave
