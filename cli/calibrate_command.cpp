// SPDX-License-Identifier: Apache-2.0
#include "cleave/calibrate/fit_doubts.hpp"
#include "cleave/calibrate/fpga_extrapolation.hpp"
#include "cleave/calibrate/kernel_networks.hpp"
#include "cleave/models/any_model.hpp"
#include "cleave/models/read_measurements.hpp"
#include "cleave/models/read_model.hpp"
#include "cleave/models/read_synthesis.hpp"
#include "cleave/models/write_calibrated.hpp"
#include "cleave/models/write_calibrated_fpga.hpp"
#include "cleave/models/write_check.hpp"
#include "cleave/models/write_synthesis.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "commands.hpp"
#include "data_files.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <utility>

namespace cleave::cli {
namespace {

using Targets = std::vector<CheckTarget>;

[[noreturn]] void refuse(const std::string& file, const std::string& message) {
    throw InputError(std::vector<Fault>{{file, 1, 1, "", message}});
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

void print_parameters(const std::vector<std::string>& names, const FitResult& fit, const Style& style) {
    Table table(
        {{"parameter"}, {"value", Table::Align::right}, {"standard error", Table::Align::right}, {""}});
    for (std::size_t i = 0; i < names.size(); ++i) {
        table.add({names[i], fmt::format("{:.4g}", fit.parameters[i]),
                   fmt::format("{:.2g}", fit.standard_errors[i]), fit.at_bound[i] ? "at a bound" : ""},
                  {Tone::plain, Tone::plain, Tone::plain, Tone::caution});
    }
    std::fputs((table.text(style) + "\n").c_str(), stdout);
}

using ErrorSets = std::vector<std::pair<std::string, std::vector<Prediction>>>;

void print_errors(const ErrorSets& sets, const Style& style) {
    Table table({{"errors"},
                 {"rows", Table::Align::right},
                 {"mean", Table::Align::right},
                 {"median", Table::Align::right},
                 {"90th percentile", Table::Align::right},
                 {"bias", Table::Align::right},
                 {"worst"}});
    for (const auto& [name, predictions] : sets) {
        if (predictions.empty()) {
            continue;
        }
        const ErrorSummary e = summarize(predictions);
        table.add({name, std::to_string(e.rows), percent(e.mape), percent(e.median), percent(e.p90),
                   fmt::format("{:+.1f} %", 100 * e.bias), describe_worst(predictions, 3)});
    }
    std::fputs((table.text(style) + "\n").c_str(), stdout);
}

/// Predictions of networks, family by family.
ErrorSets by_family(const GpuData& data, const std::vector<Prediction>& predictions) {
    std::map<std::string, std::string> family_of;
    for (const Workload& workload : data.workloads) {
        family_of[workload.name] = workload.family;
    }
    std::map<std::string, std::vector<Prediction>> families;
    for (const Prediction& p : predictions) {
        families[family_of.at(p.name)].push_back(p);
    }
    return {families.begin(), families.end()};
}

std::string base_of(const CalibrateOptions& options, const Session& session, const std::string& shipped) {
    std::error_code error;
    if (!options.base.empty()) {
        return find_file(session, "cost_models", options.base);
    }
    return !options.output.empty() && std::filesystem::is_regular_file(options.output, error)
               ? options.output
               : find_file(session, "cost_models", shipped);
}

/// A new file is another device's model, unless it is told otherwise; the base written over stays what it
/// was.
ModelIdentity identity_of(const CalibrateOptions& options, const std::string& base) {
    std::error_code error;
    ModelIdentity identity{options.name, options.description};
    if (identity.name.empty() && !options.output.empty() &&
        !std::filesystem::equivalent(options.output, base, error)) {
        identity.name = std::filesystem::path(options.output).stem().string();
    }
    return identity;
}

/// A model's text, and why it should not be relied on.
struct Calibrated {
    std::string yaml;
    std::vector<std::string> doubts;
};

/// Whether anything of the model was fitted to this file.
KnowsData knows(const ModelSheet& sheet, const DataFile& data) {
    const bool found = std::any_of(sheet.sources.begin(), sheet.sources.end(), [&](const Source& source) {
        return source.kind == SourceKind::fitted && source.sha256 == data.sha256;
    });
    return found ? KnowsData::yes : KnowsData::no;
}

Calibrated calibrate_gpu(const CalibrateOptions& options, const Session& session) {
    if (options.data[0].empty() && options.data[1].empty()) {
        refuse("command line", "a fit needs measured networks (--workloads, --layers) or kernels (--ops)");
    }
    GpuData data = load_gpu_data({options.data[0], options.layers, options.data[1]});
    if (options.data[0].empty()) {
        data = kernels_as_networks(std::move(data));
    }
    const std::string base = base_of(options, session, "jetson_tx2");
    const ModelFile<GpuModel> base_model = load_gpu_model(base);
    const KnowsData known = knows(base_model.sheet, data.workload_file);
    // What was fitted to these data says nothing more about them.
    const GpuFit fit = fit_gpu(data, base_model.model, known == KnowsData::no ? Prior::base : Prior::none);
    std::vector<std::pair<std::string, std::vector<Prediction>>> errors;
    const auto show = [&](const char* name, const auto& target) {
        if (target) {
            print_parameters(target->names, target->fit, session.out);
            if (target->near) {
                std::fputs((describe_nearness(*target->near, name) + "\n\n").c_str(), stdout);
            }
            errors.emplace_back(fmt::format("{}, fitted", name), target->in_sample);
            errors.emplace_back(fmt::format("{}, held out", name), target->held_out);
            errors.emplace_back(fmt::format("{}, family by family", name), target->held_out_family);
        }
    };
    show("latency", fit.latency);
    show("power", fit.power);
    show("tuned kernels", fit.tuned);
    print_errors(errors, session.out);
    if (fit.latency && !fit.latency->held_out_family.empty()) {
        print_errors(by_family(data, fit.latency->held_out_family), session.out);
    }
    return {calibrated_gpu_yaml(base, identity_of(options, base), data, fit), doubts(fit, known)};
}

const Implementation& named_implementation(const FpgaModel& model, const std::string& name) {
    const auto found = std::find_if(model.implementations.begin(), model.implementations.end(),
                                    [&](const auto& i) { return i.name == name; });
    if (found == model.implementations.end()) {
        std::vector<std::string> names;
        for (const Implementation& implementation : model.implementations) {
            names.push_back(implementation.name);
        }
        refuse("command line",
               "there is no implementation " + quote(name) + " " + hint(name, names, "available"));
    }
    return *found;
}

Calibrated calibrate_circuits(const CalibrateOptions& options, const Session& session) {
    const std::string base = base_of(options, session, "cyclone10gx_10cx220");
    const ModelFile<FpgaModel> base_model = load_fpga_model(base);
    const Implementation& implementation = named_implementation(base_model.model, options.form);
    if (!is_generated(implementation)) {
        refuse("command line",
               fmt::format("no circuits are generated for implementation {}", quote(options.form)));
    }
    const SynthesisData data = load_synthesis(options.data[0]);
    const SynthesisFit fit = fit_synthesis(data, implementation);
    for (const SynthesisPart& part : fit.parts) {
        std::fputs((session.out.paint(Tone::strong, part.what) + "\n").c_str(), stdout);
        print_parameters(part.names, part.fit, session.out);
    }
    print_errors({{"alm, fitted", fit.in_sample},
                  {"alm, held out", fit.held_out},
                  {"alm of convolutions, held out", fit.held_out_convolutions}},
                 session.out);
    const auto blocks = [](const char* what, const BlockAgreement& b) {
        std::fputs(fmt::format("{}: {} of {} modules equal, {} within one block\n", what, b.equal, b.rows,
                               b.within_one)
                       .c_str(),
                   stdout);
    };
    blocks("DSP", fit.dsp);
    blocks("M20K", fit.m20k);
    return {calibrated_synthesis_yaml(base, identity_of(options, base), fit),
            doubts(fit, knows(base_model.sheet, data.files.front()))};
}

Calibrated calibrate_fpga(const CalibrateOptions& options, const Session& session) {
    if (!options.form.empty()) {
        return calibrate_circuits(options, session);
    }
    const FpgaData data = load_fpga_data(options.data[0]);
    const std::string base = base_of(options, session, "cyclone10gx_10cx220");
    const ModelFile<FpgaModel> base_model = load_fpga_model(base);
    const FpgaModel& model = base_model.model;
    const auto found = std::find_if(model.implementations.begin(), model.implementations.end(), can_fit);
    if (found == model.implementations.end()) {
        refuse(base, "has no implementation that can be fitted");
    }
    const auto number = static_cast<std::size_t>(found - model.implementations.begin());
    const Fpga by_base(model, number, found->clock, model.capacity);
    const FpgaFit fit = fit_fpga_beyond(data, by_base);
    for (const FpgaFitPart* part : {&fit.m20k, &fit.alm, &fit.alut, &fit.power, &fit.fmax}) {
        print_parameters(part->names, part->fit, session.out);
    }
    const FpgaPredictions& out = fit.held_out;
    ErrorSets rows{{"alm, fitted", fit.in_sample.alm}, {"alm, held out", out.alm},
                   {"alut, held out", out.alut},       {"m20k, held out", out.m20k},
                   {"power, held out", out.power},     {"fmax, held out", out.fmax}};
    if (fit.extrapolation) {
        const FpgaPredictions& beyond = fit.extrapolation->predictions;
        rows.insert(rows.end(), {{"alm, extrapolated", beyond.alm},
                                 {"power, extrapolated", beyond.power},
                                 {"fmax, extrapolated", beyond.fmax}});
    }
    print_errors(rows, session.out);
    if (fit.extrapolation) {
        std::fputs(
            fmt::format("extrapolated: designs of {} weights and more, by a fit to those of {} at most\n",
                        fit.extrapolation->least_checked, fit.extrapolation->most_fitted)
                .c_str(),
            stdout);
    }
    return {calibrated_fpga_yaml(base, identity_of(options, base), {options.tool, options.power_method}, fit),
            doubts(fit, knows(base_model.sheet, data.files.front()), predict_fpga(by_base, data))};
}

Calibrated calibrate_link(const CalibrateOptions& options, const Session& session) {
    const LinkData data = load_link_data(options.data[0]);
    const LinkDirectionFit to_fpga = fit_link(data, Direction::to_fpga);
    const LinkDirectionFit to_gpu = fit_link(data, Direction::to_gpu);
    print_parameters(to_fpga.names, to_fpga.fit, session.out);
    print_parameters(to_gpu.names, to_gpu.fit, session.out);
    print_errors({{"to FPGA, fitted", to_fpga.in_sample},
                  {"to FPGA, held out", to_fpga.held_out},
                  {"to GPU, fitted", to_gpu.in_sample},
                  {"to GPU, held out", to_gpu.held_out}},
                 session.out);
    const std::string base = base_of(options, session, "pcie_gen2_x4_measured");
    const ModelFile<LinkModel> base_model = load_link_model(base);
    const KnowsData known = knows(base_model.sheet, data.files.front());
    Calibrated calibrated{calibrated_link_yaml(base, identity_of(options, base), data, to_fpga, to_gpu), {}};
    const auto examine = [&](const LinkDirectionFit& fit, Direction direction) {
        const auto found = doubts(fit, direction, known, predict_link(base_model.model, data, direction));
        calibrated.doubts.insert(calibrated.doubts.end(), found.begin(), found.end());
    };
    examine(to_fpga, Direction::to_fpga);
    examine(to_gpu, Direction::to_gpu);
    return calibrated;
}

Calibrated calibrate(const CalibrateOptions& options, const Session& session) {
    switch (options.kind) {
        case CalibrateOptions::Kind::gpu: return calibrate_gpu(options, session);
        case CalibrateOptions::Kind::fpga: return calibrate_fpga(options, session);
        case CalibrateOptions::Kind::link: return calibrate_link(options, session);
    }
    throw std::logic_error("a kind of model that is not calibrated");
}

/// What a model of an FPGA has to leave open.
void say_unknown(const CalibrateOptions& options, const Session& session) {
    std::vector<std::string> unknown;
    if (options.tool.empty()) {
        unknown.emplace_back("what placed and routed the designs (--tool)");
    }
    if (options.power_method.empty()) {
        unknown.emplace_back("how their power was found (--power-method)");
    }
    if (options.kind == CalibrateOptions::Kind::fpga && options.form.empty() && !unknown.empty()) {
        say(session,
            fmt::format("cleave: note: the model says that it is not known {}", fmt::join(unknown, " and ")));
    }
}

/// Models of FPGAs and links are checked against one file.
const std::string& only_file(const CheckOptions& options) {
    if (options.data.size() != 1) {
        refuse(options.data[1], "one file of measurements is enough for this kind of model");
    }
    return options.data.front();
}

Targets check_gpu(const CheckOptions& options) {
    const GpuModel model = load_gpu_model(options.model).model;
    const GpuFiles files = sort_gpu_files(options.data);
    const GpuData data = load_gpu_data(files, DataUse::check);
    if (data.workloads.empty()) {
        return {{"latency", predict_kernels(model, data)}};
    }
    Targets targets{{"latency", predict_latency(model, data)}, {"power", predict_power(model, data)}};
    if (!data.kernels.empty()) {
        targets.push_back({"tuned_kernels", predict_kernels(model, data)});
    }
    return targets;
}

Targets check_fpga(const CheckOptions& options) {
    const FpgaModel model = load_fpga_model(options.model).model;
    const Implementation& implementation = named_implementation(model, options.implementation);
    const auto number = static_cast<std::size_t>(&implementation - model.implementations.data());
    const FpgaPredictions p = predict_fpga(Fpga(model, number, implementation.clock, model.capacity),
                                           load_fpga_data(only_file(options), DataUse::check));
    return {{"alm", p.alm}, {"alut", p.alut}, {"m20k", p.m20k}, {"fmax", p.fmax}, {"power", p.power}};
}

Targets check_link(const CheckOptions& options) {
    const LinkModel model = load_link_model(options.model).model;
    const LinkData data = load_link_data(only_file(options), DataUse::check);
    return {{"to_fpga", predict_link(model, data, Direction::to_fpga)},
            {"to_gpu", predict_link(model, data, Direction::to_gpu)}};
}

/// Errors of each group of rows: networks for workloads, kernel classes for single kernels.
void print_groups(const CheckTarget& target, const Style& style) {
    std::vector<std::pair<std::string, std::vector<Prediction>>> groups;
    for (const Prediction& p : target.predictions) {
        const std::string group = p.name.substr(0, p.name.find('@'));
        const auto found =
            std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == group; });
        (found == groups.end() ? groups.emplace_back(group, std::vector<Prediction>{}) : *found)
            .second.push_back(p);
    }
    if (groups.size() < target.predictions.size()) {
        std::fputs((style.paint(Tone::strong, target.name + " by network or class") + "\n").c_str(), stdout);
        print_errors(groups, style);
    }
}

}  // namespace

