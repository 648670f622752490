// SPDX-License-Identifier: Apache-2.0
#include "cleave/verdict/verdict_words.hpp"

#include "cleave/partition/pipelines.hpp"
#include "cleave/units/show.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kMostPieces = 3;

/// Multiply-accumulates of what a piece names, to name the largest first.
struct Piece {
    std::string words;
    std::int64_t macs = 0;
};

std::vector<Piece> pieces_of(const Network& network, const Mapping& mapping) {
    std::vector<Piece> pieces;
    for (const FpgaRun& run : mapping.runs) {
        Piece piece{range_words(network, run.front(), run.back()), 0};
        for (const LayerId layer : run) {
            piece.macs += network.totals(layer).macs;
        }
        pieces.push_back(std::move(piece));
    }
    for (const Split& split : mapping.splits) {
        std::string axis(name_of(split.axis));
        if (split.fpga_share == 1) {
            axis.pop_back();
        }
        pieces.push_back({fmt::format("{} {} of {}", split.fpga_share, axis, network.layer(split.layer).name),
                          network.totals(split.layer).macs});
    }
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const Piece& a, const Piece& b) { return a.macs > b.macs; });
    return pieces;
}

std::string what_moves(const Network& network, const Mapping& mapping) {
    const std::vector<Piece> pieces = pieces_of(network, mapping);
    std::string text;
    for (std::size_t i = 0; i < std::min(pieces.size(), kMostPieces); ++i) {
        text += (i > 0 ? ", " : "") + pieces[i].words;
    }
    return pieces.size() > kMostPieces ? fmt::format("{} and {} more", text, pieces.size() - kMostPieces)
                                       : text;
}

std::string ratio_words(double ratio, const char* better, const char* worse,
                        const std::optional<Interval>& drawn) {
    std::string text =
        ratio >= 1 ? fmt::format("{:.3g}x {}", ratio, better) : fmt::format("{:.3g}x {}", 1 / ratio, worse);
    if (drawn) {
        text += fmt::format(" (90 %: {:.3g}x to {:.3g}x)", drawn->low, drawn->high);
    }
    return text;
}

std::string fits_words(const Verdict& verdict) {
    return verdict.fits ? fmt::format("fits with a probability of {:.0f} %", 100 * *verdict.fits)
                        : "whether it fits for sure is not known";
}

std::string gains_words(const Verdict& verdict) {
    return ratio_words(verdict.latency_speedup, "sooner", "later", verdict.latency_speedup_90) + ", " +
           ratio_words(verdict.energy_gain, "less energy", "more energy", verdict.energy_gain_90);
}

/// "272 us less and 3.51 mJ less".
std::string saved_words(const ModuleGain& gain) {
    const auto amount = [](auto ticks, auto show_one) {
        return ticks >= 0 ? show_one(ticks) + " less" : show_one(-ticks) + " more";
    };
    return fmt::format(
        "{} and {}", amount(gain.time.ticks(), [](std::int64_t t) { return show(to_si(Nanoseconds(t))); }),
        amount(gain.energy.ticks(), [](std::int64_t e) { return show(to_si(Picojoules(e))); }));
}

/// Modules that make up most of the gain.
std::string gain_reason(const Verdict& verdict, const Network& network) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < std::min(verdict.gains.size(), kMostPieces); ++i) {
        list.push_back(network.module(verdict.gains[i].module).name + " takes " +
                       saved_words(verdict.gains[i]));
    }
    const std::size_t left = verdict.gains.size() - list.size();
    if (left == 0) {
        return fmt::format("{}", fmt::join(list, ", "));
    }
    ModuleGain rest;
    for (std::size_t i = list.size(); i < verdict.gains.size(); ++i) {
        rest.time += verdict.gains[i].time;
        rest.energy += verdict.gains[i].energy;
    }
    return fmt::format(
        "{}, {} {}", fmt::join(list, ", "),
        left == 1 ? std::string("another module takes") : fmt::format("{} other modules take", left),
        saved_words(rest));
}

