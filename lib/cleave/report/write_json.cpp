// SPDX-License-Identifier: Apache-2.0
#include "cleave/report/write_json.hpp"

#include "cleave/cost/hardware_words.hpp"
#include "cleave/text/json.hpp"

#include <utility>

namespace cleave {
namespace {

double ms(Nanoseconds time) { return static_cast<double>(time.ticks()) / 1e6; }
double mj(Picojoules energy) { return static_cast<double>(energy.ticks()) / 1e9; }

Json ratio(std::int64_t baseline, std::int64_t point) {
    return point > 0 ? Json(static_cast<double>(baseline) / static_cast<double>(point)) : Json(nullptr);
}

Json resources_json(const Resources& resources) {
    return {{"alm", resources.alm}, {"m20k", resources.m20k}, {"dsp", resources.dsp}};
}

Json layers_json(const std::vector<LayerId>& layers) {
    Json list = Json::array();
    for (const LayerId layer : layers) {
        list.push_back(index(layer));
    }
    return list;
}

Json bars_json(const PointView& view) {
    Json list = Json::array();
    for (const Bar& bar : view.bars) {
        list.push_back({{"lane", name_of(bar.lane)},
                        {"activity", name_of(bar.activity)},
                        {"layers", layers_json(bar.layers)},
                        {"start", ms(bar.start)},
                        {"end", ms(bar.end)},
                        {"energy", mj(bar.energy)},
                        {"bytes", bar.bytes}});
    }
    return list;
}

/// For each layer but the input: nothing on the GPU, the run on the FPGA, or the split.
Json places_json(const PointView& view) {
    Json list = Json::array();
    for (std::size_t i = 1; i < view.places.size(); ++i) {
        const LayerPlace& place = view.places[i];
        switch (place.device) {
            case LayerPlace::Device::gpu: list.push_back({{"device", "gpu"}}); break;
            case LayerPlace::Device::fpga:
                list.push_back({{"device", "fpga"}, {"run", place.run + 1}});
                break;
            case LayerPlace::Device::split:
                list.push_back({{"device", "split"},
                                {"axis", name_of(place.axis)},
                                {"share", place.share},
                                {"extent", place.extent}});
                break;
        }
        list.back()["words"] = place_words(place);
    }
    return list;
}

Json pipelines_json(const Report& report, const PointView& view) {
    const Fpga& fpga = report.platform.fpga;
    Json list = Json::array();
    for (std::size_t i = 0; i < view.pipelines.size(); ++i) {
        const Pipeline& pipeline = view.pipelines[i];
        const PipelineLayer* pacing = pipeline.pacing_layer();
        Resources sum;
        Json layers = Json::array();
        for (const PipelineLayer& one : pipeline.layers) {
            sum += one.demand;
            layers.push_back({{"layer", index(one.layer)},
                              {"implementation", fpga.implementation(one.hardware.implementation).name},
                              {"fold", one.hardware.fold ? fold_words(*one.hardware.fold,
                                                                      report.network().layer(one.layer).op)
                                                         : ""},
                              {"interval", ms(one.interval)},
                              {"resources", resources_json(fpga.occupied(one.demand))},
                              {"paces", pacing == &one}});
        }
        list.push_back({{"words", pipeline_words(view, i)},
                        {"split", pipeline.axis.has_value()},
                        {"layers", std::move(layers)},
                        {"resources", resources_json(fpga.occupied(sum))},
                        {"pace", ms(pipeline.pace)},
                        {"clock", pipeline.clock.value() / 1e6},
                        {"paced_by", pacer_words(report.network(), pipeline)},
                        {"time", ms(pipeline.time)},
                        {"bytes", pipeline.link_bytes}});
    }
    return list;
}

Json modules_json(const PointView& view) {
    Json list = Json::array();
    for (const ModuleScore& module : view.score.modules) {
        list.push_back({{"strategy", name_of(module.strategy)},
                        {"latency", ms(module.time)},
                        {"energy", mj(module.energy)}});
    }
    return list;
}

Json energy_json(const DeviceEnergy& energy) {
    const auto part = [](const char* device, const char* state, Picojoules value) {
        return Json{{"device", device}, {"state", state}, {"energy", mj(value)}};
    };
    return Json::array({part("GPU", "at work", energy.gpu), part("GPU", "idle", energy.gpu_standing),
                        part("FPGA", "at work", energy.fpga), part("FPGA", "static", energy.fpga_standing),
                        part("link", "at work", energy.link), part("link", "idle", energy.link_standing)});
}

Json extrapolated_json(const PointView& view) {
    Json list = Json::array();
    for (const ExtrapolatedLayer& found : view.extrapolated) {
        list.push_back({{"layer", index(found.layer)},
                        {"device", found.device == ExtrapolatedLayer::Device::gpu ? "GPU" : "FPGA"}});
    }
    return list;
}

Json interval_json(const Interval& interval, double scale) {
    return Json::array({scale * interval.low, scale * interval.high});
}

Json uncertainty_json(const PointUncertainty& point) {
    return {{"latency", interval_json(point.latency_s, 1e3)},
            {"energy", interval_json(point.energy_j, 1e3)},
            {"speedup", interval_json(point.latency_speedup, 1)},
            {"gain", interval_json(point.energy_gain, 1)},
            {"fits", point.feasible_share},
            {"nondominated", point.nondominated_share}};
}

Json point_json(const Report& report, const std::string& id, const PointView& view) {
    const Score& base = report.baseline.score;
    const Score& score = view.score;
    return {{"id", id},
            {"role", role_of(report, id)},
            {"latency", ms(score.latency)},
            {"energy", mj(score.energy)},
            {"speedup", ratio(base.latency.ticks(), score.latency.ticks())},
            {"gain", ratio(base.energy.ticks(), score.energy.ticks())},
            {"interval", ms(score.interval)},
            {"bytes", score.link_bytes},
            {"resources", resources_json(view.occupied)},
            {"strategies", strategies_used(score)},
            {"bars", bars_json(view)},
            {"places", places_json(view)},
            {"pipelines", pipelines_json(report, view)},
            {"modules", modules_json(view)},
            {"devices", energy_json(view.energy)},
            {"extrapolated", extrapolated_json(view)}};
}

Json network_json(const Network& network) {
    Json layers = Json::array();
    for (const Layer& layer : network.layers()) {
        const Shape& shape = network.output(layer_id(layers.size()));
        layers.push_back({{"name", layer.name},
                          {"op", op_words(layer.op)},
                          {"shape", {shape.channels, shape.height, shape.width}}});
    }
    Json modules = Json::array();
    for (const Module& module : network.modules()) {
        modules.push_back(
            {{"name", module.name}, {"first", index(module.first)}, {"last", index(module.last)}});
    }
    return {{"name", network.name()}, {"layers", std::move(layers)}, {"modules", std::move(modules)}};
}

}  // namespace

std::string report_json(const Report& report) {
    Json json{{"network", network_json(report.network())},
              {"front_words", front_words(report)},
              {"knee", report.knee},
              {"capacity", resources_json(report.platform.fpga.capacity())},
              {"usable_alm", report.platform.fpga.usable_alm()},
              {"streamed", report.platform.hand_over == HandOver::streamed},
              {"draws", report.draws},
              {"baseline", point_json(report, "", report.baseline)}};
    json["baseline"]["role"] = "GPU only";
    json["points"] = Json::array();
    for (const ReportPoint& point : report.points) {
        json["points"].push_back(point_json(report, point.id, point.view));
        if (point.uncertainty) {
            json["points"].back()["uncertainty"] = uncertainty_json(*point.uncertainty);
        }
    }
    json["dominated"] = Json::array();
    for (const DominatedPoint& point : report.dominated) {
        json["dominated"].push_back({{"latency", ms(point.latency)},
                                     {"energy", mj(point.energy)},
                                     {"from", point.from},
                                     {"change", point.change}});
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cleave
