// SPDX-License-Identifier: Apache-2.0
#include "cleave/models/write_synthesis.hpp"

#include "cleave/models/fpga_document.hpp"

#include <fmt/format.h>

namespace cleave {
namespace {

std::string share_percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string share_text(std::size_t part, std::size_t all) {
    return fmt::format("{:.1f} %",
                       all > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 0);
}

std::string holdout_text(const SynthesisFit& fit) {
    const ErrorSummary all = summarize(fit.held_out);
    const ErrorSummary convolutions = summarize(fit.held_out_convolutions);
    return fmt::format(
        "mean error of ALM {} of {} convolutions, median {}, 90th percentile {}; {} of all {} modules; {} "
        "folds, "
        "all rows of equal operation, channels, filters, groups and kernel in one",
        share_percent(convolutions.mape), convolutions.rows, share_percent(convolutions.median),
        share_percent(convolutions.p90), share_percent(all.mape), all.rows, kSynthesisFolds);
}

}  // namespace

std::string calibrated_synthesis_yaml(const std::string& base_file, const ModelIdentity& identity,
                                      const SynthesisFit& fit) {
    FpgaDocument document = read_fpga_document(base_file, fit.implementation.name);
    ModelPatch patch(std::move(document.root));
    const DataFile file = fit.files.empty() ? DataFile{"modules", "", 0} : fit.files.front();
    apply(identity, file, patch);
    const std::string& name = fit.implementation.name;
    const auto source = [&](const std::string& key, SourceKind kind, const std::string& text) {
        Source s;
        s.name = name + "-" + key;
        s.kind = kind;
        s.text = text;
        s.data = file.name;
        s.sha256 = file.sha256;
        s.rows = std::to_string(fit.modules);
        if (kind == SourceKind::fitted) {
            s.holdout = holdout_text(fit);
            s.worst = describe_worst(fit.held_out, 3, WorstStyle::plain);
        }
        patch.set_source(s);
        return s.name;
    };
    const std::string fitted = source(
        "fit", SourceKind::fitted,
        "Yosys 0.23 synthesis of this project's own circuits for this family (scripts/characterise_fpga), an "
        "estimate of how tables and registers share ALMs in place of placement and routing. Registers that "
        "lie "
        "inside a DSP block are counted as logic.");
    for (const SynthesisPart& part : fit.parts) {
        for (std::size_t i = 0; i < part.names.size(); ++i) {
            patch.set_figure({"implementations", name, "resources", part.map, part.names[i]},
                             figure_text(part.fit.parameters[i], 1, ""),
                             part.fit.at_bound[i] ? "" : error_text(part.fit.standard_errors[i], 1, ""),
                             fitted);
        }
    }
    const std::string synthesised = source(
        "modules", SourceKind::measured,
        fmt::format(
            "The {} synthesised modules of {} shapes. With the model's memories M20K are equal in {} and "
            "within one block in {} of them; DSP blocks are equal in {}.",
            fit.modules, fit.shapes, share_text(fit.m20k.equal, fit.m20k.rows),
            share_text(fit.m20k.within_one, fit.m20k.rows), share_text(fit.dsp.equal, fit.dsp.rows)));
    for (const auto& [key, range] : kSeenRanges) {
        const std::vector<std::string> path{"implementations", name, "seen", key};
        if (const auto& seen = fit.implementation.seen.*range) {
            patch.set_figure(path, fmt::format("{} to {}", seen->least, seen->most), "", synthesised);
        } else {
            patch.remove(path);
        }
    }
    // Of direct mapping, the spread besides is that of weights that are not known.
    const bool is_folded = std::holds_alternative<Folded>(fit.implementation.form);
    patch.set_figure({"implementations", name, "spread", is_folded ? "alm" : "alm_known_weights"},
                     figure_text(spread(fit.held_out_convolutions), 1, ""), "", fitted);
    return patch.yaml(patch.name() == document.name ? document.comment : calibration_header("fpga"));
}

}  // namespace cleave
