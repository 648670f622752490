// SPDX-License-Identifier: Apache-2.0
#include "cleave/compare/write_comparison.hpp"
#include "cleave/text/json.hpp"
#include "cleave/text/version.hpp"
#include "cleave/units/percentile.hpp"

#include <optional>
#include <utility>

namespace cleave {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json point_json(const SummaryPoint& point) {
    Json json{{"id", point.id},
              {"latency_s", point.latency.value()},
              {"energy_j", point.energy.value()},
              {"latency_speedup", or_null(point.latency_speedup)},
              {"energy_gain", or_null(point.energy_gain)},
              {"resources", {{"alm", point.alm}, {"dsp", point.dsp}, {"m20k", point.m20k}}},
              {"link_bytes", point.link_bytes}};
    if (point.interval) {
        json["interval_s"] = point.interval->value();
    }
    return json;
}

Json front_json(const FrontSummary& front, const std::vector<Fate>& fates) {
    Json json{{"network", front.network},
              {"completeness", name_of(front.completeness)},
              {"gap", or_null(front.gap)},
              {"objectives", front.objectives},
              {"baseline",
               {{"latency_s", front.baseline_latency.value()}, {"energy_j", front.baseline_energy.value()}}}};
    if (!front.points.empty()) {
        json["selected"] = {{"min_latency", point_json(front.points[front.min_latency])},
                            {"knee", point_json(front.points[front.knee])},
                            {"min_energy", point_json(front.points[front.min_energy])}};
    }
    Json points = Json::array();
    for (std::size_t i = 0; i < front.points.size(); ++i) {
        points.push_back({{"id", front.points[i].id}, {"fate", name_of(fates[i])}});
    }
    json["points"] = std::move(points);
    return json;
}

Json matched_json(const ComparisonResult& result) {
    Json list = Json::array();
    for (const MatchedPoint& pair : result.comparison.matched) {
        const SummaryPoint& before = result.old_front.points[pair.old_point];
        Json json{{"old", before.id},
                  {"latency_s", before.latency.value()},
                  {"old_energy_j", before.energy.value()}};
        json["new"] = Json();
        json["new_energy_j"] = Json();
        if (pair.new_point) {
            const SummaryPoint& after = result.new_front.points[*pair.new_point];
            json["new"] = after.id;
            json["new_energy_j"] = after.energy.value();
        }
        json["energy_ratio"] = or_null(pair.energy_ratio);
        list.push_back(std::move(json));
    }
    return list;
}

Json summary_json(const Comparison& comparison) {
    const std::vector<double> ratios = comparison.energy_ratios();
    const auto at = [&](double share) { return ratios.empty() ? Json() : Json(percentile(ratios, share)); };
    return {{"worst_energy_ratio", at(1)},
            {"median_energy_ratio", at(0.5)},
            {"best_energy_ratio", at(0)},
            {"missing", comparison.unmatched()}};
}

}  // namespace

bool fails(const Judged& judged) { return !judged.actual || judged.holds(); }

std::string comparison_json(const ComparisonResult& result) {
    const Comparison& comparison = result.comparison;
    Json counts = Json::object();
    for (const Fate fate : {Fate::kept, Fate::improved, Fate::lost, Fate::gained, Fate::dominated}) {
        counts[name_of(fate)] = comparison.count(fate);
    }
    Json changes = Json::array();
    for (const Change& change : comparison.changes) {
        changes.push_back(
            {{"path", change.path}, {"old", or_null(change.old_value)}, {"new", or_null(change.new_value)}});
    }
    Json conditions = Json::array();
    for (const Judged& judged : result.judged) {
        conditions.push_back({{"condition", judged.condition.text},
                              {"metric", judged.condition.metric.name},
                              {"actual", or_null(judged.actual)},
                              {"failed", fails(judged)}});
    }
    return json_text({{"schema_version", 1},
                      {"tool", {{"name", "cleave"}, {"version", version()}}},
                      {"warnings", comparison.warnings},
                      {"hypervolume",
                       {{"ratio", or_null(comparison.volume_ratio)},
                        {"old", comparison.old_volume},
                        {"new", comparison.new_volume},
                        {"reference",
                         {{"latency_s", comparison.reference.latency.value()},
                          {"energy_j", comparison.reference.energy.value()}}}}},
                      {"points", std::move(counts)},
                      {"matched", summary_json(comparison)},
                      {"conditions", std::move(conditions)},
                      {"changes", std::move(changes)},
                      {"old", front_json(result.old_front, comparison.old_fates)},
                      {"new", front_json(result.new_front, comparison.new_fates)},
                      {"matched_points", matched_json(result)}});
}

}  // namespace cleave