std::string resource_reason(const Verdict& verdict) {
    std::vector<std::string> list;
    bool any = false;
    for (const ResourceShare& use : verdict.resources) {
        any = any || use.binds();
        list.push_back(fmt::format("{} of {} {}{}", show_count(use.used), show_count(use.usable),
                                   use.resource, use.binds() ? " (binds)" : ""));
    }
    return fmt::format("it takes {}{}", fmt::join(list, ", "), any ? "" : "; none of them binds");
}

}  // namespace

std::string range_words(const Network& network, LayerId first, LayerId last) {
    const std::string& name = network.layer(first).name;
    return first == last ? name : name + ".." + network.layer(last).name;
}

std::string lever_words(const Lever& lever, const Platform& platform) {
    const auto more = [&](const char* what) {
        return fmt::format("{:.3g} times the {}", lever.factor, what);
    };
    switch (lever.kind) {
        case LeverKind::alm: return more("ALM");
        case LeverKind::dsp: return more("DSP blocks");
        case LeverKind::m20k: return more("M20K");
        case LeverKind::link:
            return fmt::format(
                "a link of {:.3g} GB/s",
                lever.factor *
                    std::min(platform.link.to_fpga.bandwidth, platform.link.to_gpu.bandwidth).value() / 1e9);
        case LeverKind::clock:
            return fmt::format("a clock of {:.3g} MHz",
                               lever.factor * platform.fpga.clocks().front().value() / 1e6);
    }
    return "";
}

std::string verdict_text(const Verdict& verdict, const ExploreRequest& request, const ExploreResult& result) {
    const std::string so_far = result.completeness == Completeness::stopped ? "as far as was searched, " : "";
    if (!verdict.point) {
        return so_far + "the FPGA does not pay: " +
               (result.nothing_fits ? "nothing fits it" : "no partition that fits takes less time or energy");
    }
    const FrontPoint& point = result.front[*verdict.point];
    if (verdict.pays) {
        return fmt::format("{}put {} on the FPGA: {}, {}", so_far, what_moves(request.network, point.mapping),
                           gains_words(verdict), fits_words(verdict));
    }
    std::vector<std::string> cost;
    for (const ResourceShare& use : verdict.resources) {
        if (use.used > 0) {
            cost.push_back(fmt::format("{} {}", show_count(use.used), use.resource));
        }
    }
    const std::string asked =
        verdict.min_gain == kMinGain ? "" : fmt::format(" ({:.3g}x is asked for)", verdict.min_gain);
    return fmt::format("{}the FPGA does not pay: the best partition is {}, for {}{}", so_far,
                       gains_words(verdict), fmt::join(cost, ", "), asked);
}

std::vector<std::string> reasons(const Verdict& verdict, const ExploreRequest& request) {
    std::vector<std::string> list;
    if (verdict.point) {
        list.push_back(gain_reason(verdict, request.network));
        list.push_back(fmt::format("the link is busy for {}, the GPU converts numbers for {}: {} for {}",
                                   show(to_si(verdict.link.transfers)), show(to_si(verdict.link.conversions)),
                                   show(to_si(verdict.link.energy)), show_bytes(verdict.link.bytes)));
        list.push_back(resource_reason(verdict));
    }
    for (const Lever& lever : verdict.levers) {
        list.push_back(fmt::format(
            "with {}: {}", lever_words(lever, request.platform),
            lever.latency_speedup == 1 && lever.energy_gain == 1
                ? "no partition that fits takes less time or energy either"
                : fmt::format("{}, {}{}", ratio_words(lever.latency_speedup, "sooner", "later", {}),
                              ratio_words(lever.energy_gain, "less energy", "more energy", {}),
                              lever.pays == verdict.pays ? ""
                              : lever.pays               ? ": it pays"
                                                         : ": it does not pay")));
    }
    return list;
}

}  // namespace cleave
