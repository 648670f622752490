// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/write_front.hpp"

#include "cleave/config/hardware_json.hpp"
#include "cleave/front/uncertainty_json.hpp"
#include "cleave/front/verdict_json.hpp"
#include "cleave/partition/extrapolation.hpp"
#include "cleave/partition/pipelines.hpp"
#include "cleave/text/version.hpp"
#include "cleave/text/yaml_text.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cleave {
namespace {

double seconds(Nanoseconds time) { return to_si(time).value(); }
double joules(Picojoules energy) { return to_si(energy).value(); }

/// How many times less than the baseline; a point that costs nothing has no ratio.
Json ratio(std::int64_t baseline, std::int64_t point) {
    return point > 0 ? Json(static_cast<double>(baseline) / static_cast<double>(point)) : Json(nullptr);
}

/// By unit; nothing for those on the GPU alone.
using OnFpga = std::vector<std::optional<PipelineLayer>>;

OnFpga on_fpga(const UnitGraph& graph, const std::vector<Pipeline>& pipelines) {
    OnFpga result(graph.size());
    for (const Pipeline& pipeline : pipelines) {
        for (const PipelineLayer& one : pipeline.layers) {
            result[index(graph.unit_of(one.layer))] = one;
        }
    }
    return result;
}

Json layer_json(const Costing& costing, const Placement& placement, const OnFpga& there, LayerId id) {
    const UnitGraph& graph = costing.graph();
    const UnitId unit = graph.unit_of(id);
    Json json{{"name", graph.network().layer(id).name}};
    switch (placement.kind(id)) {
        case Decision::Kind::gpu: json["device"] = "gpu"; break;
        case Decision::Kind::run:
            json["device"] = "fpga";
            json["fpga_run"] = placement.run(unit);
            break;
        case Decision::Kind::split: {
            const Split& split = placement.split(unit);
            json["device"] = "split";
            json["axis"] = name_of(split.axis);
            json["fpga_share"] = split.fpga_share;
            if (graph.is_head(id) && !split.picked.empty()) {
                json["picked"] = split.picked;
            }
            break;
        }
    }
    if (placement.kind(id) != Decision::Kind::gpu) {
        const PipelineLayer& one = there[index(unit)].value();
        const HardwareChoice& choice = one.hardware;
        json["implementation"] = costing.platform().fpga.implementation(choice.implementation).name;
        if (choice.fold && graph.is_head(id)) {
            json["fold"] = fold_json(*choice.fold);
        }
        if (graph.is_head(id)) {
            json["interval_s"] = seconds(one.interval);
        }
    }
    return json;
}

/// Runs in the order of their numbers, then splits.
Json pipelines_json(const Network& network, const std::vector<Pipeline>& pipelines) {
    Json list = Json::array();
    for (const Pipeline& pipeline : pipelines) {
        Json json{{"pace_s", seconds(pipeline.pace)}, {"clock_hz", pipeline.clock.value()}};
        if (pipeline.axis) {
            json["split"] = network.layer(pipeline.layers.front().layer).name;
        } else {
            json["fpga_run"] = list.size();
        }
        if (const PipelineLayer* pacing = pipeline.pacing_layer()) {
            json["paced_by"] = {{"layer", network.layer(pacing->layer).name}};
        } else {
            json["paced_by"] = {{"transfers", name_of(std::get<Direction>(pipeline.paced_by))}};
        }
        list.push_back(std::move(json));
    }
    return list;
}

Json modules_json(const Costing& costing, const Mapping& mapping, const Score& score,
                  const std::vector<Pipeline>& pipelines) {
    const Network& network = costing.graph().network();
    const Placement placement(costing.graph(), mapping);
    const OnFpga there = on_fpga(costing.graph(), pipelines);
    Json modules = Json::array();
    for (std::size_t m = 0; m < network.modules().size(); ++m) {
        const Module& module = network.modules()[m];
        const ModuleScore& scored = score.modules[m];
        Json layers = Json::array();
        for (std::size_t i = index(module.first); i <= index(module.last); ++i) {
            layers.push_back(layer_json(costing, placement, there, layer_id(i)));
        }
        modules.push_back({{"name", module.name},
                           {"strategy", name_of(scored.strategy)},
                           {"latency_s", seconds(scored.time)},
                           {"energy_j", joules(scored.energy)},
                           {"layers", std::move(layers)}});
    }
    return modules;
}

void add_point_fields(Json& json, const Costing& costing, const Mapping& mapping, const Score& score,
                      const Score& baseline) {
    json["latency_s"] = seconds(score.latency);
    json["energy_j"] = joules(score.energy);
    json["latency_speedup"] = ratio(baseline.latency.ticks(), score.latency.ticks());
    json["energy_gain"] = ratio(baseline.energy.ticks(), score.energy.ticks());
    json["resources"] = resources_json(costing.platform().fpga, score.demand);
    json["link_bytes"] = score.link_bytes;
    json["interval_s"] = seconds(score.interval);
    json["strategies"] = strategies_used(score);
    const std::vector<Pipeline> pipelines = pipelines_of(costing, score);
    json["pipelines"] = pipelines_json(costing.graph().network(), pipelines);
    json["modules"] = modules_json(costing, mapping, score, pipelines);
}

std::string csv_number(const Json& value) { return value.is_null() ? std::string() : value.dump(); }

/// An infinite gap is null.
Json gap_json(double gap) { return std::isfinite(gap) ? Json(gap) : Json(); }

Json objectives_json(std::optional<ThirdObjective> third) {
    Json objectives{"latency", "energy"};
    if (third) {
        objectives.push_back(name_of(*third));
    }
    return objectives;
}

Json direction_json(const LinkDirection& direction) {
    return {{"floor_s", direction.floor.value()},
            {"overhead_s", direction.overhead.value()},
            {"bandwidth_b_per_s", direction.bandwidth.value()},
            {"exponent", direction.exponent},
            {"sync_s", direction.sync.value()}};
}

Json constraints_json(const Constraints& constraints) {
    Json json = Json::object();
    if (constraints.max_latency) {
        json["max_latency_s"] = constraints.max_latency->value();
    }
    if (constraints.max_energy) {
        json["max_energy_j"] = constraints.max_energy->value();
    }
    if (constraints.fit_probability) {
        json["fit_probability"] = *constraints.fit_probability;
    }
    return json;
}

Json context_json(const ExploreRequest& request, const RunContext& context, const ExploreResult& result) {
    const Network& network = request.network;
    const Platform& platform = request.platform;
    const Totals totals = network.totals();
    const Fpga& fpga = platform.fpga;
    Json space{
        {"strategies", Json::array()}, {"axes", Json::array()}, {"share_step", request.space.share_step}};
    space["folding"] = name_of(request.space.folding);
    if (result.on_ladder) {
        space["ladder"] = {
            {"step", kLadderStep}, {"shares", kLadderShares}, {"near", kLadderNear}, {"loss_bound", nullptr}};
        if (result.ladder_loss) {
            space["ladder"]["loss_bound"] = *result.ladder_loss;
        }
    }
    if (result.cuts > 0) {
        space["cut_regions"] = {{"most_states", StateSpace::kMostStates}, {"cuts", result.cuts}};
    }
    for (const Strategy strategy : request.space.strategies) {
        space["strategies"].push_back(name_of(strategy));
    }
    for (const SplitAxis axis : request.space.axes) {
        space["axes"].push_back(name_of(axis));
    }
    if (request.space.longest_run) {
        space["longest_run"] = *request.space.longest_run;
    }
    Json inputs{{"config", context.inputs.config},
                {"network", context.inputs.network},
                {"gpu", context.inputs.gpu},
                {"fpga", context.inputs.fpga},
                {"link", context.inputs.link}};
    if (!context.inputs.logic.empty()) {
        inputs["logic"] = context.inputs.logic;
    }
    return {
        {"config_sha256", context.config_sha256},
        {"inputs", std::move(inputs)},
        {"weights", request.weights ? request.weights->sha256 : kAssumedWeights},
        {"network",
         {{"name", network.name()},
          {"sha256", context.network_sha256},
          {"macs", totals.macs},
          {"weights", totals.weights},
          {"params", totals.params},
          {"layers", network.layers().size() - network.input_count()}}},
        {"platform",
         {{"gpu", platform.gpu.model().name}, {"fpga", fpga.model().name}, {"link", platform.link.name}}},
        {"models",
         {{"gpu",
           {{"sha256", context.gpu.sha256},
            {"profile", platform.gpu.profile().name},
            {"power_mode", platform.gpu.mode().name}}},
          {"fpga",
           {{"sha256", context.fpga.sha256},
            {"implementation", fpga.implementation_names()},
            {"implementations", implementations_json(fpga)},
            {"clock_hz", fpga.clocks().front().value()},
            {"capacity",
             {{"alm", fpga.capacity().alm}, {"dsp", fpga.capacity().dsp}, {"m20k", fpga.capacity().m20k}}},
            {"usable_alm_share", fpga.usable_alm_share()}}},
          {"link",
           {{"sha256", context.link.sha256},
            {"to_fpga", direction_json(platform.link.to_fpga)},
            {"to_gpu", direction_json(platform.link.to_gpu)},
            {"energy_j_per_byte", platform.link.energy.value()},
            {"idle_power_w", platform.link.idle_power.value()},
            {"hand_over", name_of(platform.hand_over)}}}}},
        {"scope",
         {{"energy", name_of(platform.energy_scope)},
          {"resources", name_of(platform.resource_scope)},
          {"conversion", name_of(platform.conversion)},
          {"unused_fpga", name_of(platform.unused_fpga)}}},
        {"space", std::move(space)},
        {"constraints", constraints_json(request.constraints)},
    };
}

Json extrapolated_json(const Costing& costing, const Mapping& mapping) {
    Json list = Json::array();
    for (const ExtrapolatedLayer& found : extrapolated_layers(costing, mapping)) {
        list.push_back({{"layer", costing.graph().network().layer(found.layer).name},
                        {"device", name_of(found.device)}});
    }
    return list;
}

}  // namespace

