// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/pytorch.hpp"

#include "cleave/measurements/statistics.hpp"
#include "cleave/text/fields.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

namespace cleave {
namespace {

constexpr RealRange kMicros{0, 1e15};

/// A span of a thread's time in the trace, microseconds.
struct Span {
    std::string thread;
    double begin = 0;
    double end = 0;
};

/// An operator that computes a layer.
struct LayerCall {
    Span span;
    Place place;
    std::string op;
    std::optional<LayerRow> layer;
    Seconds time;
    bool has_kernels = false;
};

/// Whole numbers of "[2, 2]" or "2"; nothing for anything else.
std::optional<std::vector<std::int64_t>> listed(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '[' || c == ']' || c == ','; }, ' ');
    std::vector<std::int64_t> numbers;
    for (const std::string_view word : words(text)) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (error != std::errc() || end != word.data() + word.size() || number < 0 ||
            number > kLargestExtent) {
            return std::nullopt;
        }
        numbers.push_back(number);
    }
    return numbers;
}

/// Shapes and settings that a call was recorded with.
class CallInputs {
public:
    explicit CallInputs(Fields& args) {
        const auto dims = args.find("Input Dims");
        const auto concrete = args.find("Concrete Inputs");
        if (!dims || !concrete) {
            args.self().fault(
                "has no Input Dims and Concrete Inputs: profile with record_shapes=True, and a "
                "version of PyTorch that records both (2.0 and later)");
            return;
        }
        for (const Field& input : dims->items("a list of shapes")) {
            dims_.emplace_back();
            for (const Field& size : input.items("a shape")) {
                dims_.back().push_back(size.integer({0, std::int64_t{1} << 40U}).value_or(0));
            }
        }
        for (const Field& input : concrete->items("a list of settings")) {
            settings_.push_back(input.text().value_or(""));
        }
        known_ = true;
    }
    [[nodiscard]] bool known() const { return known_; }
    [[nodiscard]] std::vector<std::int64_t> dims(std::size_t i) const {
        return i < dims_.size() ? dims_[i] : std::vector<std::int64_t>{};
    }
    [[nodiscard]] std::string setting(std::size_t i) const {
        return i < settings_.size() ? settings_[i] : "";
    }
    /// Height and width of a setting, which may be given once for both; nothing if it is neither.
    [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> pair(std::size_t i) const {
        const auto numbers = listed(setting(i));
        if (!numbers || numbers->empty() || numbers->size() > 2) {
            return std::nullopt;
        }
        return std::pair{numbers->front(), numbers->back()};
    }

private:
    std::vector<std::vector<std::int64_t>> dims_;
    std::vector<std::string> settings_;
    bool known_ = false;
};

std::optional<Shape> map_shape(const std::vector<std::int64_t>& dims, const Field& event) {
    if (dims.size() != 4) {
        return std::nullopt;
    }
    if (dims[0] != 1) {
        event.fault(fmt::format("a batch of {}: rows are of batch 1", dims[0]));
    }
    return Shape{dims[1], dims[2], dims[3]};
}

/// The layer of a call; nothing for one that tables have no row for.
std::optional<LayerRow> called_layer(const std::string& op, const CallInputs& inputs, const Field& event) {
    Op layer;
    Shape in;
    if (op == "aten::addmm") {
        const auto x = inputs.dims(1);
        const auto w = inputs.dims(2);
        if (x.size() != 2 || w.size() != 2 || x[1] != w[0]) {
            return std::nullopt;
        }
        if (x[0] != 1) {
            event.fault(fmt::format("a batch of {}: rows are of batch 1", x[0]));
        }
        in = {x[1], 1, 1};
        layer = FullyConnected{w[1], true};
    } else {
        const auto map = map_shape(inputs.dims(0), event);
        const bool conv = op == "aten::convolution";
        // convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups),
        // max_pool2d_with_indices(input, kernel, stride, padding, dilation, ceil_mode)
        const auto kernel = conv ? std::nullopt : inputs.pair(1);
        const auto weights = inputs.dims(1);
        const auto stride = !conv && inputs.setting(2) == "[]" ? kernel : inputs.pair(conv ? 3 : 2);
        const auto pad = inputs.pair(conv ? 4 : 3);
        const auto dilation = inputs.pair(conv ? 5 : 4);
        if (!map || !stride || !pad || !dilation || (conv ? weights.size() != 4 : !kernel) ||
            (conv && inputs.setting(6) != "False")) {
            return std::nullopt;
        }
        in = *map;
        const Window window{conv ? weights[2] : kernel->first,
                            conv ? weights[3] : kernel->second,
                            stride->first,
                            stride->second,
                            dilation->first,
                            dilation->second,
                            pad->first,
                            pad->second,
                            pad->first,
                            pad->second};
        if (conv) {
            const auto groups = listed(inputs.setting(8));
            if (!groups || groups->size() != 1) {
                return std::nullopt;
            }
            Conv made;
            made.window = window;
            made.filters = weights[0];
            made.groups = groups->front();
            layer = made;
        } else {
            layer = Pool{PoolKind::max, window, inputs.setting(5) == "True"};
        }
    }
    try {
        return layer_row(layer, in, infer_shape(layer, {in}));
    } catch (const std::invalid_argument& error) {
        event.fault(fmt::format("its shapes do not fit: {}", error.what()));
        return std::nullopt;
    }
}

bool computes_layers(const std::string& op) {
    return op == "aten::convolution" || op == "aten::addmm" || op == "aten::max_pool2d_with_indices";
}

enum class EventKind { op, launch, kernel, other };

EventKind kind_of(Fields& fields) {
    const auto category = fields.find("cat");
    const std::string name = category ? category->text().value_or("") : "";
    // The second of each is that of older versions.
    return name == "cpu_op" || name == "Operator"                                 ? EventKind::op
           : name == "cuda_runtime" || name == "cuda_driver" || name == "Runtime" ? EventKind::launch
           : name == "kernel" || name == "Kernel"                                 ? EventKind::kernel
                                                                                  : EventKind::other;
}

std::string thread_of(Fields& fields) {
    std::string thread;
    for (const char* key : {"pid", "tid"}) {
        const auto field = fields.find(key);
        thread += (field ? field->node().text : "") + "/";
    }
    return thread;
}

class TraceReader {
public:
    TraceReader(Notes& notes, FaultList& faults) : notes_(notes), faults_(faults) {}

