// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/import.hpp"

#include "cleave/onnx/draft.hpp"
#include "cleave/onnx/names.hpp"
#include "cleave/onnx/regions.hpp"
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

/// A module with a name, and the names of its layers.
struct NamedModule {
    std::string name;
    std::size_t first = 0;
    std::size_t last = 0;
};
struct Naming {
    std::vector<NamedModule> modules;
    /// By draft layer, "module/layer".
    std::vector<std::string> layers;
};

/// What exporters call every graph.
bool is_default_name(const std::string& graph_name) {
    static const std::set<std::string> names{"",           "main_graph", "torch_jit", "torch-jit-export",
                                             "tf2onnx",    "graph",      "Graph",     "main",
                                             "onnx_graph", "OnnxGraph"};
    return names.count(graph_name) > 0;
}

std::string word_of(const Op& op) {
    return std::holds_alternative<Pool>(op) || std::holds_alternative<GlobalAveragePool>(op) ? "pool"
                                                                                             : op_name(op);
}

/// Of several inputs, as the model calls them.
std::vector<std::string> input_names(const Draft& draft) {
    if (draft.input_count == 1) {
        return {"input"};
    }
    UniqueNames names;
    std::vector<std::string> result;
    for (std::size_t i = 0; i < draft.input_count; ++i) {
        result.push_back(names.add(valid_name(draft.layers[i].weights)));
    }
    return result;
}

/// Names that the model gives: every node is called MODULE/LAYER, as in models that were exported from a
/// network. Nothing if one is not, or if a module's layers do not follow each other.
std::optional<Naming> given_names(const OnnxModel& model, const Draft& draft) {
    Naming naming{{}, input_names(draft)};
    std::set<std::string> modules;
    std::set<std::string> layers;
    for (std::size_t i = draft.input_count; i < draft.layers.size(); ++i) {
        const std::string& name = model.nodes[draft.layers[i].node].name;
        const auto full = full_name(name);
        if (!full || !layers.insert(name).second) {
            return std::nullopt;
        }
        if (naming.modules.empty() || naming.modules.back().name != full->module) {
            if (!modules.insert(full->module).second) {
                return std::nullopt;
            }
            naming.modules.push_back({full->module, i, i});
        }
        naming.modules.back().last = i;
        naming.layers.push_back(name);
    }
    return naming;
}

/// Names for regions and layers, from what the model calls its nodes and weights.
class Namer {
public:
    Namer(const OnnxModel& model, const Draft& draft) : draft_(draft), followed_(followed_layers(draft)) {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < draft.layers.size(); ++i) {
            const DraftLayer& layer = draft.layers[i];
            const bool named = i >= draft.input_count && followed_[i] == i;
            told_.push_back(named ? telling_name(model.nodes[layer.node], layer.weights) : "");
            if (!told_.back().empty()) {
                all.push_back(told_.back());
            }
        }
        // What all names begin with says nothing either.
        const std::string prefix = all.size() > 1 ? common_prefix(all) : "";
        for (std::string& name : told_) {
            name = prefix.empty() ? name : without_prefix(name, prefix);
        }
    }

    Naming run() {
        const std::vector<std::string> inputs = input_names(draft_);
        Naming naming{{}, inputs};
        naming.layers.resize(draft_.layers.size());
        for (const DraftModule& module : find_modules(draft_)) {
            const std::string prefix = prefix_of(module);
            const std::string wanted = prefix.empty() ? numbered(module) : flat_path(prefix);
            NamedModule named{modules_.add(valid_name(wanted)), module.first, module.last};
            UniqueNames taken({inputs.begin(), inputs.end()});
            for (std::size_t i = module.first; i <= module.last; ++i) {
                const std::string local = taken.add(valid_name(local_name(i, prefix)));
                local_[i] = local;
                naming.layers[i] = named.name + "/" + local;
            }
            naming.modules.push_back(std::move(named));
        }
        return naming;
    }

