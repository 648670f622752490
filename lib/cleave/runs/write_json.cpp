// SPDX-License-Identifier: Apache-2.0
#include "cleave/runs/compare_run.hpp"
#include "cleave/text/json.hpp"

#include <utility>

namespace cleave {
namespace {

/// A prediction of no time has no ratio.
Json ratio_json(Seconds predicted, Seconds measured) {
    return predicted > Seconds() ? Json(measured / predicted) : Json(nullptr);
}

Json terms_json(const std::vector<RunTerm>& terms) {
    Json list = Json::array();
    for (const RunTerm term : terms) {
        list.push_back(name_of(term));
    }
    return list;
}

Json times_json(Seconds predicted, Seconds measured) {
    return {{"predicted_s", predicted.value()},
            {"measured_s", measured.value()},
            {"ratio", ratio_json(predicted, measured)}};
}

Json with_times(Json json, Seconds predicted, Seconds measured) {
    json.update(times_json(predicted, measured));
    return json;
}

Json device_json(const ComparedDevice& device) {
    Json json{{"device", name_of(device.device)}, {"model", device.model}, {"is_model", device.is_model()}};
    if (device.measured) {
        json["measured"] = {{"name", device.measured->name},
                            {"description", device.measured->description},
                            {"how", name_of(device.measured->how)}};
    } else {
        json["measured"] = nullptr;
    }
    return json;
}

Json step_json(const ComparedStep& step) {
    Json terms = Json::array();
    for (const ComparedTerm& term : step.terms) {
        terms.push_back(with_times({{"terms", terms_json(term.terms)}}, term.predicted, term.measured));
    }
    Json json = with_times({{"step", step.step},
                            {"device", name_of(step.device)},
                            {"what", step.what},
                            {"how", name_of(step.how)},
                            {"runs", step.runs}},
                           step.predicted, step.measured);
    json["terms"] = std::move(terms);
    return json;
}

Json total_json(const TermTotal& total) {
    return with_times({{"terms", terms_json(total.terms)}, {"steps", total.steps}}, total.predicted,
                      total.measured);
}

}  // namespace

std::string run_json(const RunComparison& comparison) {
    Json json{{"schema_version", 1}, {"network", comparison.network}, {"point", comparison.point}};
    json["devices"] = Json::array();
    for (const ComparedDevice& device : comparison.devices) {
        json["devices"].push_back(device_json(device));
    }
    json["steps"] = Json::array();
    for (const ComparedStep& step : comparison.steps) {
        json["steps"].push_back(step_json(step));
    }
    json["not_measured"] = comparison.missing;
    json["totals"] = Json::array();
    for (const TermTotal& total : comparison.totals) {
        json["totals"].push_back(total_json(total));
    }
    json["total"] = with_times({{"steps", comparison.total.steps}}, comparison.total.predicted,
                               comparison.total.measured);
    json["misses"] = Json::array();
    for (const RunMiss& miss : comparison.misses) {
        const ComparedStep& step = comparison.steps[miss.position];
        json["misses"].push_back({{"step", step.step},
                                  {"terms", terms_json(step.terms[miss.term].terms)},
                                  {"difference_s", step.terms[miss.term].difference().value()},
                                  {"share", miss.share}});
    }
    json["predicted_latency_s"] = comparison.predicted_latency.value();
    json["inference"] = comparison.inference ? Json{{"runs", comparison.inference->runs},
                                                    {"measured_s", comparison.inference->median.value()}}
                                             : Json(nullptr);
    json["warnings"] = run_warnings(comparison);
    return json_text(json);
}

}  // namespace cleave
