// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fit_doubts.hpp"

#include "cleave/units/percentile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

constexpr double kWorse = 1.1;

class Doubts {
public:
    explicit Doubts(KnowsData base) : base_(base) {}

    void at_bound(const std::string& what, const std::vector<std::string>& names, const FitResult& fit) {
        std::vector<std::string> stopped;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (fit.at_bound[i]) {
                stopped.push_back(names[i]);
            }
        }
        if (!stopped.empty()) {
            found_.push_back(fmt::format("{}: at a bound, so not known from these data: {}", what,
                                         fmt::join(stopped, ", ")));
        }
    }

    /// @param simple  of the base multiplied by one number
    void held_out(const std::string& what, const std::vector<Prediction>& predictions,
                  const std::vector<Prediction>& simple, const char* how = "held out") {
        if (base_ == KnowsData::yes || simple.empty() || predictions.empty()) {
            return;
        }
        const double error = summarize(predictions).mape;
        const double by_base = summarize(simple).mape;
        if (error > kWorse * by_base) {
            found_.push_back(
                fmt::format("{}: {} {:.1f} % off, while the base multiplied by one number is {:.1f} % off",
                            what, how, 100 * error, 100 * by_base));
        }
    }

    [[nodiscard]] std::vector<std::string> found() && { return std::move(found_); }

private:
    KnowsData base_;
    std::vector<std::string> found_;
};

/// All times the median of measured over predicted. It comes from the rows that it is judged by, which for a
/// single number hardly matters.
std::vector<Prediction> by_one_number(std::vector<Prediction> predictions) {
    std::vector<double> ratios;
    for (const Prediction& p : predictions) {
        ratios.push_back(p.measured / p.predicted);
    }
    if (ratios.empty()) {
        return {};
    }
    std::sort(ratios.begin(), ratios.end());
    const double factor = percentile(ratios, 0.5);
    for (Prediction& p : predictions) {
        p.predicted *= factor;
    }
    return predictions;
}

}  // namespace

std::vector<std::string> doubts(const GpuFit& fit, KnowsData base) {
    Doubts found(base);
    const auto examine = [&](const char* what, const auto& target, const std::vector<Prediction>& simple) {
        if (target) {
            found.at_bound(what, target->names, target->fit);
            found.held_out(what, target->held_out, simple);
            found.held_out(what, target->held_out_family, simple, "with its family held out");
        }
    };
    examine("latency", fit.latency, fit.rescaled_latency);
    examine("power", fit.power, fit.rescaled_power);
    examine("tuned kernels", fit.tuned, {});
    return std::move(found).found();
}

std::vector<std::string> doubts(const LinkDirectionFit& fit, Direction direction, KnowsData base,
                                const std::vector<Prediction>& by_base) {
    const std::string what =
        direction == Direction::to_fpga ? "transfers to the FPGA" : "transfers to the GPU";
    Doubts found(base);
    found.at_bound(what, fit.names, fit.fit);
    found.held_out(what, fit.held_out, by_one_number(by_base));
    return std::move(found).found();
}

std::vector<std::string> doubts(const FpgaFit& fit, KnowsData base, const FpgaPredictions& by_base) {
    Doubts found(base);
    const auto examine = [&](const char* what, const FpgaFitPart& part,
                             std::vector<Prediction> FpgaPredictions::*figure) {
        found.at_bound(what, part.names, part.fit);
        found.held_out(what, fit.held_out.*figure, by_one_number(by_base.*figure));
    };
    examine("M20K", fit.m20k, &FpgaPredictions::m20k);
    examine("ALM", fit.alm, &FpgaPredictions::alm);
    examine("ALUT", fit.alut, &FpgaPredictions::alut);
    examine("power", fit.power, &FpgaPredictions::power);
    examine("Fmax", fit.fmax, &FpgaPredictions::fmax);
    return std::move(found).found();
}

std::vector<std::string> doubts(const SynthesisFit& fit, KnowsData base) {
    Doubts found(base);
    for (const SynthesisPart& part : fit.parts) {
        // A figure of 0 adds nothing, which may well be so.
        FitResult above = part.fit;
        for (std::size_t i = 0; i < above.parameters.size(); ++i) {
            above.at_bound[i] = above.at_bound[i] && above.parameters[i] > 0;
        }
        found.at_bound(part.what, part.names, above);
    }
    found.held_out("ALM", fit.held_out, by_one_number(fit.by_base));
    return std::move(found).found();
}

}  // namespace cleave
