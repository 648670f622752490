// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <unordered_map>
#include <unordered_set>

namespace cleave {
namespace {

constexpr std::size_t kLongestQuote = 80;
/// Of one kind of fault; a damaged file can have thousands.
constexpr std::size_t kMostOfAKind = 20;

class StructureCheck {
public:
    StructureCheck(OnnxModel& model, std::vector<std::string>& faults) : model_(model), faults_(faults) {}

    void run() {
        collect_constants();
        collect_outputs();
        check_reads();
        if (sound_) {
            sort();
        }
    }

private:
    void fault(std::string message) {
        sound_ = false;
        if (++count_ <= kMostOfAKind) {
            faults_.push_back(std::move(message));
        }
    }

    void define(const std::string& name, const std::string& by) {
        if (!defined_.insert(name).second) {
            fault(fmt::format("{} defines value {}, which is defined already", by, quoted(name)));
        }
    }

    void collect_constants() {
        for (const OnnxTensor& tensor : model_.initializers) {
            if (tensor.name.empty()) {
                fault("an initializer has no name");
            } else {
                define(tensor.name, "an initializer");
            }
        }
        for (const OnnxValue& input : model_.inputs) {
            if (input.name.empty()) {
                fault("an input has no name");
            } else {
                define(input.name, "an input");
            }
        }
    }

    void collect_outputs() {
        for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
            const OnnxNode& node = model_.nodes[i];
            if (node.op.empty()) {
                fault(fmt::format("{} has no operator", describe(node)));
            }
            for (const std::string& output : node.outputs) {
                if (!output.empty()) {  // an optional output that is not there
                    define(output, describe(node));
                    producer_.emplace(output, i);
                }
            }
        }
        for (const OnnxValue& output : model_.outputs) {
            if (defined_.count(output.name) == 0) {
                fault(fmt::format("the model's output {} is computed by no node", quoted(output.name)));
            }
        }
    }

    void check_reads() {
        for (const OnnxNode& node : model_.nodes) {
            for (const std::string& input : node.inputs) {
                if (!input.empty() && defined_.count(input) == 0) {
                    fault(fmt::format("{} reads {}, which nothing defines", describe(node), quoted(input)));
                }
            }
        }
    }

    /// Of the nodes that are ready, the one that stands first in the file comes next.
    void sort() {
        const std::size_t count = model_.nodes.size();
        std::vector<std::size_t> missing(count, 0);
        std::vector<std::vector<std::size_t>> readers(count);
        for (std::size_t i = 0; i < count; ++i) {
            for (const std::string& input : model_.nodes[i].inputs) {
                if (const auto found = producer_.find(input); found != producer_.end()) {
                    readers[found->second].push_back(i);
                    ++missing[i];
                }
            }
        }
        std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
        for (std::size_t i = 0; i < count; ++i) {
            if (missing[i] == 0) {
                ready.push(i);
            }
        }
        std::vector<std::size_t> order;
        while (!ready.empty()) {
            const std::size_t next = ready.top();
            ready.pop();
            order.push_back(next);
            for (const std::size_t reader : readers[next]) {
                if (--missing[reader] == 0) {
                    ready.push(reader);
                }
            }
        }
        if (order.size() < count) {
            const auto waiting =
                std::find_if(missing.begin(), missing.end(), [](std::size_t n) { return n > 0; });
            const auto index = static_cast<std::size_t>(waiting - missing.begin());
            fault(fmt::format("{} depends on its own output (the graph has a cycle)",
                              describe(model_.nodes[on_cycle(index, missing)])));
            return;
        }
        std::vector<OnnxNode> sorted;
        sorted.reserve(count);
        for (const std::size_t i : order) {
            sorted.push_back(std::move(model_.nodes[i]));
        }
        model_.nodes = std::move(sorted);
    }

    /// A node on a cycle, found by going from a node that waits to one that it waits for, until one comes
    /// twice.
    [[nodiscard]] std::size_t on_cycle(std::size_t at, const std::vector<std::size_t>& missing) const {
        std::unordered_set<std::size_t> seen;
        while (seen.insert(at).second) {
            for (const std::string& input : model_.nodes[at].inputs) {
                const auto found = producer_.find(input);
                if (found != producer_.end() && missing[found->second] > 0) {
                    at = found->second;
                    break;
                }
            }
        }
        return at;
    }

    OnnxModel& model_;
    std::vector<std::string>& faults_;
    std::unordered_set<std::string> defined_;
    std::unordered_map<std::string, std::size_t> producer_;
    bool sound_ = true;
    std::size_t count_ = 0;
};

}  // namespace

std::string quoted(std::string_view name) {
    if (name.size() <= kLongestQuote) {
        return fmt::format("'{}'", name);
    }
    std::size_t cut = kLongestQuote;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0U) == 0x80) {
        --cut;
    }
    return fmt::format("'{}...'", name.substr(0, cut));
}

std::string describe(const OnnxNode& node) {
    const std::string op =
        (node.domain.empty() ? node.op : node.domain + "::" + node.op).substr(0, kLongestQuote);
    if (!node.name.empty()) {
        return fmt::format("node {} ({})", quoted(node.name), op);
    }
    return fmt::format("the {} node that computes {}", op,
                       quoted(node.outputs.empty() ? "nothing" : node.outputs.front()));
}

void check_structure(OnnxModel& model, std::vector<std::string>& faults) {
    StructureCheck(model, faults).run();
}

}  // namespace cleave
