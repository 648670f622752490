// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/check_bundle.hpp"

#include "cleave/bundle/graph_difference.hpp"
#include "cleave/bundle/manifest_difference.hpp"
#include "cleave/bundle/rtl_files.hpp"
#include "cleave/bundle/write_bundle.hpp"
#include "cleave/partition/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace cleave {
namespace {

class BundleChecker {
public:
    BundleChecker(const std::string& folder, const BundleFolder& bundle, const BundleOrigin& origin)
        : folder_(folder), bundle_(bundle), origin_(origin), network_(origin.units.network()) {}

    CheckedBundle run() {
        const StateSpace states(origin_.units);
        const std::optional<WeightLogic> weights = counted_weights();
        const Costing costing(origin_.units, origin_.platform, weights ? &*weights : nullptr);
        const Score score = score_again(costing, states);
        const Plan plan = make_plan(costing, score);
        for (const std::string& message :
             undeployable(network_, origin_.parameters, origin_.platform, plan)) {
            faults_.add(file_fault(folder_, message));
        }
        faults_.throw_if_any();
        const FixedPointFormats formats =
            complete_formats(plan, origin_.units, origin_.parameters, bundle_.manifest.formats);
        std::vector<Graph> graphs = segments(plan, origin_.units, origin_.parameters, formats);
        const Bundle again{origin_.units,
                           origin_.platform,
                           plan,
                           graphs,
                           formats,
                           strategies_used(score),
                           bundle_.manifest.provenance,
                           std::vector<TestVector>(vector_count(bundle_)),
                           circuits_again(costing, score, plan, formats),
                           count_rounded(origin_.parameters)};
        check_manifest(again);
        check_circuits(again);
        check_files({{"trtexec.sh", trtexec_script(plan)}}, "is not what the GPU's steps give");
        check_files({{"schedule.json", schedule_json(network_, plan)}}, "is not the timeline of the steps");
        // Even where the manifest differs: with other weights exponents do, and which nodes have these
        // weights only the steps' files can say.
        take_step_files(plan, graphs);
        faults_.throw_if_any();
        CheckedBundle checked{plan, whole_graph(network_, origin_.parameters),
                              segments(plan, origin_.units, origin_.parameters), std::move(graphs)};
        check_vectors(checked.subject());
        faults_.throw_if_any();
        check_images(again, checked);
        faults_.throw_if_any();
        return checked;
    }

private:
    static constexpr const char* kManifest = "manifest.json";

    [[nodiscard]] std::string path(const std::string& name) const {
        return (std::filesystem::path(folder_) / name).string();
    }
    void fault(const std::string& name, const std::string& message) {
        faults_.add(file_fault(path(name), message));
    }

    /// What costs know of the weights.
    std::optional<WeightLogic> counted_weights() {
        const std::string& counted = bundle_.manifest.provenance.counted_weights;
        if (counted == kAssumedWeights) {
            return std::nullopt;
        }
        const auto* model = std::get_if<FromFiles>(&bundle_.manifest.provenance.weights);
        if (model == nullptr || model->sha256.front() != counted) {
            fault(kManifest, "point.weights: is not the model that the weights are from");
            faults_.throw_if_any();
        }
        return weight_logic(origin_.units, origin_.parameters, Pick::order, counted, origin_.mapping.splits);
    }

    Score score_again(const Costing& costing, const StateSpace& states) {
        for (const MappingFault& found : check_mapping(costing, states, origin_.mapping)) {
            fault("mapping.yaml",
                  fmt::format("layer '{}': {}", network_.layer(found.layer).name, found.message));
        }
        faults_.throw_if_any();
        Score score = evaluate(costing, states, origin_.mapping);
        if (score.infeasible) {
            const FpgaRefusal& refusal = score.infeasible->refusal;
            fault("mapping.yaml",
                  fmt::format("does not fit the FPGA of platform.yaml: {} {} needed, {} available",
                              refusal.needed, refusal.resource, refusal.available));
        }
        faults_.throw_if_any();
        return score;
    }

    /// The manifest is that of this bundle.
    void check_manifest(const Bundle& again) {
        std::vector<ListedFile> files;
        for (const std::string& name : bundle_file_names(again)) {
            files.push_back(listed(name));
        }
        const std::optional<Node> expected =
            parse_json(manifest_json(again, files), path(kManifest), faults_);
        report_differences(bundle_.manifest.document, expected.value(), faults_);
    }