std::string point_id(std::size_t position) { return fmt::format("p{:03}", position + 1); }

bool is_point_id(std::string_view text) {
    return text.size() >= 4 && text.size() <= 20 && text.front() == 'p' &&
           std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string mapping_name(std::size_t position) { return "mappings/" + point_id(position) + ".yaml"; }

std::string front_json(const ExploreRequest& request, const RunContext& context, const ExploreResult& result,
                       const std::optional<Verdict>& verdict) {
    const UnitGraph graph(request.network);
    const Costing costing(graph, request.platform, request.known_weights());
    Json json{
        {"schema_version", 1},
        {"tool", {{"name", "cleave"}, {"version", version()}}},
        {"context", context_json(request, context, result)},
        {"completeness", name_of(result.completeness)},
        {"design_points", result.design_points},
        {"objectives", objectives_json(request.space.third)},
        {"baseline",
         {{"gpu_only",
           {{"latency_s", seconds(result.baseline.score.latency)},
            {"energy_j", joules(result.baseline.score.energy)}}}}},
    };
    if (!result.exact()) {
        json["gap"] = gap_json(result.gap.all);
        json["gap_by_objective"] = {{"latency", gap_json(result.gap.time)},
                                    {"energy", gap_json(result.gap.energy)}};
        if (result.completeness == Completeness::epsilon) {
            json["epsilon"] = request.limits.epsilon;
        }
    }
    if (result.nothing_fits) {
        const SmallestPiece& piece = *result.nothing_fits;
        json["nothing_fits"] = {{"layer", request.network.layer(piece.layer).name},
                                {"resource", piece.refusal.resource},
                                {"needed", piece.refusal.needed},
                                {"available", piece.refusal.available}};
    }
    if (!result.front.empty()) {
        json["selected"] = {{"min_latency", point_id(0)},
                            {"knee", point_id(knee(result, request.space.third, request.min_gain))},
                            {"min_energy", point_id(least_energy(result.front))}};
    }
    if (verdict) {
        json["verdict"] = verdict_json(*verdict, request, result);
    }
    const Uncertainty& uncertainty = result.uncertainty;
    if (uncertainty.draws > 0) {
        json["uncertainty"] = uncertainty_json(request.network, uncertainty);
    }
    Json front = Json::array();
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const FrontPoint& point = result.front[i];
        Json entry{{"id", point_id(i)}};
        add_point_fields(entry, costing, point.mapping, point.score, result.baseline.score);
        entry["extrapolated"] = extrapolated_json(costing, point.mapping);
        if (uncertainty.draws > 0) {
            entry["uncertainty"] = uncertainty_json(uncertainty.points[i]);
        }
        entry["mapping"] = mapping_name(i);
        front.push_back(std::move(entry));
    }
    json["front"] = std::move(front);
    return json_text(json);
}

