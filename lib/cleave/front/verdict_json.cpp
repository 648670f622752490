// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/verdict_json.hpp"

#include "cleave/front/uncertainty_json.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/verdict/readings.hpp"
#include "cleave/verdict/verdict_words.hpp"

namespace cleave {
namespace {

Json because_json(const Verdict& verdict, const Network& network) {
    Json modules = Json::array();
    for (const ModuleGain& gain : verdict.gains) {
        modules.push_back({{"name", network.module(gain.module).name},
                           {"latency_saved_s", to_si(gain.time).value()},
                           {"energy_saved_j", to_si(gain.energy).value()}});
    }
    Json resources = Json::array();
    for (const ResourceShare& use : verdict.resources) {
        resources.push_back(
            {{"resource", use.resource}, {"used", use.used}, {"usable", use.usable}, {"binds", use.binds()}});
    }
    return {{"modules", std::move(modules)},
            {"link",
             {{"transfers_s", to_si(verdict.link.transfers).value()},
              {"conversions_s", to_si(verdict.link.conversions).value()},
              {"energy_j", to_si(verdict.link.energy).value()},
              {"bytes", verdict.link.bytes}}},
            {"resources", std::move(resources)}};
}

Json readings_json(const Verdict& verdict) {
    Json list = Json::array();
    for (const Reading& reading : verdict.readings) {
        list.push_back({{"profile", reading.profile},
                        {"implementations", reading.implementations},
                        {"unused_fpga", name_of(reading.unused_fpga)},
                        {"pays", reading.pays},
                        {"latency_speedup", reading.latency_speedup},
                        {"energy_gain", reading.energy_gain}});
    }
    return {{"text", readings_text(verdict)}, {"all", std::move(list)}};
}

}  // namespace

Json verdict_json(const Verdict& verdict, const ExploreRequest& request, const ExploreResult& result) {
    Json json{{"pays", verdict.pays},
              {"min_gain", verdict.min_gain},
              {"text", verdict_text(verdict, request, result)},
              {"reasons", reasons(verdict, request)}};
    if (verdict.point) {
        json["point"] = point_id(*verdict.point);
        json["latency_speedup"] = verdict.latency_speedup;
        json["energy_gain"] = verdict.energy_gain;
        if (verdict.latency_speedup_90 && verdict.energy_gain_90) {
            json["latency_speedup_90"] = interval_json(*verdict.latency_speedup_90);
            json["energy_gain_90"] = interval_json(*verdict.energy_gain_90);
        }
        json["fits"] = verdict.fits ? Json(*verdict.fits) : Json();
        json["because"] = because_json(verdict, request.network);
    }
    for (const Lever& lever : verdict.levers) {
        json["would_need"].push_back({{"limit", name_of(lever.kind)},
                                      {"factor", lever.factor},
                                      {"text", lever_words(lever, request.platform)},
                                      {"pays", lever.pays},
                                      {"latency_speedup", lever.latency_speedup},
                                      {"energy_gain", lever.energy_gain}});
    }
    if (!verdict.readings.empty()) {
        json["readings"] = readings_json(verdict);
    }
    return json;
}

}  // namespace cleave