private:
    /// What the names of a module's layers begin with; of a chain that shares nothing, the name of its first
    /// convolution or fully connected layer.
    [[nodiscard]] std::string prefix_of(const DraftModule& module) const {
        std::vector<std::string> names;
        std::string main;
        for (std::size_t i = module.first; i <= module.last; ++i) {
            const Op& op = draft_.layers[i].op;
            const bool has_weights =
                std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op);
            if (!told_[i].empty()) {
                names.push_back(told_[i]);
                main = has_weights && main.empty() ? told_[i] : main;
            }
        }
        const std::string prefix = common_prefix(names);
        return prefix.empty() && !module.branches ? main : prefix;
    }

    /// "block3", "conv1": by what is in it.
    std::string numbered(const DraftModule& module) {
        std::string word = module.branches ? "block" : word_of(draft_.layers[module.first].op);
        for (std::size_t i = module.first; i <= module.last && !module.branches; ++i) {
            if (std::holds_alternative<FullyConnected>(draft_.layers[i].op)) {
                word = "fc";
            }
        }
        return fmt::format("{}{}", word, ++numbers_[word]);
    }

    [[nodiscard]] std::string local_name(std::size_t i, const std::string& prefix) const {
        if (followed_[i] != i) {
            return head_name(i) + "." + word_of(draft_.layers[i].op);
        }
        const std::string name = without_prefix(told_[i], prefix);
        return name.empty() ? word_of(draft_.layers[i].op) : flat_path(name);
    }

    /// Name, in its module, of the layer at the start of the followers before layer i.
    [[nodiscard]] std::string head_name(std::size_t i) const {
        while (followed_[i] != i) {
            i = followed_[i];
        }
        return local_.at(i);
    }

    const Draft& draft_;
    std::vector<std::size_t> followed_;
    /// What the model calls each layer; empty for followers and where it says nothing.
    std::vector<std::string> told_;
    std::map<std::size_t, std::string> local_;
    std::map<std::string, int> numbers_;
    UniqueNames modules_;
};

ImportedNetwork build(const std::string& name, Draft& draft, const Naming& naming,
                      std::vector<NetworkFault>& faults) {
    NetworkBuilder builder(name);
    ImportedNetwork result;
    for (const NamedModule& module : naming.modules) {
        builder.begin_module(module.name);
        const std::size_t first = module.first == draft.input_count ? 0 : module.first;
        for (std::size_t i = first; i <= module.last; ++i) {
            std::vector<LayerId> inputs;
            for (const std::size_t in : draft.layers[i].inputs) {
                inputs.push_back(layer_id(in));
            }
            builder.add(naming.layers[i], draft.layers[i].op, std::move(inputs));
        }
    }
    std::vector<LayerId> results;
    for (const std::size_t layer : draft.results) {
        results.push_back(layer_id(layer));
    }
    builder.set_results(std::move(results));
    result.network = builder.build();
    faults = builder.faults();
    if (faults.empty()) {
        for (DraftLayer& layer : draft.layers) {
            result.parameters.push_back(std::move(layer.parameters));
        }
    }
    return result;
}

}  // namespace

ImportedNetwork import_onnx(const OnnxModel& model, const std::string& fallback_name) {
    Draft draft = translate(model);
    const std::string name = valid_name(is_default_name(model.graph_name) ? fallback_name : model.graph_name);
    std::vector<NetworkFault> faults;
    ImportedNetwork result;
    const auto given = given_names(model, draft);
    if (given) {
        result = build(name, draft, *given, faults);
    }
    if (!given || !faults.empty()) {
        result = build(name, draft, Namer(model, draft).run(), faults);
    }
    if (!faults.empty()) {
        std::vector<std::string> messages;
        for (const NetworkFault& fault : faults) {
            messages.push_back(fmt::format(
                "{}: {}", describe(model.nodes[draft.layers[index(fault.layer)].node]), fault.message));
        }
        throw OnnxError(std::move(messages));
    }
    result.warnings = model.warnings;
    result.warnings.insert(result.warnings.end(), draft.warnings.begin(), draft.warnings.end());
    result.missing = std::move(draft.missing);
    for (std::size_t i = 0; i < draft.layers.size(); ++i) {
        result.nodes.push_back(i < draft.input_count ? "" : model.nodes[draft.layers[i].node].name);
    }
    return result;
}

}  // namespace cleave
