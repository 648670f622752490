// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_bundle.hpp"
#include "cleave/bundle/read_samples.hpp"
#include "cleave/bundle/rtl_files.hpp"
#include "cleave/bundle/write_bundle.hpp"
#include "cleave/config/read_config.hpp"
#include "cleave/config/write_platform.hpp"
#include "cleave/deploy/seeded.hpp"
#include "cleave/front/read_front.hpp"
#include "cleave/onnx/model.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/output_folder.hpp"
#include "cleave/text/version.hpp"
#include "cleave/units/sha256.hpp"
#include "commands.hpp"
#include "front_input.hpp"
#include "table.hpp"
#include "weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <utility>

namespace cleave::cli {
namespace {

/// Random inputs that formats are chosen from, and inputs in vectors/.
constexpr std::uint64_t kNoiseInputs = 4;
constexpr std::size_t kTestVectors = 2;

/// What a bundle cannot hold.
void check_deployable(const Front& front, const Parameters& parameters, const Plan& plan) {
    const ExploreRequest& request = front.config.request;
    FaultList faults;
    for (const std::string& what : undeployable(request.network, parameters, request.platform, plan)) {
        faults.add(file_fault(front.path, what));
    }
    faults.throw_if_any();
}

struct Weights {
    Parameters parameters;
    Origin origin;
};

/// Those of --model, which have to be the ones that the front counts.
Weights load_weights(const DeployOptions& options, const Front& front) {
    const Network& network = front.config.request.network;
    const WeightLogic* counted = front.config.request.known_weights();
    if (options.model.empty()) {
        if (counted != nullptr) {
            throw InputError(file_fault(
                options.front, fmt::format("the front counts the weights of a model: --model is needed (its "
                                           "SHA-256 is {})",
                                           counted->sha256)));
        }
        return {make_weights(options.front, network, options.seed), Seeded{options.seed}};
    }
    ModelWeights weights = load_model_weights(options.model, network);
    if (counted != nullptr && weights.sha256 != counted->sha256) {
        throw InputError(file_fault(options.model,
                                    fmt::format("is not the model whose weights the front counts, which has "
                                                "the SHA-256 {}",
                                                counted->sha256)));
    }
    return {std::move(weights.parameters), FromFiles{{std::move(weights.sha256)}}};
}

/// Inputs whose ranges count, and those that become test vectors.
struct Inputs {
    std::vector<Values> samples;
    std::vector<Values> test;
    Origin origin;
};

/// As float32, in which test vectors are written.
Values noise(const Network& network, std::uint64_t seed) {
    Values values = seeded_input(network, seed);
    for (double& value : values) {
        value = static_cast<double>(static_cast<float>(value));
    }
    return values;
}

/// What a calibration file holds: a map, or all inputs of a network that has several, one after the other.
Shape sample_shape(const Network& network) {
    Shape shape = network.output(LayerId{});
    if (network.input_count() > 1) {
        shape = {0, 1, 1};
        for (std::size_t i = 0; i < network.input_count(); ++i) {
            shape.channels += network.output(layer_id(i)).elements();
        }
    }
    return shape;
}

Inputs load_inputs(const DeployOptions& options, const Network& network) {
    Inputs inputs;
    if (options.samples.empty()) {
        for (std::uint64_t i = 0; i < kNoiseInputs; ++i) {
            inputs.samples.push_back(noise(network, options.seed + i));
        }
        for (std::uint64_t i = 0; i < kTestVectors; ++i) {
            inputs.test.push_back(noise(network, options.seed + kNoiseInputs + i));
        }
        inputs.origin = Seeded{options.seed};
        return inputs;
    }
    FromFiles files;
    for (Sample& sample : read_samples(options.samples, sample_shape(network))) {
        if (inputs.test.size() < kTestVectors) {
            inputs.test.push_back(sample.values);
        }
        inputs.samples.push_back(std::move(sample.values));
        files.sha256.push_back(std::move(sample.sha256));
    }
    inputs.origin = std::move(files);
    return inputs;
}

/// Files of the bundle that lies in a folder; none if there is no bundle.
std::set<std::string> files_of_earlier(const std::string& folder) {
    std::set<std::string> names{"manifest.json"};
    try {
        for (const ListedFile& file : read_manifest_of(folder).files) {
            names.insert(file.path);
        }
    } catch (const InputError&) {
        return {};
    }
    return names;
}

/// A bundle is a folder of its own: what else lies there would be taken for a part of it, or be overwritten.
void check_folder(const std::string& path) {
    namespace fs = std::filesystem;
    const std::set<std::string> earlier = files_of_earlier(path);
    FaultList faults;
    std::error_code error;
    fs::recursive_directory_iterator entry(path, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().lexically_relative(path).generic_string();
        if (!entry->is_directory(error) && earlier.count(name) == 0) {
            faults.add(file_fault(entry->path().string(),
                                  "is no file of an earlier bundle, and a bundle needs a folder of its own"));
        }
    }
    faults.throw_if_any();
}

BundleFiles files_of(const Bundle& bundle, const std::string& folder) {
    try {
        return bundle_files(bundle);
    } catch (const OnnxError& error) {
        throw InputError(file_faults(folder, error.messages()));
    }
}

/// Scales on the FPGA that are no better than a guess.
void warn_of_stand_ins(const Network& network, const Plan& plan, const Session& session) {
    if (plan.copied_before_fpga.empty()) {
        return;
    }
    const Layer& first = network.layer(plan.copied_before_fpga.front());
    const std::size_t others = plan.copied_before_fpga.size() - 1;
    say(session,
        fmt::format(
            "cleave: warning: the FPGA computes behind '{}' ({}{}), which is copied from the model and not "
            "computed here: scales of maps behind it are as if it moved its input's numbers; "
            "run_bundle.mjs --model says what they are worth",
            printable(first.name), printable(std::get<Other>(first.op).type),
            others > 0 ? fmt::format(", and {} more layers", others) : ""));
}

/// Of the point's steps on the FPGA, unless none are wanted.
MadeCircuits circuits_of(const DeployOptions& options, const Costing& costing, const Score& score,
                         const Plan& plan, const Parameters& parameters, const FixedPointFormats& formats,
                         std::size_t vectors) {
    if (options.no_rtl) {
        return {};
    }
    MadeCircuits made = make_circuits(costing, score, plan, parameters, formats, vectors);
    if (options.rtl && !made.refusals.empty()) {
        throw InputError(file_faults(options.front, made.refusals));
    }
    return made;
}

void write_bundle(const std::string& path, const BundleFiles& files, const std::string& manifest) {
    check_folder(path);
    OutputFolder folder(path);
    std::set<std::string> circuits;
    for (const std::string& earlier : files_of_earlier(path)) {
        if (earlier.rfind("rtl/", 0) == 0) {
            circuits.insert(std::filesystem::path(earlier).parent_path().string());
        }
    }
    // Folders within others first, which are then empty.
    for (auto name = circuits.rbegin(); name != circuits.rend(); ++name) {
        folder.replace_all(*name, "", "");
    }
    for (const auto& [name, content] : files) {
        folder.add(name, content);
    }
    // Last, so that a reader who sees a new manifest finds everything that it lists.
    folder.add("manifest.json", manifest);
    folder.replace_all("steps", "s", ".onnx");
    for (std::size_t i = 0; i < kTestVectors; ++i) {
        folder.replace_all(fmt::format("vectors/{}", i), "", ".bin");
    }
    folder.commit();
}

void print_steps(const Network& network, const Plan& plan, const Style& style) {
    using Align = Table::Align;
    Table table({{"step", Align::right},
                 {"device"},
                 {"start", Align::right},
                 {"time", Align::right},
                 {"energy", Align::right},
                 {"link", Align::right},
                 {"what"}});
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const PlanStep& step = plan.steps[i];
        const PlanTensor& first = plan.tensor(step.inputs.front());
        const bool link = step.device == StepDevice::link;
        table.add({std::to_string(i), name_of(step.device), show(to_si(step.start)),
                   show(to_si(step.duration)), step.energy.ticks() == 0 ? "-" : show(to_si(step.energy)),
                   link ? show_bytes(first.crossing->bytes) : "",
                   printable(step_title(network, plan, step_id(i)))});
    }
    std::fputs(table.text(style).c_str(), stderr);
    if (plan.standing_energy.ticks() > 0) {
        std::fputs(fmt::format("idle and static power of all devices, in no step: {}\n",
                               show(to_si(plan.standing_energy)))
                       .c_str(),
                   stderr);
    }
}

}  // namespace

