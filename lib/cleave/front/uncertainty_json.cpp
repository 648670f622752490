// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/uncertainty_json.hpp"

#include "cleave/front/write_front.hpp"

namespace cleave {

Json interval_json(const Interval& interval) { return Json::array({interval.low, interval.high}); }

Json uncertainty_json(const PointUncertainty& point) {
    return {{"latency_s", interval_json(point.latency_s)},
            {"energy_j", interval_json(point.energy_j)},
            {"latency_speedup", interval_json(point.latency_speedup)},
            {"energy_gain", interval_json(point.energy_gain)},
            {"feasible_share", point.feasible_share},
            {"nondominated_share", point.nondominated_share}};
}

Json uncertainty_json(const Network& network, const Uncertainty& uncertainty) {
    Json moved = Json::array();
    for (std::size_t i = 0; i < uncertainty.moved_share.size(); ++i) {
        if (uncertainty.moved_share[i] > 0) {
            moved.push_back(
                {{"layer", network.layer(layer_id(i)).name}, {"share", uncertainty.moved_share[i]}});
        }
    }
    Json pairs = Json::array();
    for (const auto& [a, b] : uncertainty.not_told_apart) {
        pairs.push_back(Json::array({point_id(a), point_id(b)}));
    }
    return {{"draws", uncertainty.draws},
            {"candidates", uncertainty.candidates},
            {"moved", std::move(moved)},
            {"not_told_apart", std::move(pairs)}};
}

}  // namespace cleave
