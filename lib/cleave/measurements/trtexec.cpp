// SPDX-License-Identifier: Apache-2.0
#include "cleave/measurements/trtexec.hpp"

#include "cleave/text/fields.hpp"
#include "cleave/text/messages.hpp"
#include "cleave/text/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cleave {
namespace {

constexpr IntegerRange kExtents{1, kLargestExtent};
constexpr RealRange kNotNegative{0, 1e12};

/// Splits at separators outside of parentheses.
std::vector<std::string_view> split_outside(std::string_view text,
                                            const std::vector<std::string_view>& separators) {
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        for (const std::string_view separator : separators) {
            if (depth == 0 && text.substr(i).starts_with(separator)) {
                parts.push_back(text.substr(start, i - start));
                start = i + separator.size();
                i = start - 1;
                break;
            }
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

/// Engines with several profiles repeat layers under "NAME [profile 1]".
std::string without_profile(const std::string& name) {
    const std::size_t at = name.rfind(" [profile ");
    return at != std::string::npos && name.ends_with(']') ? name.substr(0, at) : name;
}

bool reorders(const std::string& name, const std::string& type) {
    return type == "Reformat" || type == "NoOp" || name.starts_with("Reformatting CopyNode") ||
           name.starts_with("copied_squeeze_after_") ||
           name.find(" input reformatter ") != std::string::npos ||
           name.find(" output reformatter ") != std::string::npos;
}

std::optional<EngineProfile> read_profile(const std::vector<Field>& items, FaultList& faults) {
    const std::size_t before = faults.size();
    EngineProfile profile;
    bool medians = true;
    std::vector<Seconds> averages;
    Fields first(items.front(), OtherKeys::allowed);
    if (const auto count = first.require("count")) {
        (void)count->integer({1});
    }
    for (std::size_t i = 1; i < items.size(); ++i) {
        Fields fields(items[i], OtherKeys::allowed);
        EngineProfile::Entry entry{items[i].node().place, fields.text("name"), Seconds(0)};
        averages.emplace_back(fields.real("averageMs", kNotNegative) * 1e-3);
        const auto median = fields.find("medianMs");
        medians = medians && median;
        if (median) {
            entry.time = Seconds(median->real(kNotNegative).value_or(0) * 1e-3);
        }
        if (entry.name == "data to nvm") {
            items[i].fault(
                "times of a DLA stand beside its copies here, not beside its layers (TensorRT 7): profile "
                "the engine without DLA");
        }
        profile.entries.push_back(std::move(entry));
    }
    if (items.size() == 1) {
        items.front().fault("the profile has no layers");
    }
    if (!medians) {
        profile.statistic = EngineProfile::Statistic::average;
        for (std::size_t i = 0; i < averages.size(); ++i) {
            profile.entries[i].time = averages[i];
        }
    }
    return faults.size() == before ? std::optional(std::move(profile)) : std::nullopt;
}

std::optional<QueryTimes> read_times(const std::vector<Field>& items, FaultList& faults) {
    const std::size_t before = faults.size();
    QueryTimes times;
    for (const Field& item : items) {
        Fields fields(item, OtherKeys::allowed);
        times.compute.emplace_back(fields.real("computeMs", {0, 1e12}) * 1e-3);
        times.to_device.emplace_back(fields.real("h2dMs", kNotNegative) * 1e-3);
        times.from_device.emplace_back(fields.real("d2hMs", kNotNegative) * 1e-3);
    }
    return faults.size() == before ? std::optional(std::move(times)) : std::nullopt;
}

std::vector<std::int64_t> integers(Fields& fields, const std::string& key, IntegerRange range) {
    std::vector<std::int64_t> result;
    if (const auto field = fields.require(key)) {
        for (const Field& item : field->items("a list of whole numbers")) {
            result.push_back(item.integer(range).value_or(1));
        }
    }
    return result;
}

/// Dimensions of the only map of a list of them; empty if there is not exactly one.
std::vector<std::int64_t> only_dimensions(Fields& fields, const std::string& key) {
    const auto field = fields.find(key);
    if (!field) {
        return {};
    }
    const std::vector<Field> maps = field->items("a list of tensors");
    if (maps.size() != 1) {
        return {};
    }
    Fields map(maps.front(), OtherKeys::allowed);
    return integers(map, "Dimensions", {0, kLargestExtent});
}

/// Dimensions of the first map of a list, the one that a convolution reads.
std::optional<Shape> first_shape(Fields& fields, const std::string& key, std::int64_t& batch) {
    const auto field = fields.find(key);
    if (!field) {
        return std::nullopt;
    }
    const std::vector<Field> maps = field->items("a list of tensors");
    if (maps.empty()) {
        return std::nullopt;
    }
    Fields map(maps.front(), OtherKeys::allowed);
    const auto dims = integers(map, "Dimensions", kExtents);
    batch = dims.empty() ? 1 : dims.front();
    return dims.size() == 4 ? std::optional(Shape{dims[1], dims[2], dims[3]}) : std::nullopt;
}

/// The layer of a convolution that the file describes in full.
std::optional<LayerRow> described_convolution(Fields& fields, std::int64_t& batch, const FaultList& faults) {
    const auto kind = fields.find("ParameterType");
    if (!kind || kind->text() != "Convolution") {
        return std::nullopt;
    }
    const std::size_t before = faults.size();
    const auto in = first_shape(fields, "Inputs", batch);
    const auto out = first_shape(fields, "Outputs", batch);
    const auto pair = [&](const char* key, IntegerRange range) {
        auto values = integers(fields, key, range);
        if (values.size() != 2 && faults.size() == before) {
            fields.self().fault(fmt::format("{} has {} numbers: only convolutions of two dimensions are read",
                                            key, values.size()));
        }
        values.resize(2, 1);
        return values;
    };
    const auto kernel = pair("Kernel", kExtents);
    const auto stride = pair("Stride", kExtents);
    const auto dilation = pair("Dilation", kExtents);
    const auto before_map = pair("PrePadding", {0, kLargestExtent});
    const auto after_map = pair("PostPadding", {0, kLargestExtent});
    Conv conv;
    conv.filters = fields.integer("OutMaps", kExtents);
    conv.groups = fields.integer("Groups", kExtents);
    conv.window = {kernel[0],   kernel[1],     stride[0],     stride[1],    dilation[0],
                   dilation[1], before_map[0], before_map[1], after_map[0], after_map[1]};
    if (!in || !out || faults.size() > before) {
        return std::nullopt;
    }
    return layer_row(conv, *in, *out);
}

EngineLayers::Entry read_layer_entry(const Field& item, FaultList& faults) {
    EngineLayers::Entry entry{item.node().place, "", "", {}, {}, std::nullopt};
    if (item.is(NodeKind::scalar)) {
        entry.name = item.string().value_or("");
        return entry;
    }
    Fields fields(item, OtherKeys::allowed);
    entry.name = fields.text("Name");
    if (const auto type = fields.find("LayerType")) {
        entry.type = type->text().value_or("");
    }
    entry.output = only_dimensions(fields, "Outputs");
    entry.layer = described_convolution(fields, entry.batch, faults);
    if (const auto metadata = fields.find("Metadata")) {
        const std::string text = metadata->text().value_or("");
        constexpr std::string_view kMark = "[ONNX Layer: ";
        for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
            at += kMark.size();
            // A name may have brackets; entries follow each other directly or after a control character.
            std::size_t end = text.find(']', at);
            while (end != std::string::npos && end + 1 < text.size() && text[end + 1] != '\x1e' &&
                   text[end + 1] != '\x1f' && text.compare(end + 1, kMark.size(), kMark) != 0) {
                end = text.find(']', end + 1);
            }
            if (end == std::string::npos) {
                metadata->fault("an entry has no end: \"]\" is missing");
                break;
            }
            entry.nodes.push_back(text.substr(at, end - at));
        }
    }
    return entry;
}

}  // namespace

std::vector<std::string> node_names(std::string_view layer) {
    std::vector<std::string> names;
    for (const std::string_view part : split_outside(layer, {" + ", " || "})) {
        if (part.starts_with("PWN(") && part.ends_with(')')) {
            for (const std::string_view inner : split_outside(part.substr(4, part.size() - 5), {", "})) {
                const auto more = node_names(inner);
                names.insert(names.end(), more.begin(), more.end());
            }
        } else {
            names.emplace_back(part);
        }
    }
    return names;
}

std::optional<TrtexecReport> read_trtexec(const ReportText& report, FaultList& faults) {
    const std::size_t before = faults.size();
    const auto root = parse_json(report.text(), report.file(), faults);
    if (!root) {
        return std::nullopt;
    }
    const Field whole(*root, "", faults);
    if (root->kind == NodeKind::map && root->find("Layers") != nullptr) {
        EngineLayers layers;
        const Field list = whole.child(*root->find("Layers"), "Layers");
        for (const Field& item : list.items("a list of layers")) {
            layers.entries.push_back(read_layer_entry(item, faults));
        }
        const auto batched = std::find_if(layers.entries.begin(), layers.entries.end(),
                                          [](const EngineLayers::Entry& entry) { return entry.batch != 1; });
        if (batched != layers.entries.end()) {
            faults.add(batched->place, "",
                       fmt::format("the engine works on a batch of {}: rows are of batch 1", batched->batch));
        }
        return faults.size() == before ? std::optional<TrtexecReport>(std::move(layers)) : std::nullopt;
    }
    if (root->kind == NodeKind::sequence && !root->children.empty()) {
        const std::vector<Field> items = whole.items("a list");
        const Node& first = root->children.front();
        if (first.find("count") != nullptr) {
            auto profile = read_profile(items, faults);
            return profile ? std::optional<TrtexecReport>(std::move(*profile)) : std::nullopt;
        }
        if (first.find("computeMs") != nullptr) {
            auto times = read_times(items, faults);
            return times ? std::optional<TrtexecReport>(std::move(*times)) : std::nullopt;
        }
    }
    whole.fault(
        "is no report of trtexec that is known (--exportProfile, --exportLayerInfo or --exportTimes)");
    return std::nullopt;
}

std::vector<KernelTime> engine_kernels(const EngineProfile& profile, const EngineLayers* layers, Notes& notes,
                                       FaultList& faults) {
    std::vector<KernelTime> kernels;
    std::size_t next = 0;
    std::size_t described = 0;
    for (const EngineProfile::Entry& entry : profile.entries) {
        KernelTime kernel{entry.place, entry.name, entry.time, {}, {}, std::nullopt};
        const std::string name = without_profile(entry.name);
        const EngineLayers::Entry* info = nullptr;
        if (layers != nullptr && next < layers->entries.size() &&
            without_profile(layers->entries[next].name) == name) {
            info = &layers->entries[next];
            ++next;
            ++described;
        }
        kernel.nodes = info != nullptr && !info->nodes.empty() ? info->nodes : node_names(name);
        if (info != nullptr) {
            kernel.output = info->output;
            kernel.layer = info->layer;
        }
        if (reorders(name, info != nullptr ? info->type : "")) {
            kernel.does = KernelTime::Does::reorder;
        }
        kernels.push_back(std::move(kernel));
    }
    if (layers != nullptr && next < layers->entries.size()) {
        faults.add(
            layers->entries[next].place, "",
            fmt::format("layer {} is not in the profile, or not in this order: are both of one engine?",
                        quote(layers->entries[next].name)));
    } else if (layers != nullptr && described < profile.entries.size()) {
        notes.push_back(
            fmt::format("{} of {} layers of the profile are not in the layer information: they are "
                        "known by their names alone",
                        profile.entries.size() - described, profile.entries.size()));
    }
    if (profile.statistic == EngineProfile::Statistic::average) {
        notes.emplace_back("the profile has no medians: its averages are taken");
    }
    return kernels;
}

}  // namespace cleave
