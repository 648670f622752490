// SPDX-License-Identifier: Apache-2.0
#include "explore_summary.hpp"

#include "cleave/cost/hardware_words.hpp"
#include "cleave/front/write_front.hpp"
#include "cleave/partition/extrapolation.hpp"
#include "cleave/partition/pipelines.hpp"
#include "cleave/report/report.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/verdict/readings.hpp"
#include "cleave/verdict/verdict_words.hpp"
#include "point_table.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace cleave::cli {
namespace {

std::string platform_line(const Platform& platform) {
    return fmt::format("{} ({}, {}), {} ({}), {}{}", platform.gpu.model().name, platform.gpu.profile().name,
                       platform.gpu.mode().name, platform.fpga.model().name, platform.fpga.description(),
                       platform.link.name, platform.hand_over == HandOver::streamed ? " (streamed)" : "");
}

std::string describe(Completeness completeness, double epsilon) {
    switch (completeness) {
        case Completeness::exact: return "exact";
        case Completeness::epsilon: return fmt::format("{:.4g} %", 100 * epsilon);
        case Completeness::stopped: return "incomplete";
    }
    return "";
}

std::string describe_loss(const ExploreResult& result) {
    return result.ladder_loss
               ? fmt::format(
                     "the ladder loses {:.3g} % at most in every objective at once: no other folding, pace "
                     "or share is better by more\n",
                     100 * *result.ladder_loss)
               : "";
}

/// What costs that depend on weights take them to be.
std::string weights_line(const ExploreRequest& request) {
    const auto assumed = request.platform.fpga.assumed_weights();
    if (!assumed) {
        return "";
    }
    if (request.weights) {
        return fmt::format("logic of {} counted from the model's weights\n", assumed->implementation);
    }
    return fmt::format(
        "weights assumed for {}: normally distributed, 8 bits, standard deviation {:.3g} of 127 (--weights "
        "counts a model's own)\n",
        assumed->implementation, assumed->weights.sigma);
}

std::string describe(const SearchGap& gap) {
    if (!std::isfinite(gap.all)) {
        return "how much better missing points may be is not known";
    }
    // Of more than the whole, percentages of what is missing say little.
    const auto by = [](double value) {
        return value <= 1 ? fmt::format("by at most {:.3g} %", 100 * value)
                          : fmt::format("by up to {:.3g} times", 1 + value);
    };
    std::string text = fmt::format("missing points may be better {} in every objective at once", by(gap.all));
    const auto one = [&](double value, const char* name, const char* other) {
        if (std::isfinite(value)) {
            text += fmt::format(", {} in {} at no more {}", by(value), name, other);
        }
    };
    one(gap.time, "latency", "energy");
    one(gap.energy, "energy", "latency");
    return text;
}

/// How sure it is what moves.
std::string moved_line(const Network& network, const Uncertainty& uncertainty) {
    constexpr double kSure = 0.9;
    constexpr std::size_t kMostNames = 3;
    std::vector<std::string> sure;
    std::vector<std::string> open;
    for (std::size_t i = 0; i < uncertainty.moved_share.size(); ++i) {
        const double share = uncertainty.moved_share[i];
        const std::string& name = network.layer(layer_id(i)).name;
        if (share >= kSure) {
            sure.push_back(name);
        } else if (share > 0) {
            open.push_back(fmt::format("{} {:.0f} %", name, 100 * share));
        }
    }
    const auto list = [&](const std::vector<std::string>& names) {
        if (names.empty()) {
            return std::string("none");
        }
        const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(names.size(), kMostNames));
        return fmt::format("{} ({}{})", names.size(), fmt::join(names.begin(), names.begin() + shown, ", "),
                           names.size() > kMostNames ? ", ..." : "");
    };
    return fmt::format(
        "layers on the FPGA in the best choice of nine in ten draws or more: {}; of fewer: {}\n", list(sure),
        list(open));
}

}  // namespace

