// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/onnxruntime.hpp"

#include "cleave/measurements/statistics.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cleave {
namespace {

constexpr std::string_view kKernelTime = "_kernel_time";
constexpr RealRange kMicroseconds{0, 1e12};

/// A run of the whole model, in microseconds of the trace.
struct Run {
    double begin = 0;
    double end = 0;
};

struct NodeTimes {
    KernelTime kernel;
    /// By run, from 0.
    std::map<std::size_t, Seconds> runs;
};

/// Providers whose kernels run on a GPU after the node's event has ended.
bool only_starts_kernels(const std::string& provider) {
    static const std::set<std::string> names{"CUDAExecutionProvider", "TensorrtExecutionProvider",
                                             "ROCMExecutionProvider", "MIGraphXExecutionProvider",
                                             "NvTensorRTRTXExecutionProvider"};
    return names.count(provider) > 0;
}

/// Dimensions of the only output of a node: [{"float":[1,64,111,111]}].
std::vector<std::int64_t> output_shape(Fields& args) {
    const auto field = args.find("output_type_shape");
    if (!field) {
        return {};
    }
    const auto outputs = field->items("a list of shapes");
    if (outputs.size() != 1) {
        return {};
    }
    std::vector<std::int64_t> dims;
    for (const auto& [type, shape] : outputs.front().named_items("a type with a shape")) {
        for (const Field& item : shape.items("a list of dimensions")) {
            dims.push_back(item.integer({0, kLargestExtent}).value_or(0));
        }
    }
    return dims;
}

class Reader {
public:
    Reader(const ReportText& report, HostTimes host_times, Notes& notes, FaultList& faults)
        : report_(report), host_times_(host_times), notes_(notes), faults_(faults) {}

    std::optional<std::vector<KernelTime>> run(const Field& whole) {
        const std::size_t before = faults_.size();
        const auto events = whole.items("a list of events");
        for (const Field& event : events) {
            if (const Node* name = event.node().find("name"); name != nullptr && name->text == "model_run") {
                Fields fields(event, OtherKeys::allowed);
                const double begin = fields.real("ts", {});
                runs_.push_back({begin, begin + fields.real("dur", kMicroseconds)});
            }
        }
        std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.begin < b.begin; });
        if (runs_.empty() && faults_.size() == before) {
            whole.fault("has no run of a model (model_run): is it a profile of ONNX Runtime, and whole?");
        }
        if (faults_.size() > before) {
            return std::nullopt;
        }
        for (const Field& event : events) {
            read_event(event);
        }
        if (nodes_.empty() && faults_.size() == before) {
            whole.fault("has no kernel times of nodes");
        }
        return faults_.size() == before ? std::optional(kernels()) : std::nullopt;
    }

private:
    void read_event(const Field& event) {
        Fields fields(event, OtherKeys::allowed);
        const auto category = fields.find("cat");
        if (!category || category->text() != "Node") {
            return;
        }
        const std::string name = fields.text("name");
        if (!name.ends_with(kKernelTime)) {
            return;
        }
        const double begin = fields.real("ts", {});
        const Seconds time(fields.real("dur", kMicroseconds) * 1e-6);
        const std::string node = name.substr(0, name.size() - kKernelTime.size());
        const auto of = std::find_if(runs_.begin(), runs_.end(),
                                     [&](const Run& r) { return begin >= r.begin && begin <= r.end; });
        if (of == runs_.end()) {
            event.fault(
                fmt::format("the time of {} lies in no run of the model: is the file cut?", quote(node)));
            return;
        }
        const auto [place, is_new] = places_.emplace(node, nodes_.size());
        if (is_new) {
            NodeTimes times{{event.node().place, node, Seconds(0), {node}, {}, std::nullopt}, {}};
            if (const auto args = fields.require("args")) {
                Fields given(*args, OtherKeys::allowed);
                times.kernel.output = output_shape(given);
                check_provider(given);
            }
            nodes_.push_back(std::move(times));
        }
        nodes_[place->second].runs[static_cast<std::size_t>(of - runs_.begin())] += time;
    }

    void check_provider(Fields& args) {
        const auto field = args.find("provider");
        const std::string provider = field ? field->text().value_or("") : "";
        if (!field || !providers_.insert(provider).second || !only_starts_kernels(provider)) {
            return;
        }
        if (host_times_ == HostTimes::refused) {
            field->fault(fmt::format(
                "{} starts kernels and does not wait for them: these are times of the host. Trace "
                "the GPU (nsys, trtexec), or take them all the same with --host-times",
                provider));
        } else {
            notes_.push_back(fmt::format("times of {} are those of the host", provider));
        }
    }

    std::vector<KernelTime> kernels() {
        std::vector<KernelTime> result;
        for (NodeTimes& node : nodes_) {
            std::vector<Seconds> times;
            for (const auto& [run, time] : node.runs) {
                if (run > 0 || node.runs.size() == 1) {
                    times.push_back(time);
                }
            }
            node.kernel.time = median(times);
            result.push_back(std::move(node.kernel));
        }
        notes_.push_back(
            runs_.size() == 1
                ? fmt::format("{} has one run only, which warms up: its times may be long", report_.file())
                : fmt::format("{} has {} runs: medians without the first", report_.file(), runs_.size()));
        return result;
    }

    const ReportText& report_;
    HostTimes host_times_;
    Notes& notes_;
    FaultList& faults_;
    std::vector<Run> runs_;
    std::vector<NodeTimes> nodes_;
    std::map<std::string, std::size_t> places_;
    std::set<std::string> providers_;
};

}  // namespace

std::optional<std::vector<KernelTime>> read_onnxruntime(const ReportText& report, HostTimes host_times,
                                                        Notes& notes, FaultList& faults) {
    const auto root = parse_json(report.text(), report.file(), faults);
    if (!root) {
        return std::nullopt;
    }
    return Reader(report, host_times, notes, faults).run(Field(*root, "", faults));
}

}  // namespace cleave