    /// A file as read_bundle() has found it; without size and hash, as none can be, if it is not there.
    [[nodiscard]] ListedFile listed(const std::string& name) const {
        const std::vector<ListedFile>& all = bundle_.manifest.files;
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const ListedFile& file) { return file.path == name; });
        return found == all.end() ? ListedFile{name, 0, ""} : *found;
    }

    [[nodiscard]] bool is_listed(const std::string& name) const { return !listed(name).sha256.empty(); }

    /// Replaces graphs by those of the step's files, which must be the same.
    void take_step_files(const Plan& plan, std::vector<Graph>& graphs) {
        for (std::size_t i = 0; i < graphs.size(); ++i) {
            if (plan.steps[i].device == StepDevice::link) {
                continue;
            }
            const std::string name = step_file_name(plan, step_id(i));
            if (!is_listed(name)) {
                continue;  // which is a difference of the manifest
            }
            try {
                Graph found = read_step_graph(folder_, bundle_, name);
                if (const auto different = difference(found, as_written(graphs[i]))) {
                    fault(name, "is not what the network's cut gives: " + *different);
                }
                graphs[i] = std::move(found);
            } catch (const InputError& unreadable) {
                faults_.add(unreadable.faults());
            } catch (const std::invalid_argument& unwritable) {
                fault(name, unwritable.what());
            }
        }
    }

    /// Circuits of the steps of which the bundle has any.
    [[nodiscard]] StepCircuits circuits_again(const Costing& costing, const Score& score, const Plan& plan,
                                              const FixedPointFormats& formats) const {
        const auto has_circuit = [&](std::size_t i) {
            return is_listed(fmt::format("{}/{}.v", rtl_folder(step_id(i)), rtl_top(step_id(i))));
        };
        bool any = false;
        for (std::size_t i = 0; i < plan.steps.size(); ++i) {
            any = any || has_circuit(i);
        }
        if (!any) {
            return {};
        }
        StepCircuits circuits =
            make_circuits(costing, score, plan, origin_.parameters, formats, vector_count(bundle_)).circuits;
        for (std::size_t i = 0; i < circuits.size(); ++i) {
            if (!has_circuit(i)) {
                circuits[i].reset();
            }
        }
        return circuits;
    }

    void check_files(const BundleFiles& expected, const std::string& message) {
        for (const auto& [name, text] : expected) {
            if (is_listed(name) && bundle_.files.at(name) != text) {
                fault(name, message);
            }
        }
    }

    void check_circuits(const Bundle& again) {
        for (const auto& circuit : again.circuits) {
            if (circuit) {
                check_files(circuit->sources, "is not what the step's circuit gives");
            }
        }
    }

    /// Images of a bench are made of the vectors: those that the bundle has no files of are computed again.
    void check_images(const Bundle& again, const CheckedBundle& checked) {
        if (again.circuits.empty()) {
            return;
        }
        // The first has all that crosses, and has been compared.
        std::vector<TestVector> vectors = read_vectors(folder_, bundle_, again.plan);
        for (std::size_t v = 1; v < vectors.size(); ++v) {
            Values input;
            for (const PlanTensorId id : again.plan.inputs) {
                const Values& values = vectors[v].tensors[index(id)];
                input.insert(input.end(), values.begin(), values.end());
            }
            vectors[v].tensors = execute_plan(again.plan, checked.fixed, input);
        }
        for (std::size_t i = 0; i < again.circuits.size(); ++i) {
            if (const StepCircuit* circuit = again.circuit(step_id(i))) {
                check_files(rtl_images(again.plan, step_id(i), *circuit, vectors),
                            "is not what the test vectors give");
            }
        }
    }

    void check_vectors(const VerifySubject& subject) {
        const std::vector<TestVector> vectors = read_vectors(folder_, bundle_, subject.plan);
        for (std::size_t v = 0; v < vectors.size(); ++v) {
            for (const std::string& message : check_vector(subject, vectors[v])) {
                fault(kManifest, fmt::format("vectors[{}]: {}", v, message));
            }
        }
    }

    const std::string& folder_;
    const BundleFolder& bundle_;
    const BundleOrigin& origin_;
    const Network& network_;
    FaultList faults_;
};

}  // namespace

CheckedBundle check_bundle(const std::string& folder, const BundleFolder& bundle,
                           const BundleOrigin& origin) {
    return BundleChecker(folder, bundle, origin).run();
}

}  // namespace cleave