void print_summary(const ExploreRequest& request, const ExploreResult& result, double seconds,
                   const Style& style) {
    std::fputs(fmt::format("{} on {}\n", request.network.name(), platform_line(request.platform)).c_str(),
               stderr);
    const bool with_interval = request.space.third == ThirdObjective::interval;
    PointTable table(request.platform.fpga, result.baseline.score, with_interval);
    // Points that are several of these at once get one row.
    std::map<std::size_t, std::string> named;
    if (!result.front.empty()) {
        std::vector<std::pair<std::size_t, const char*>> labels{
            {0, "min latency"},
            {knee(result, request.space.third, request.min_gain), "knee"},
            {least_energy(result.front), "min energy"}};
        if (with_interval) {
            const auto least = std::min_element(
                result.front.begin(), result.front.end(),
                [](const FrontPoint& a, const FrontPoint& b) { return a.score.interval < b.score.interval; });
            labels.emplace_back(static_cast<std::size_t>(least - result.front.begin()), "min interval");
        }
        for (const auto& [i, label] : labels) {
            named[i] += (named[i].empty() ? "" : ", ") + std::string(label);
        }
    }
    for (const auto& [i, label] : named) {
        table.add(label, point_id(i), result.front[i].score);
    }
    std::fputs(table.text(style).c_str(), stderr);
    std::fputs(weights_line(request).c_str(), stderr);
    constexpr std::size_t kMostDigits = 9;
    const std::string size = show_digits(result.design_points, kMostDigits);
    std::fputs((fmt::format("{} front of {} point{} out of {} design point{}{}, {:.2f} s\n",
                            describe(result.completeness, request.limits.epsilon), result.front.size(),
                            result.front.size() == 1 ? "" : "s", size, result.design_points == "1" ? "" : "s",
                            result.on_ladder ? " (foldings on a ladder)" : "", seconds) +
                describe_loss(result))
                   .c_str(),
               stderr);
}

void print_verdict(const std::optional<Verdict>& verdict, const ExploreRequest& request,
                   const ExploreResult& result) {
    if (!verdict) {
        return;
    }
    std::string text = "verdict: " + verdict_text(*verdict, request, result);
    text += verdict->point ? " (" + point_id(*verdict->point) + ")\n" : "\n";
    const std::vector<std::string> list = reasons(*verdict, request);
    for (std::size_t i = 0; i < list.size(); ++i) {
        text += (i == 0 ? "because: " : "         ") + list[i] + "\n";
    }
    std::fputs(text.c_str(), stderr);
}

void print_readings(const Verdict& verdict, const Style& style) {
    if (verdict.readings.empty()) {
        return;
    }
    Table table({{"profile"},
                 {"FPGA"},
                 {"baseline"},
                 {"speed-up", Table::Align::right},
                 {"energy gain", Table::Align::right},
                 {""}});
    for (const Reading& reading : verdict.readings) {
        table.add({reading.runs.empty() ? reading.profile : reading.profile + ", " + reading.runs,
                   fmt::format("{}", fmt::join(reading.implementations, " + ")),
                   reading.unused_fpga == UnusedFpga::powered ? "use" : "add",
                   fmt::format("{:.3f}x", reading.latency_speedup),
                   fmt::format("{:.3f}x", reading.energy_gain), reading.pays ? "pays" : ""});
    }
    std::fputs(("readings: " + readings_text(verdict) + "\n" + table.text(style)).c_str(), stderr);
}

void print_notes(const ExploreRequest& request, const ExploreResult& result, const Session& session) {
    if (request.limits.bound_ladder && result.on_ladder && !result.ladder_loss) {
        say(session,
            "cleave: warning: what the ladder loses at most was not found before the search stopped");
    }
    if (result.nothing_fits) {
        const SmallestPiece& piece = *result.nothing_fits;
        say(session,
            fmt::format(
                "cleave: note: nothing fits the FPGA, so the front is the GPU alone: the smallest piece "
                "(of layer '{}') needs {} {}, and {} can be used",
                request.network.layer(piece.layer).name, piece.refusal.needed, piece.refusal.resource,
                piece.refusal.available));
    }
    const bool gpu_alone = result.front.size() == 1 && result.front.front().mapping == Mapping{};
    if (gpu_alone && !result.nothing_fits && result.exact()) {
        say(session, "cleave: note: nothing that fits the FPGA pays, so the front is the GPU alone");
    }
    if (const Uncertainty& u = result.uncertainty; !u.complete()) {
        say(session, fmt::format("cleave: warning: stopped; {} of {} draws of the uncertainty were scored",
                                 u.draws, u.wanted));
    }
    if (result.completeness == Completeness::epsilon) {
        return;
    }
    if (!result.exact() && result.front.empty()) {
        say(session,
            "cleave: warning: stopped before a point that meets the constraints was found; whether there is "
            "one is not decided");
    } else if (!result.exact()) {
        say(session, "cleave: warning: stopped; " + describe(result.gap));
    }
}