    std::optional<std::vector<KernelTime>> run(const Field& whole) {
        const std::size_t before = faults_.size();
        Fields root(whole, OtherKeys::allowed);
        const auto list = root.require("traceEvents");
        if (!list) {
            return std::nullopt;
        }
        const auto events = list->items("a list of events");
        for (const Field& event : events) {
            read_host_event(event);
        }
        std::stable_sort(calls_.begin(), calls_.end(),
                         [](const LayerCall& a, const LayerCall& b) { return a.span.begin < b.span.begin; });
        for (const Field& event : events) {
            read_kernel(event);
        }
        if (kernels_ == 0 && faults_.size() == before) {
            list->fault("has no kernels of a GPU: profile with ProfilerActivity.CUDA");
        }
        return faults_.size() == before ? std::optional(layers()) : std::nullopt;
    }

private:
    void read_host_event(const Field& event) {
        Fields fields(event, OtherKeys::allowed);
        const EventKind kind = kind_of(fields);
        if (kind != EventKind::op && kind != EventKind::launch) {
            return;
        }
        const std::string name = fields.text("name");
        const double begin = fields.real("ts", {});
        const auto args = fields.find("args");
        if (kind == EventKind::launch && args) {
            Fields given(*args, OtherKeys::allowed);
            if (const auto correlation = given.find("correlation")) {
                launches_[correlation->node().text] = {thread_of(fields), begin, begin};
            }
        } else if (kind == EventKind::op && computes_layers(name)) {
            LayerCall call{{thread_of(fields), begin, begin + fields.real("dur", kMicros)},
                           event.node().place,
                           name,
                           std::nullopt,
                           Seconds(0)};
            if (const auto required = args ? args : fields.require("args")) {
                Fields given(*required, OtherKeys::allowed);
                const CallInputs inputs(given);
                call.layer = inputs.known() ? called_layer(name, inputs, event) : std::nullopt;
            }
            calls_.push_back(std::move(call));
        }
    }

