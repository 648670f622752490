// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_details.hpp"

#include "cleave/text/json_reader.hpp"

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

Interval read_interval(const JsonField& point, const std::string& key) {
    Interval interval;
    if (const auto field = point.require(key)) {
        const std::vector<JsonField> ends = field->items();
        if (field->value().is_array() && ends.size() != 2) {
            field->fault("must have two numbers");
        } else if (ends.size() == 2) {
            const auto low = ends[0].real();
            const auto high = ends[1].real();
            interval = {low.value_or(0), high.value_or(0)};
            if (low && high && *low > *high) {
                field->fault("the first number must not be above the second");
            }
        }
    }
    return interval;
}

double read_share(const JsonField& point, const std::string& key) {
    const auto field = point.require(key);
    const double share = field ? field->real().value_or(0) : 0;
    if (share > 1) {
        field->fault("must be at most 1");
    }
    return share;
}

PointUncertainty read_uncertainty(const JsonField& field) {
    return {read_interval(field, "latency_s"),       read_interval(field, "energy_j"),
            read_interval(field, "latency_speedup"), read_interval(field, "energy_gain"),
            read_share(field, "feasible_share"),     read_share(field, "nondominated_share")};
}

void read_completeness(const JsonField& root, FrontDetails& details) {
    const auto field = root.require("completeness");
    const std::string name = field ? field->string().value_or("exact") : "exact";
    if (name == "epsilon") {
        details.completeness = Completeness::epsilon;
        details.gap = root.real("epsilon");
    } else if (name == "stopped") {
        details.completeness = Completeness::stopped;
        const auto gap = root.find("gap");
        if (gap && !gap->value().is_null()) {
            details.gap = gap->real();
        }
    } else if (name != "exact") {
        field->fault("must be exact, epsilon or stopped");
    }
}

void read_design_points(const JsonField& root, FrontDetails& details) {
    const auto field = root.require("design_points");
    const auto text = field ? field->string() : std::nullopt;
    if (!text) {
        return;
    }
    details.design_points = *text;
    if (text->empty() ||
        !std::all_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; })) {
        field->fault("must be a whole number in decimal digits");
    }
}

}  // namespace

FrontDetails read_front_details(std::string_view text) {
    const Json json = parse_json(text);
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    FrontDetails details;
    if (const auto tool = root.require("tool")) {
        details.tool_version = tool->string("version");
    }
    read_completeness(root, details);
    read_design_points(root, details);
    if (const auto uncertainty = root.find("uncertainty")) {
        details.draws = static_cast<std::size_t>(uncertainty->integer("draws", 1));
    }
    const auto points = root.require("front");
    for (const JsonField& point : points ? points->items() : std::vector<JsonField>{}) {
        if (const auto uncertainty = point.find("uncertainty")) {
            details.uncertainty[point.string("id")] = read_uncertainty(*uncertainty);
        }
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return details;
}

}  // namespace cleave