int run_calibrate(const CalibrateOptions& options, const Session& session) {
    Calibrated calibrated;
    try {
        calibrated = calibrate(options, session);
    } catch (const std::invalid_argument& error) {
        // What is wrong with the measurements as a whole, such as too few of them.
        refuse(options.data.front().empty() ? options.data.back() : options.data.front(), error.what());
    }
    require_model(calibrated.yaml, options.output.empty() ? "the fitted model" : options.output);
    if (!options.output.empty()) {
        write_file(options.output, calibrated.yaml);
        if (!session.quiet) {
            std::fputs(("wrote " + options.output + "\n").c_str(), stderr);
            say_unknown(options, session);
        }
    }
    for (const std::string& doubt : calibrated.doubts) {
        say(session, "cleave: warning: " + printable(doubt));
    }
    return calibrated.doubts.empty() ? kDone : kThresholdMissed;
}

int run_check(const CheckOptions& options, const Session& session) {
    CheckOptions found = options;
    found.model = find_file(session, "cost_models", options.model);
    const AnyModel model = load_model(found.model);
    const Targets targets = model.kind == "gpu"    ? check_gpu(found)
                            : model.kind == "fpga" ? check_fpga(found)
                                                   : check_link(found);
    if (options.json) {
        std::fputs(check_json(model.sheet.name, targets).c_str(), stdout);
        return kDone;
    }
    std::vector<std::pair<std::string, std::vector<Prediction>>> all;
    for (const CheckTarget& target : targets) {
        all.emplace_back(target.name, target.predictions);
    }
    print_errors(all, session.out);
    for (const CheckTarget& target : targets) {
        print_groups(target, session.out);
    }
    return kDone;
}

}  // namespace cleave::cli
