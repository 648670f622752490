// SPDX-License-Identifier: Apache-2.0
#include "cleave/runs/compare_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace cleave {
namespace {

double size_of(const ComparedTerm& term) { return std::abs(term.difference().value()); }

/// The step's terms as far as they were measured apart. What was measured as one is compared as one.
std::vector<ComparedTerm> compared_terms(const PredictedStep& predicted, const MeasuredStep& measured) {
    std::vector<ComparedTerm> terms;
    if (measured.parts.empty()) {
        ComparedTerm whole{{}, to_si(predicted.duration), measured.time.median};
        for (const PredictedTerm& one : predicted.terms) {
            if (one.time > Nanoseconds() || predicted.terms.size() == 1) {
                whole.terms.push_back(one.term);
            }
        }
        if (whole.terms.empty()) {
            whole.terms.push_back(predicted.terms.front().term);
        }
        terms.push_back(std::move(whole));
        return terms;
    }
    for (const PredictedTerm& one : predicted.terms) {
        const std::optional<Seconds> time = measured.part(one.term);
        if (time && (one.time > Nanoseconds() || *time > Seconds())) {
            terms.push_back({{one.term}, to_si(one.time), *time});
        }
    }
    return terms;
}

std::vector<ComparedDevice> compared_devices(const PredictedRun& predicted, const MeasuredRun& measured) {
    std::vector<ComparedDevice> devices;
    for (const auto& [device, name] : names_of(StepDevice{})) {
        const StepDevice wanted = device;
        const bool used = std::any_of(predicted.steps.begin(), predicted.steps.end(),
                                      [&](const PredictedStep& step) { return step.device == wanted; });
        if (!used) {
            continue;
        }
        ComparedDevice compared{device, predicted.models.at(static_cast<std::size_t>(device)), std::nullopt};
        const auto step =
            std::find_if(measured.steps.begin(), measured.steps.end(),
                         [&](const MeasuredStep& one) { return predicted.steps[one.step].device == wanted; });
        if (step != measured.steps.end()) {
            compared.measured = measured.devices[step->device];
        }
        devices.push_back(std::move(compared));
    }
    return devices;
}

void add_totals(RunComparison& comparison) {
    for (const ComparedStep& step : comparison.steps) {
        if (step.how == RunMethod::emulated) {
            continue;
        }
        ++comparison.total.steps;
        comparison.total.predicted += step.predicted;
        comparison.total.measured += step.measured;
        for (const ComparedTerm& term : step.terms) {
            auto total = std::find_if(comparison.totals.begin(), comparison.totals.end(),
                                      [&](const TermTotal& one) { return one.terms == term.terms; });
            if (total == comparison.totals.end()) {
                total = comparison.totals.insert(total, TermTotal{term.terms, 0, {}, {}});
            }
            ++total->steps;
            total->predicted += term.predicted;
            total->measured += term.measured;
        }
    }
}

void add_misses(RunComparison& comparison) {
    double sum = 0;
    for (std::size_t i = 0; i < comparison.steps.size(); ++i) {
        const ComparedStep& step = comparison.steps[i];
        for (std::size_t k = 0; step.how != RunMethod::emulated && k < step.terms.size(); ++k) {
            comparison.misses.push_back({i, k, size_of(step.terms[k])});
            sum += size_of(step.terms[k]);
        }
    }
    std::stable_sort(comparison.misses.begin(), comparison.misses.end(),
                     [](const RunMiss& a, const RunMiss& b) { return a.share > b.share; });
    for (RunMiss& miss : comparison.misses) {
        miss.share = sum > 0 ? miss.share / sum : 0;
    }
}

const std::string& description_of(const RunDevice& device) {
    return device.description.empty() ? device.name : device.description;
}

}  // namespace

RunComparison compare_run(const PredictedRun& predicted, const MeasuredRun& measured) {
    RunComparison comparison;
    comparison.network = predicted.network;
    comparison.point = predicted.point;
    comparison.devices = compared_devices(predicted, measured);
    comparison.predicted_latency = to_si(predicted.latency);
    comparison.inference = measured.inference;
    auto next = measured.steps.begin();
    for (std::size_t i = 0; i < predicted.steps.size(); ++i) {
        if (next == measured.steps.end() || next->step != i) {
            comparison.missing.push_back(i);
            continue;
        }
        const PredictedStep& step = predicted.steps[i];
        comparison.steps.push_back({i, step.device, step.what, measured.devices[next->device].how,
                                    next->time.runs, to_si(step.duration), next->time.median,
                                    compared_terms(step, *next)});
        ++next;
    }
    add_totals(comparison);
    add_misses(comparison);
    return comparison;
}

std::string term_words(const std::vector<RunTerm>& terms) {
    std::string text;
    for (const RunTerm term : terms) {
        text += (text.empty() ? "" : " + ") + name_of(term);
    }
    return text;
}

std::string measured_on(const ComparedDevice& device) {
    if (!device.measured) {
        return "not measured";
    }
    const std::string& text = description_of(*device.measured);
    switch (device.measured->how) {
        case RunMethod::measured: return text;
        case RunMethod::simulated: return "simulated: " + text;
        case RunMethod::emulated: return "emulated: " + text;
    }
    throw std::logic_error("way out of range");
}

std::vector<std::string> run_warnings(const RunComparison& comparison) {
    std::vector<std::string> warnings;
    for (const ComparedDevice& device : comparison.devices) {
        if (!device.measured || device.is_model()) {
            continue;
        }
        if (device.measured->how == RunMethod::emulated) {
            warnings.push_back(fmt::format("{} was emulated: its times say nothing of {}, and count nowhere",
                                           device_words(device.device), device.model));
        } else {
            warnings.push_back(fmt::format(
                "{} was {} on {}, which is not said to be {}: what differs may be the device, not the model",
                device_words(device.device), name_of(device.measured->how), description_of(*device.measured),
                device.model));
        }
    }
    return warnings;
}

}  // namespace cleave
