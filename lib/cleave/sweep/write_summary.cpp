// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/analysis.hpp"
#include "cleave/sweep/case_files.hpp"
#include "cleave/text/csv.hpp"
#include "cleave/text/json.hpp"
#include "cleave/text/version.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

std::string number(double value) { return Json(value).dump(); }

/// Columns of index.csv after the parameters.
constexpr const char* kHeader =
    "status,network_name,gpu_latency_s,gpu_energy_j,design_points,points,min_latency_s,latency_speedup,min_"
    "energy_"
    "j,"
    "energy_gain,knee_latency_s,knee_energy_j,knee_alm,knee_dsp,knee_m20k,knee_link_bytes,error";

std::string problem_fields(const CaseRecord& record) {
    if (!record.problem) {
        return ",,";
    }
    const CaseProblem& problem = *record.problem;
    return fmt::format("{},{},{}", csv_cell(problem.network), number(problem.gpu_latency_s),
                       number(problem.gpu_energy_j));
}

std::string front_fields(const CaseRecord& record) {
    if (!record.front) {
        return ",,,,,,,,,,,";
    }
    const CaseFront& front = *record.front;
    return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}", front.design_points, front.points,
                       number(front.min_latency.latency_s), number(record.speedup()),
                       number(front.min_energy.energy_j), number(record.energy_gain()),
                       number(front.knee.latency_s), number(front.knee.energy_j), front.knee.alm,
                       front.knee.dsp, front.knee.m20k, front.knee.link_bytes);
}

Json best_json(const std::vector<CaseRecord>& cases) {
    Json list = Json::array();
    for (const BestCase& best : best_cases(cases)) {
        list.push_back({{"network", best.network},
                        {"objective", name_of(best.objective)},
                        {"value", best.value},
                        {"case", cases[best.index].name}});
    }
    return list;
}

Json platforms_json(const std::vector<CaseRecord>& cases) {
    Json list = Json::array();
    for (const BestPlatform& best : best_platforms(cases)) {
        list.push_back(
            {{"objective", name_of(best.objective)}, {"mean", best.value}, {"platform", best.platform}});
    }
    return list;
}

Json sensitivity_json(const std::vector<CaseRecord>& cases) {
    Json list = Json::array();
    for (const LinkSensitivity& one : link_sensitivity(cases)) {
        for (std::size_t s = 0; s < one.settings.size(); ++s) {
            Json points = Json::array();
            for (std::size_t b = 0; b < one.bandwidths.size(); ++b) {
                if (const std::optional<Gains>& cell = one.gains[b][s]) {
                    points.push_back({{"bandwidth_b_per_s", one.bandwidths[b]},
                                      {"latency_speedup", cell->speedup},
                                      {"energy_gain", cell->energy_gain}});
                }
            }
            list.push_back(
                {{"network", one.network}, {"setting", one.settings[s]}, {"points", std::move(points)}});
        }
    }
    return list;
}

Json effects_json(const std::vector<CaseRecord>& cases) {
    Json list = Json::array();
    for (const ParameterEffect& effect : parameter_effects(cases)) {
        list.push_back({{"parameter", effect.key},
                        {"value", effect.value},
                        {"cases", effect.cases},
                        {"mean_latency_speedup", effect.mean.speedup},
                        {"mean_energy_gain", effect.mean.energy_gain}});
    }
    return list;
}

}  // namespace

std::string index_csv(const std::vector<CaseRecord>& cases) {
    const std::vector<std::string> keys = parameter_keys(cases);
    std::string text = "case,";
    for (const std::string& key : keys) {
        text += csv_cell(key) + ",";
    }
    text += std::string(kHeader) + "\n";
    for (const CaseRecord& record : cases) {
        text += csv_cell(record.name);
        for (const std::string& key : keys) {
            text += "," + csv_cell(record.parameter(key));
        }
        std::string error = record.error;
        std::replace(error.begin(), error.end(), '\n', ' ');
        text += fmt::format(",{},{},{},{}\n", name_of(record.status), problem_fields(record),
                            front_fields(record), csv_cell(error));
    }
    return text;
}

std::string summary_json(const SweepListing& listing, const std::vector<CaseRecord>& cases) {
    Json counts = Json::object();
    for (const auto& [status, name] : names_of(CaseStatus{})) {
        counts[std::string(name)] = std::count_if(
            cases.begin(), cases.end(), [s = status](const CaseRecord& c) { return c.status == s; });
    }
    return json_text({{"schema_version", 1},
                      {"tool", {{"name", "cleave"}, {"version", version()}}},
                      {"sweep", {{"name", listing.name}, {"sha256", listing.sha256}}},
                      {"cases", cases.size()},
                      {"status", std::move(counts)},
                      {"best", best_json(cases)},
                      {"best_platforms", platforms_json(cases)},
                      {"link_sensitivity", sensitivity_json(cases)},
                      {"parameter_effects", effects_json(cases)}});
}

}  // namespace cleave