std::string problem_key(const ExploreRequest& request, const RunContext& context) {
    // All that a front says about its input, without the texts of the configuration and what follows from the
    // rest, and the limits besides.
    Json json = context_json(request, context, {});
    json.erase("config_sha256");
    json["inputs"].erase("config");
    json["objectives"] = objectives_json(request.space.third);
    const SearchLimits& limits = request.limits;
    json["limits"] = {{"time_limit_s", limits.time_limit ? Json(limits.time_limit->value()) : Json()},
                      {"memory_limit", limits.memory_limit ? Json(*limits.memory_limit) : Json()},
                      {"epsilon", limits.epsilon}};
    json["min_gain"] = request.min_gain;
    return sha256(json_text(json));
}

std::string front_csv(const ExploreRequest& request, const ExploreResult& result) {
    std::string text =
        "id,latency_s,energy_j,latency_speedup,energy_gain,alm,dsp,m20k,link_bytes,fpga_runs,splits,"
        "strategies\n";
    const Score& baseline = result.baseline.score;
    for (std::size_t i = 0; i < result.front.size(); ++i) {
        const auto& [mapping, score] = result.front[i];
        const Resources real = request.platform.fpga.occupied(score.demand);
        text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", point_id(i),
                            csv_number(seconds(score.latency)), csv_number(joules(score.energy)),
                            csv_number(ratio(baseline.latency.ticks(), score.latency.ticks())),
                            csv_number(ratio(baseline.energy.ticks(), score.energy.ticks())), real.alm,
                            real.dsp, real.m20k, score.link_bytes, mapping.runs.size(), mapping.splits.size(),
                            fmt::join(strategies_used(score), "+"));
    }
    return text;
}

