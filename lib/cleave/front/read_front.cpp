// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_front.hpp"

#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

FrontLayer read_layer(const JsonField& field) {
    FrontLayer layer;
    layer.path = field.path();
    layer.name = field.string("name");
    const auto device = field.require("device");
    const std::string name = device ? device->string().value_or("gpu") : "gpu";
    if (name == "fpga") {
        layer.device = FrontLayer::Device::fpga;
        layer.fpga_run = field.integer("fpga_run", 0);
    } else if (name == "split") {
        layer.device = FrontLayer::Device::split;
        if (const auto share = field.require("fpga_share")) {
            layer.fpga_share = share->integer(1, kLargestExtent).value_or(1);
        }
        const auto axis = field.require("axis");
        const std::string text = axis ? axis->string().value_or("channels") : "channels";
        if (text == "filters") {
            layer.axis = SplitAxis::filters;
        } else if (text == "groups") {
            layer.axis = SplitAxis::groups;
        } else if (text != "channels") {
            axis->fault("must be channels, filters or groups");
        }
    } else if (name != "gpu") {
        device->fault("must be gpu, fpga or split");
    }
    return layer;
}

FrontEntry read_point(const JsonField& field) {
    FrontEntry point;
    point.path = field.path();
    point.id = field.string("id");
    if (!point.id.empty() && !is_point_id(point.id)) {
        field.fault("id must be such as 'p001'");
    }
    point.latency_s = field.real("latency_s");
    point.energy_j = field.real("energy_j");
    point.link_bytes = field.integer("link_bytes", 0);
    if (const auto modules = field.require("modules")) {
        for (const JsonField& module : modules->items()) {
            if (const auto layers = module.require("layers")) {
                for (const JsonField& layer : layers->items()) {
                    point.layers.push_back(read_layer(layer));
                }
            }
        }
    }
    return point;
}

void read_context(const JsonField& context, FrontFile& front) {
    if (const auto network = context.require("network")) {
        front.network = network->string("name");
    }
    const auto inputs = context.find("inputs");
    if (!inputs && context.value().is_object()) {
        context.fault(
            "key 'inputs' is missing: the front was written by an older version and cannot be deployed");
    } else if (inputs) {
        front.inputs = {inputs->sha256("config"), inputs->sha256("network"), inputs->sha256("gpu"),
                        inputs->sha256("fpga"), inputs->sha256("link")};
    }
}

/// Ids of selected points, which must be among the points.
void read_selected(const JsonField& root, FrontFile& front) {
    std::set<std::string> ids;
    for (const FrontEntry& point : front.points) {
        if (!ids.insert(point.id).second) {
            JsonField(root.value(), point.path, root.faults())
                .fault(fmt::format("point '{}' occurs twice", point.id));
        }
    }
    const auto selected = front.points.empty() ? root.find("selected") : root.require("selected");
    if (!selected) {
        return;
    }
    for (const auto& [key, id] :
         {std::pair("min_latency", &front.min_latency), std::pair("knee", &front.knee),
          std::pair("min_energy", &front.min_energy)}) {
        if (const auto field = selected->require(key)) {
            *id = field->string().value_or("");
            if (field->value().is_string() && ids.count(*id) == 0) {
                field->fault(fmt::format("there is no point '{}'", *id));
            }
        }
    }
}

/// Whether two layers are placed alike.
bool same_place(const FrontLayer& a, const FrontLayer& b) {
    return a.device == b.device && a.fpga_run == b.fpga_run && a.axis == b.axis &&
           a.fpga_share == b.fpga_share;
}

/// A layer as it must be if the mapping is this (layers of front_json).
FrontLayer place_of(const UnitGraph& units, const Placement& placement, LayerId id) {
    FrontLayer layer;
    const UnitId unit = units.unit_of(id);
    switch (placement.kind(id)) {
        case Decision::Kind::gpu: break;
        case Decision::Kind::run:
            layer.device = FrontLayer::Device::fpga;
            layer.fpga_run = static_cast<std::int64_t>(placement.run(unit));
            break;
        case Decision::Kind::split: {
            const Split& split = placement.split(unit);
            layer.device = FrontLayer::Device::split;
            layer.axis = split.axis;
            layer.fpga_share = split.fpga_share;
            break;
        }
    }
    return layer;
}

}  // namespace

FrontFile read_front(std::string_view text) {
    const Json json = parse_json(text);
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    FrontFile front;
    const auto version = root.require("schema_version");
    if (version && !version->integer(1, 1)) {
        throw FormatError(std::move(faults));  // of another format nothing else can be said
    }
    if (const auto context = root.require("context")) {
        read_context(*context, front);
    }
    if (const auto points = root.require("front")) {
        for (const JsonField& point : points->items()) {
            front.points.push_back(read_point(point));
        }
        read_selected(root, front);
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return front;
}

Mapping mapping_of(const FrontEntry& point, const UnitGraph& units) {
    const Network& network = units.network();
    std::vector<std::string> faults;
    const std::size_t count = network.layers().size() - 1;
    if (point.layers.size() != count) {
        throw FormatError({fmt::format("{}: has {} layers, but network '{}' has {}", point.path,
                                       point.layers.size(), network.name(), count)});
    }
    std::map<std::int64_t, FpgaRun> runs;
    Mapping mapping;
    for (std::size_t i = 0; i < count; ++i) {
        const FrontLayer& layer = point.layers[i];
        const LayerId id = layer_id(i + 1);
        if (layer.name != network.layer(id).name) {
            faults.push_back(fmt::format("{}.name: is '{}', but layer {} of network '{}' is '{}'", layer.path,
                                         layer.name, i + 1, network.name(), network.layer(id).name));
        } else if (units.is_head(id)) {
            if (layer.device == FrontLayer::Device::fpga) {
                runs[layer.fpga_run].push_back(id);
            } else if (layer.device == FrontLayer::Device::split) {
                mapping.splits.push_back({id, layer.axis, layer.fpga_share});
            }
        }
    }
    for (auto& [number, run] : runs) {
        mapping.runs.push_back(std::move(run));
    }
    normalize(mapping);
    const Placement placement(units, mapping);
    for (std::size_t i = 0; faults.empty() && i < count; ++i) {
        const FrontLayer& layer = point.layers[i];
        if (!same_place(layer, place_of(units, placement, layer_id(i + 1)))) {
            faults.push_back(
                fmt::format("{}: layer '{}' is not where it must be: what follows a layer goes along with "
                            "it, and runs are "
                            "numbered from 0 in network order",
                            layer.path, layer.name));
        }
    }
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return mapping;
}

}  // namespace cleave
