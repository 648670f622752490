// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/check_bundle.hpp"
#include "cleave/bundle/write_check.hpp"
#include "cleave/config/read_mapping.hpp"
#include "cleave/config/read_network.hpp"
#include "cleave/config/read_platform.hpp"
#include "cleave/deploy/seeded.hpp"
#include "cleave/network/bind.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/units/sha256.hpp"
#include "commands.hpp"
#include "table.hpp"
#include "weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace cleave::cli {
namespace {

std::string inside(const std::string& folder, const char* name) {
    return (std::filesystem::path(folder) / name).string();
}

[[noreturn]] void fail(const std::string& path, const std::string& message) {
    throw InputError(file_fault(path, message));
}

bool same_weights(const Parameters& a, const Parameters& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& one, const auto& other) { return one.weights == other.weights; });
}

Parameters load_parameters(const VerifyOptions& options, const Origin& weights_origin,
                           const Network& network) {
    const auto* seeded = std::get_if<Seeded>(&weights_origin);
    if (options.model.empty()) {
        if (seeded == nullptr) {
            fail(inside(options.bundle, "manifest.json"), "weights: are those of a model: --model is needed");
        }
        return make_weights(inside(options.bundle, "network.yaml"), network, seeded->seed);
    }
    ModelWeights weights = load_model_weights(options.model, network);
    if (seeded != nullptr && !same_weights(weights.parameters, seeded_parameters(network, seeded->seed))) {
        fail(options.model, fmt::format("has other weights than '{}', whose are random ones of seed {}",
                                        options.bundle, seeded->seed));
    }
    if (seeded == nullptr && weights.sha256 != std::get<FromFiles>(weights_origin).sha256.front()) {
        fail(options.model,
             fmt::format("is not the model that '{}' was made from: its SHA-256 is another", options.bundle));
    }
    return std::move(weights.parameters);
}

std::string show_db(double db) {
    if (std::isfinite(db)) {
        return fmt::format("{:.1f} dB", db);
    }
    return db > 0 ? "exact" : "no number";
}

std::vector<std::string> copied_layers(const Network& network) {
    std::vector<std::string> names;
    for (const Layer& layer : network.layers()) {
        if (std::holds_alternative<Other>(layer.op)) {
            names.push_back(layer.name);
        }
    }
    return names;
}

/// What the comparison does not show.
std::string scope_of(const VerifyReport& report, const VerifyOptions& options) {
    std::string text;
    if (!report.not_computed.empty()) {
        constexpr std::size_t kMost = 8;
        std::string names;
        for (std::size_t i = 0; i < std::min(kMost, report.not_computed.size()); ++i) {
            names += (i > 0 ? ", '" : "'") + report.not_computed[i] + "'";
        }
        names += report.not_computed.size() > kMost ? ", ..." : "";
        text = fmt::format(
            "not computed, and so not checked, but copied from the model: {} ({}); numbers of their inputs "
            "stood "
            "for their results\n",
            report.not_computed.size() == 1 ? "1 layer"
                                            : fmt::format("{} layers", report.not_computed.size()),
            printable(names));
    }
    return text +
           fmt::format(
               "compared are two readings of the network, both by cleave; with the model in ONNX Runtime: "
               "node scripts/deploy/run_bundle.mjs {} --model {}\n",
               printable(options.bundle), options.model.empty() ? "MODEL.onnx" : printable(options.model));
}

std::string text_of(const VerifyReport& report, const Style& style) {
    using Align = Table::Align;
    Table table({{"input"}, {"float error", Align::right}, {"SQNR", Align::right}, {"top-1"}});
    for (std::size_t i = 0; i < report.results.size(); ++i) {
        const VerifiedInput& result = report.results[i];
        const bool exact = result.float_error <= report.max_error;
        const bool clear = !report.min_sqnr_db || result.sqnr_db >= *report.min_sqnr_db;
        table.add({fmt::format("seed {}", report.seed + i), fmt::format("{:.1e}", result.float_error),
                   show_db(result.sqnr_db), result.same_top1 ? "same" : "differs"},
                  {Tone::plain, exact ? Tone::plain : Tone::bad, clear ? Tone::plain : Tone::bad,
                   result.same_top1 ? Tone::plain : Tone::caution});
    }
    return fmt::format(
        "{}, point {}: {} files and {} steps are as the manifest says and as the network's cut "
        "gives\n{}float error at most {:.1e} ({:.1e} allowed), SQNR {}, top-1 the same for "
        "{} of {}\n",
        printable(report.network), report.point, report.files, report.steps, table.text(style),
        report.worst_float_error(), report.max_error,
        (std::isfinite(report.worst_sqnr_db()) ? "at least " : "") + show_db(report.worst_sqnr_db()),
        report.same_top1(), report.results.size());
}

/// Which threshold is missed, and by what.
std::string shortfall(const VerifyReport& report) {
    const double error = report.worst_float_error();
    return error <= report.max_error
               ? fmt::format("SQNR is {}, less than the {:.15g} dB of --min-sqnr",
                             show_db(report.worst_sqnr_db()), report.min_sqnr_db.value_or(0))
               : fmt::format("the float error is {:.3g}, more than the {:.15g} of --max-error", error,
                             report.max_error);
}

}  // namespace

int run_verify(const VerifyOptions& options, const Session& session) {
    const BundleFolder bundle = read_bundle(options.bundle);
    const Network network = load_network(inside(options.bundle, "network.yaml")).network;
    const UnitGraph units(network);
    const Platform platform = load_platform(inside(options.bundle, "platform.yaml"));
    const Mapping mapping =
        load_mapping(inside(options.bundle, "mapping.yaml"), network, implementation_choices(platform.fpga))
            .mapping;
    const Parameters parameters = load_parameters(options, bundle.manifest.provenance.weights, network);
    const CheckedBundle checked =
        check_bundle(options.bundle, bundle, {units, parameters, mapping, platform});
    std::vector<Values> inputs;
    for (std::uint64_t i = 0; i < options.inputs; ++i) {
        inputs.push_back(seeded_input(network, options.seed + i));
    }
    const VerifyReport report{network.name(),
                              bundle.manifest.provenance.point,
                              bundle.manifest.files.size(),
                              checked.plan.steps.size(),
                              options.seed,
                              options.max_error,
                              options.min_sqnr,
                              run_inputs(checked.subject(), inputs, 0),
                              copied_layers(network)};
    if (options.json) {
        std::fputs(verify_json(report).c_str(), stdout);
    } else if (!session.quiet) {
        std::fputs((text_of(report, session.out) + scope_of(report, options)).c_str(), stdout);
    }
    if (report.uninformative() && !session.quiet) {
        say(session,
            "cleave: warning: the network's output is the same everywhere or for several inputs: SQNR and "
            "top-1 "
            "say nothing about the quantisation of these weights");
    }
    if (report.passed()) {
        return kDone;
    }
    say(session, fmt::format("{}: error: {}", options.bundle, shortfall(report)));
    return kThresholdMissed;
}

}  // namespace cleave::cli