std::string stats_json(const ExploreResult& result, const RunFigures& figures) {
    const SearchCounts& search = result.stats.search;
    return json_text({
        {"schema_version", 1},
        {"design_points", result.design_points},
        {"front", result.front.size()},
        {"states", result.stats.states},
        {"options_evaluated", result.stats.evaluated_options},
        {"options", result.stats.options},
        {"labels", search.labels},
        {"most_labels", search.most_labels},
        {"candidates", search.candidates},
        {"pruned",
         {{"capacity", search.over_capacity}, {"bound", search.by_bound}, {"dominated", search.dominated}}},
        {"passes", search.passes},
        {"slices", search.slices},
        {"threads", figures.threads},
        {"seconds", figures.seconds},
        {"peak_memory_bytes", figures.peak_memory_bytes},
    });
}

std::string mapping_yaml(const Network& network, const Fpga& fpga, const Mapping& mapping,
                         const std::string& comment) {
    std::string text = yaml_comment(comment);
    text += "# Layers that are not named here run on the GPU.\n";
    text += fmt::format("cleave_mapping: 1\nnetwork: {}\n", yaml_text(network.name()));
    text += mapping.runs.empty() ? "fpga_runs: []\n" : "fpga_runs:\n";
    for (const FpgaRun& run : mapping.runs) {
        std::vector<std::string> names;
        for (const LayerId layer : run) {
            names.push_back(yaml_text(network.layer(layer).name));
        }
        text += fmt::format("  - [{}]\n", fmt::join(names, ", "));
    }
    text += mapping.splits.empty() ? "splits: []\n" : "splits:\n";
    for (const Split& split : mapping.splits) {
        text += fmt::format(
            "  - {{layer: {}, axis: {}, fpga_share: {}{}}}\n", yaml_text(network.layer(split.layer).name),
            name_of(split.axis), split.fpga_share,
            split.picked.empty() ? "" : fmt::format(", picked: [{}]", fmt::join(split.picked, ", ")));
    }
    text += mapping.hardware.empty() ? "" : "hardware:\n";
    for (const LayerChoice& choice : mapping.hardware) {
        text +=
            fmt::format("  - {{layer: {}, implementation: {}", yaml_text(network.layer(choice.layer).name),
                        yaml_text(fpga.implementation(choice.hardware.implementation).name));
        if (const auto& fold = choice.hardware.fold) {
            text += fmt::format(", pe: {}, simd: {}, multipliers: {}, columns: {}", fold->pe, fold->simd,
                                name_of(fold->multipliers), fold->columns);
        }
        text += "}\n";
    }
    return text;
}

std::string score_json(const Costing& costing, const Mapping& mapping, const Score& score,
                       const Score& baseline) {
    const Network& network = costing.graph().network();
    Json json{{"schema_version", 1}, {"network", network.name()}, {"feasible", !score.infeasible}};
    if (score.infeasible) {
        const Infeasibility& bad = *score.infeasible;
        json["infeasible"] = {{"resource", bad.refusal.resource},
                              {"needed", bad.refusal.needed},
                              {"available", bad.refusal.available},
                              {"layer", network.layer(bad.layer).name}};
        if (bad.module) {
            json["infeasible"]["module"] = network.module(*bad.module).name;
        }
    }
    add_point_fields(json, costing, mapping, score, baseline);
    return json_text(json);
}

}  // namespace cleave