    void read_kernel(const Field& event) {
        Fields fields(event, OtherKeys::allowed);
        if (kind_of(fields) != EventKind::kernel) {
            return;
        }
        ++kernels_;
        const Seconds time(fields.real("dur", kMicros) * 1e-6);
        std::string correlation;
        if (const auto args = fields.require("args")) {
            Fields given(*args, OtherKeys::allowed);
            const auto field = given.require("correlation");
            correlation = field ? field->node().text : "";
        }
        const auto launch = launches_.find(correlation);
        LayerCall* call = launch == launches_.end() ? nullptr : caller(launch->second);
        if (call == nullptr) {
            other_ += time;
            ++others_;
        } else {
            call->time += time;
            call->has_kernels = true;
        }
    }

    /// The call that a launch lies in: the last that began before it, of those of its thread.
    LayerCall* caller(const Span& launch) {
        auto at = std::upper_bound(calls_.begin(), calls_.end(), launch.begin,
                                   [](double time, const LayerCall& call) { return time < call.span.begin; });
        // Calls of layers do not lie in each other, so that few of other threads are passed.
        while (at != calls_.begin()) {
            --at;
            if (at->span.thread == launch.thread) {
                return launch.begin <= at->span.end ? &*at : nullptr;
            }
        }
        return nullptr;
    }

    std::vector<KernelTime> layers() {
        struct Group {
            KernelTime kernel;
            std::vector<Seconds> times;
        };
        std::vector<Group> groups;
        std::map<std::string, std::size_t> places;
        std::size_t none = 0;
        for (const LayerCall& call : calls_) {
            if (!call.layer) {
                other_ += call.time;
                ++others_;
            } else if (!call.has_kernels) {
                ++none;
            } else {
                const auto [place, is_new] = places.emplace(layer_cells(*call.layer), groups.size());
                if (is_new) {
                    groups.push_back({{call.place, call.op, Seconds(0), {}, {}, call.layer}, {}});
                }
                groups[place->second].times.push_back(call.time);
            }
        }
        if (others_ > 0) {
            notes_.push_back(fmt::format(
                "no row for {} of {:.6g} ms in the whole trace: other operators started them",
                others_ == 1 ? "a kernel" : fmt::format("{} kernels", others_), other_.value() * 1e3));
        }
        if (none > 0) {
            notes_.push_back(fmt::format("no kernels for {} calls of layers: is the trace cut?", none));
        }
        std::vector<KernelTime> result;
        for (Group& group : groups) {
            group.kernel.time = median(group.times);
            result.push_back(std::move(group.kernel));
        }
        return result;
    }

    Notes& notes_;
    FaultList& faults_;
    std::vector<LayerCall> calls_;
    std::map<std::string, Span> launches_;
    std::size_t kernels_ = 0;
    /// Of what has no row.
    std::size_t others_ = 0;
    Seconds other_;
};

}  // namespace

std::optional<std::vector<KernelTime>> read_pytorch(const ReportText& report, Notes& notes,
                                                    FaultList& faults) {
    const auto root = parse_json(report.text(), report.file(), faults);
    if (!root) {
        return std::nullopt;
    }
    return TraceReader(notes, faults).run(Field(*root, "", faults));
}

}  // namespace cleave
