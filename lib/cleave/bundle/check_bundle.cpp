// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/check_bundle.hpp"

#include "cleave/bundle/graph_difference.hpp"
#include "cleave/bundle/plan_difference.hpp"
#include "cleave/bundle/write_bundle.hpp"
#include "cleave/bundle/write_graph.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/partition/strategy.hpp"
#include "cleave/text/input_file.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

class BundleChecker {
public:
    BundleChecker(const std::string& folder, const BundleFolder& bundle, const BundleOrigin& origin)
        : folder_(folder), bundle_(bundle), origin_(origin) {}

    CheckedBundle run() {
        const DescribedPlan described = describe();
        check_mapping(described.mapping);
        throw_if_any();
        check_platform();
        check_plan(described.plan);
        throw_if_any();
        CheckedBundle checked{described.plan,
                              whole_graph(origin_.units.network(), origin_.parameters),
                              segments(described.plan, origin_.units, origin_.parameters),
                              read_step_graphs(folder_, bundle_),
                              {}};
        check_steps(checked, described.formats);
        check_nodes(checked);
        throw_if_any();
        checked.vectors = read_vectors(folder_, bundle_, checked.plan);
        for (std::size_t v = 0; v < checked.vectors.size(); ++v) {
            for (const std::string& message : check_vector(checked.subject(), checked.vectors[v])) {
                fault(kManifest, fmt::format("vectors[{}]: {}", v, message));
            }
        }
        throw_if_any();
        return checked;
    }

private:
    static constexpr const char* kManifest = "manifest.json";

    void fault(const std::string& name, const std::string& message) {
        lines_.push_back(fault_line((std::filesystem::path(folder_) / name).string(), message));
    }
    void throw_if_any() {
        if (!lines_.empty()) {
            throw FormatError(std::move(lines_));
        }
    }

    DescribedPlan describe() {
        if (bundle_.manifest.network_sha256 != sha256(bundle_.files.at("network.yaml"))) {
            fault(kManifest, "network.sha256: is not that of network.yaml");
        }
        std::vector<std::string> faults;
        std::optional<DescribedPlan> plan = plan_of(bundle_.manifest, origin_.units, faults);
        for (const std::string& message : faults) {
            fault(kManifest, message);
        }
        throw_if_any();
        return std::move(*plan);
    }

    void check_mapping(const Mapping& described) {
        if (described != origin_.mapping) {
            fault("mapping.yaml", "is not the mapping that manifest.json describes");
        }
        std::set<Strategy> used;
        for (const Strategy strategy : module_strategies(origin_.units, described)) {
            used.insert(strategy);
        }
        std::vector<std::string> names;
        for (const Strategy strategy : used) {
            names.push_back(strategy_name(strategy));
        }
        if (names != bundle_.manifest.strategies) {
            fault(kManifest, "point.strategies: are not those of the mapping");
        }
    }

    void check_platform() {
        const Platform& platform = origin_.platform;
        const DescribedPlatform right{
            platform.gpu.model().name,  platform.gpu.profile().name,         platform.gpu.mode().name,
            platform.fpga.model().name, platform.fpga.implementation().name, platform.fpga.clock().value(),
            platform.link.name};
        if (bundle_.manifest.platform != right) {
            fault(kManifest, "platform: is not that of platform.yaml");
        }
    }

    /// The same mapping, costed and planned again.
    void check_plan(const Plan& described) {
        const StateSpace states(origin_.units);
        const Costing costing(origin_.units, origin_.platform);
        for (const MappingFault& found : cleave::check_mapping(costing, states, origin_.mapping)) {
            fault("mapping.yaml",
                  fmt::format("layer '{}': {}", origin_.units.network().layer(found.layer).name,
                              found.message));
        }
        throw_if_any();
        const Score score = evaluate(costing, states, origin_.mapping);
        if (score.infeasible) {
            const FpgaRefusal& refusal = score.infeasible->refusal;
            fault("mapping.yaml",
                  fmt::format("does not fit the FPGA of platform.yaml: {} {} needed, {} available",
                              refusal.needed, refusal.resource, refusal.available));
            return;
        }
        const Plan plan = make_plan(costing, score);
        for (const std::string& difference : plan_differences(described, plan)) {
            fault(kManifest, difference);
        }
        if (bundle_.files.at("schedule.json") != schedule_json(origin_.units.network(), plan)) {
            fault("schedule.json", "is not the timeline of the steps");
        }
    }

    void check_steps(const CheckedBundle& checked, const FixedPointFormats& formats) {
        for (std::size_t i = 0; i < checked.fixed.size(); ++i) {
            if (checked.plan.steps[i].device == StepDevice::link) {
                continue;
            }
            std::optional<std::string> found;
            try {
                const Graph expected =
                    as_written(segment(checked.plan, step_id(i), origin_.units, origin_.parameters, formats));
                found = difference(checked.fixed[i], expected);
            } catch (const std::bad_optional_access&) {
                fault(kManifest,
                      fmt::format("steps[{}]: an exponent of a layer that it computes is missing", i));
            } catch (const std::invalid_argument& error) {
                fault(kManifest,
                      fmt::format("steps[{}]: exponents do not fit the weights: {}", i, error.what()));
            }
            if (found) {
                fault(bundle_.manifest.steps[i].file, "is not what the network's cut gives: " + *found);
            }
        }
    }

    /// 'node' names the node that computes a layer, where there is one.
    void check_nodes(const CheckedBundle& checked) {
        for (std::size_t i = 0; i < bundle_.manifest.layers.size(); ++i) {
            const DescribedLayer& layer = bundle_.manifest.layers[i];
            for (const DescribedPart& part : layer.parts) {
                const std::vector<GraphNode>& nodes = checked.fixed[part.step].nodes;
                const bool there = std::any_of(nodes.begin(), nodes.end(), [&](const GraphNode& node) {
                    return node.name == layer.name;
                });
                if (part.node != (there ? std::optional(layer.name) : std::nullopt)) {
                    fault(kManifest, fmt::format("layers[{}].parts: 'node' is not as in the file of step {}",
                                                 i, part.step));
                }
            }
        }
    }

    const std::string& folder_;
    const BundleFolder& bundle_;
    const BundleOrigin& origin_;
    std::vector<std::string> lines_;
};

}  // namespace

CheckedBundle check_bundle(const std::string& folder, const BundleFolder& bundle,
                           const BundleOrigin& origin) {
    return BundleChecker(folder, bundle, origin).run();
}

}  // namespace cleave