void print_extrapolated(const ExploreRequest& request, const ExploreResult& result) {
    if (result.front.empty()) {
        return;
    }
    const UnitGraph units(request.network);
    const Costing costing(units, request.platform, request.known_weights());
    std::set<std::string> gpu;
    std::set<std::string> fpga;
    for (const FrontPoint& point : result.front) {
        for (const ExtrapolatedLayer& found : extrapolated_layers(costing, point.mapping)) {
            (found.device == ExtrapolatedLayer::Device::gpu ? gpu : fpga)
                .insert(request.network.layer(found.layer).name);
        }
    }
    for (const auto& [device, layers] : {std::pair("GPU", gpu), std::pair("FPGA", fpga)}) {
        if (!layers.empty()) {
            std::fputs(
                fmt::format(
                    "extrapolated: {} layer{} of the front, such as {}, lie{} outside what the {} model was "
                    "fitted to\n",
                    layers.size(), layers.size() == 1 ? "" : "s", *layers.begin(),
                    layers.size() == 1 ? "s" : "", device)
                    .c_str(),
                stderr);
        }
    }
}

std::string pace_lines(const std::string& label, const Costing& costing, const Score& score) {
    constexpr std::size_t kMostRuns = 3;
    const Network& network = costing.graph().network();
    std::vector<Pipeline> runs = pipelines_of(costing, score);
    std::erase_if(runs, [](const Pipeline& pipeline) { return pipeline.axis.has_value(); });
    std::stable_sort(runs.begin(), runs.end(),
                     [](const Pipeline& a, const Pipeline& b) { return a.pace > b.pace; });
    std::string text;
    for (std::size_t i = 0; i < std::min(runs.size(), kMostRuns); ++i) {
        const Pipeline& run = runs[i];
        const PipelineLayer* pacing = run.pacing_layer();
        text += fmt::format("{}: {} at {} a frame", label,
                            range_words(network, run.layers.front().layer, run.layers.back().layer),
                            show(to_si(run.pace)));
        text += pacing != nullptr && run.layers.size() == 1 ? "" : ", paced by " + pacer_words(network, run);
        text += pacing == nullptr
                    ? "\n"
                    : fmt::format(" ({})\n", hardware_words(costing.platform().fpga, pacing->hardware,
                                                            network.layer(pacing->layer).op));
    }
    if (runs.size() > kMostRuns) {
        text += fmt::format("{}: and {} faster run{}\n", label, runs.size() - kMostRuns,
                            runs.size() == kMostRuns + 1 ? "" : "s");
    }
    return text;
}

void print_paces(const ExploreRequest& request, const ExploreResult& result) {
    if (result.front.empty()) {
        return;
    }
    const UnitGraph units(request.network);
    const Costing costing(units, request.platform, request.known_weights());
    std::string text = pace_lines("run of the knee", costing,
                                  result.front[knee(result, request.space.third, request.min_gain)].score);
    if (text.empty()) {
        text = pace_lines("run of the fastest", costing, result.front.front().score);
    }
    std::fputs(text.c_str(), stderr);
}

void print_uncertainty(const ExploreRequest& request, const ExploreResult& result, const Style& style) {
    const Uncertainty& uncertainty = result.uncertainty;
    if (uncertainty.draws == 0) {
        return;
    }
    using Align = Table::Align;
    Table table({{"id"},
                 {"latency, 90 %", Align::right},
                 {"energy, 90 %", Align::right},
                 {"speed-up, 90 %", Align::right},
                 {"energy gain, 90 %", Align::right},
                 {"fits", Align::right},
                 {"not dominated", Align::right}});
    constexpr std::size_t kMostRows = 20;
    const std::size_t step = (result.front.size() + kMostRows - 1) / kMostRows;
    for (std::size_t i = 0; i < result.front.size(); i += step) {
        const PointUncertainty& p = uncertainty.points[i];
        table.add({point_id(i), show(Seconds(p.latency_s.low)) + " to " + show(Seconds(p.latency_s.high)),
                   show(Joules(p.energy_j.low)) + " to " + show(Joules(p.energy_j.high)),
                   show_ratio(p.latency_speedup.low) + " to " + show_ratio(p.latency_speedup.high),
                   show_ratio(p.energy_gain.low) + " to " + show_ratio(p.energy_gain.high),
                   fmt::format("{:.0f} %", 100 * p.feasible_share),
                   fmt::format("{:.0f} %", 100 * p.nondominated_share)});
    }
    std::fputs(table.text(style).c_str(), stderr);
    if (step > 1) {
        std::fputs(fmt::format("(one point in {}; front.json has all)\n", step).c_str(), stderr);
    }
    std::fputs(moved_line(request.network, uncertainty).c_str(), stderr);
    const std::size_t pairs = result.front.size() * (result.front.size() - 1) / 2;
    std::fputs(
        fmt::format("{} draws, {} candidates; the models cannot tell {} of {} pair{} of points apart\n",
                    uncertainty.draws, uncertainty.candidates, uncertainty.not_told_apart.size(), pairs,
                    pairs == 1 ? "" : "s")
            .c_str(),
        stderr);
}

}  // namespace cleave::cli