int run_deploy(const DeployOptions& options, const Session& session) {
    if (options.output.empty() || options.output == "-") {
        throw InputError(file_fault("--output", "a folder is needed"));
    }
    const Front front = load_front(options.front, session);
    const FrontEntry& point = find_point(front, options.point);
    const ExploreRequest& request = front.config.request;
    const UnitGraph units(request.network);
    const Mapping mapping = mapping_of(point, units, request.platform.fpga);
    const StateSpace states(units);
    const Costing costing(units, request.platform, request.known_weights());
    const Score score = score_again(point, mapping, costing, states);
    const Plan plan = make_plan(costing, score);

    const Weights weights = load_weights(options, front);
    check_deployable(front, weights.parameters, plan);
    const Inputs inputs = load_inputs(options, request.network);
    std::vector<TestVector> vectors;
    MapRanges ranges;
    try {
        RangeMeter meter(request.network, weights.parameters);
        for (const Values& input : inputs.samples) {
            static_cast<void>(meter.add(input));
        }
        // Test inputs that are not among the samples do not count.
        ranges = meter.ranges();
        for (const Values& input : inputs.test) {
            vectors.push_back({{}, meter.add(input)});
        }
    } catch (const std::invalid_argument& error) {
        throw InputError(file_fault(options.model.empty() ? front.path : options.model, error.what()));
    }
    const FixedPointFormats formats = choose_formats(plan, units, weights.parameters, ranges);
    const std::vector<Graph> graphs = segments(plan, units, weights.parameters, formats);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        vectors[i].tensors = execute_plan(plan, graphs, inputs.test[i]);
    }
    MadeCircuits circuits =
        circuits_of(options, costing, score, plan, weights.parameters, formats, vectors.size());
    const ExploreInputs& sources = front.config.inputs;
    const Bundle bundle{units,
                        request.platform,
                        plan,
                        graphs,
                        formats,
                        strategies_used(score),
                        {version(),
                         point.id,
                         request.weights ? request.weights->sha256 : kAssumedWeights,
                         {front.sha256, sha256(sources.gpu), sha256(sources.fpga), sha256(sources.link)},
                         weights.origin,
                         inputs.origin,
                         inputs.samples.size()},
                        std::move(vectors),
                        std::move(circuits.circuits),
                        count_rounded(weights.parameters)};
    BundleFiles files = files_of(bundle, options.output);
    files.emplace_back("mapping.yaml",
                       mapping_yaml(request.network, request.platform.fpga, mapping, "point " + point.id));
    files.emplace_back("network.yaml", sources.network);
    files.emplace_back("platform.yaml", platform_yaml(front.config));
    write_bundle(options.output, files, manifest_json(bundle, files));
    if (!session.quiet) {
        print_steps(request.network, plan, session.err);
        for (const std::string& refusal : circuits.refusals) {
            std::fputs(fmt::format("no circuit for {}\n", printable(refusal)).c_str(), stderr);
        }
        if (formats.own_scales > 0) {
            std::fputs(
                fmt::format("{} on the FPGA: scale from the model's own codes\n",
                            formats.own_scales == 1 ? "1 feature map"
                                                    : fmt::format("{} feature maps", formats.own_scales))
                    .c_str(),
                stderr);
        }
        warn_of_stand_ins(request.network, plan, session);
        std::fputs(
            fmt::format("{}, point {}: {}, {}, {} over the link\nwrote {}/manifest.json and {} files{}\n",
                        printable(request.network.name()), point.id, show(to_si(score.latency)),
                        show(to_si(score.energy)), show_bytes(score.link_bytes), options.output, files.size(),
                        options.model.empty() ? "; weights are random (no --model)" : "")
                .c_str(),
            stderr);
    }
    return kDone;
}

}  // namespace cleave::cli
