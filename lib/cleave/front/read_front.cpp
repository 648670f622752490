// SPDX-License-Identifier: Apache-2.0
#include "cleave/front/read_front.hpp"

#include "cleave/config/read_mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cleave {
namespace {

FrontLayer read_layer(const Field& field) {
    Fields fields(field, OtherKeys::allowed);
    FrontLayer layer;
    layer.place = field.node().place;
    layer.path = field.path();
    layer.name = fields.text("name");
    const auto device = fields.require("device");
    const std::string name = device ? device->text().value_or("gpu") : "gpu";
    if (name == "fpga") {
        layer.device = FrontLayer::Device::fpga;
        layer.fpga_run = fields.integer("fpga_run", {0});
    } else if (name == "split") {
        layer.device = FrontLayer::Device::split;
        layer.fpga_share = fields.integer("fpga_share", {1, kLargestExtent});
        if (const auto picked = fields.find("picked")) {
            layer.picked = read_picked(*picked, layer.fpga_share);
        }
        const auto axis = fields.require("axis");
        const std::string text = axis ? axis->text().value_or("channels") : "channels";
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
    if (layer.device != FrontLayer::Device::gpu) {
        if (const auto implementation = fields.find("implementation")) {
            layer.implementation = implementation->text();
        }
        if (const auto fold = fields.find("fold")) {
            Fields folded(*fold, OtherKeys::allowed);
            layer.fold = read_fold(folded);
        }
    }
    return layer;
}

FrontEntry read_point(const Field& field) {
    Fields fields(field, OtherKeys::allowed);
    FrontEntry point;
    point.place = field.node().place;
    point.path = field.path();
    point.id = fields.text("id");
    if (!point.id.empty() && !is_point_id(point.id)) {
        field.fault("id must be such as 'p001'");
    }
    point.latency_s = fields.real("latency_s", {0});
    point.energy_j = fields.real("energy_j", {0});
    point.link_bytes = fields.integer("link_bytes", {0});
    if (const auto modules = fields.require("modules")) {
        for (const Field& module : modules->items("modules")) {
            if (const auto layers = Fields(module, OtherKeys::allowed).require("layers")) {
                for (const Field& layer : layers->items("layers")) {
                    point.layers.push_back(read_layer(layer));
                }
            }
        }
    }
    return point;
}

void read_context(const Field& field, FrontFile& front) {
    Fields context(field, OtherKeys::allowed);
    if (const auto network = context.require("network")) {
        front.network = Fields(*network, OtherKeys::allowed).text("name");
    }
    const auto weights = context.find("weights");
    const bool is_known = weights && weights->text() != kAssumedWeights;
    front.weights = is_known ? weights->sha256().value_or("") : kAssumedWeights;
    if (const auto found = context.find("inputs")) {
        Fields inputs(*found, OtherKeys::allowed);
        front.inputs = {inputs.sha256("config"), inputs.sha256("network"), inputs.sha256("gpu"),
                        inputs.sha256("fpga"), inputs.sha256("link")};
        front.inputs.logic = inputs.has("logic") ? inputs.sha256("logic") : "";
    } else if (field.is(NodeKind::map)) {
        field.fault("missing key 'inputs': the front was written by an older version and cannot be deployed");
    }
}

/// Ids of selected points, which must be among the points.
void read_selected(Fields& root, FrontFile& front) {
    std::set<std::string> ids;
    for (const FrontEntry& point : front.points) {
        if (!ids.insert(point.id).second) {
            root.self().faults().add(point.place, point.path,
                                     fmt::format("point '{}' occurs twice", point.id));
        }
    }
    const auto found = front.points.empty() ? root.find("selected") : root.require("selected");
    if (!found) {
        return;
    }
    Fields selected(*found, OtherKeys::allowed);
    for (const auto& [key, id] :
         {std::pair("min_latency", &front.min_latency), std::pair("knee", &front.knee),
          std::pair("min_energy", &front.min_energy)}) {
        const auto field = selected.require(key);
        const auto text = field ? field->text() : std::nullopt;
        if (text && ids.count(*text) == 0) {
            field->fault(fmt::format("there is no point '{}'", *text));
        }
        *id = text.value_or("");
    }
}

/// Whether two layers are placed alike.
bool same_place(const FrontLayer& a, const FrontLayer& b) {
    return a.device == b.device && a.fpga_run == b.fpga_run && a.axis == b.axis &&
           a.fpga_share == b.fpga_share && a.implementation == b.implementation;
}

const FrontLayer& layer_of(const FrontEntry& point, const Network& network, LayerId id) {
    return point.layers[index(id) - network.input_count()];
}

/// A layer as it must be if the mapping is this (layers of front_json).
FrontLayer place_of(const FrontEntry& point, const UnitGraph& units, const Placement& placement, LayerId id) {
    FrontLayer layer;
    const UnitId unit = units.unit_of(id);
    if (placement.kind(id) != Decision::Kind::gpu) {
        layer.implementation = layer_of(point, units.network(), units.unit(unit).head).implementation;
    }
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

/// The hardware that a layer on the FPGA says that it has.
std::optional<LayerChoice> hardware_of(const FrontLayer& layer, LayerId id,
                                       const Choices<std::size_t>& implementations, FaultList& faults) {
    if (!layer.implementation) {
        faults.add(layer.place, layer.path, "missing key 'implementation'");
        return std::nullopt;
    }
    const auto found = std::find_if(implementations.begin(), implementations.end(),
                                    [&](const auto& one) { return one.first == *layer.implementation; });
    if (found == implementations.end()) {
        faults.add(layer.place, layer.path + ".implementation",
                   fmt::format("is '{}', which the platform in inputs/ does not use", *layer.implementation));
        return std::nullopt;
    }
    return LayerChoice{id, {found->second, layer.fold}};
}

}  // namespace

std::optional<FrontFile> read_front(const Node& document, FaultList& faults) {
    const std::size_t before = faults.size();
    Fields root(document, faults, OtherKeys::allowed);
    FrontFile front;
    if (!check_version(root, "schema_version")) {
        return std::nullopt;  // of another format nothing else can be said
    }
    if (const auto context = root.require("context")) {
        read_context(*context, front);
    }
    if (const auto points = root.require("front")) {
        for (const Field& point : points->items("points")) {
            front.points.push_back(read_point(point));
        }
        read_selected(root, front);
    }
    return faults.size() == before ? std::optional(std::move(front)) : std::nullopt;
}

Mapping mapping_of(const FrontEntry& point, const UnitGraph& units, const Fpga& fpga) {
    const Network& network = units.network();
    FaultList faults;
    const std::size_t first = network.input_count();
    const std::size_t count = network.layers().size() - first;
    if (point.layers.size() != count) {
        faults.add(point.place, point.path,
                   fmt::format("has {} layers, but network '{}' has {}", point.layers.size(), network.name(),
                               count));
        faults.throw_if_any();
    }
    const Choices<std::size_t> implementations = implementation_choices(fpga);
    const bool chosen = implementations.size() > 1 ||
                        std::any_of(point.layers.begin(), point.layers.end(),
                                    [](const FrontLayer& layer) { return layer.fold.has_value(); });
    std::map<std::int64_t, FpgaRun> runs;
    Mapping mapping;
    for (std::size_t i = 0; i < count; ++i) {
        const FrontLayer& layer = point.layers[i];
        const LayerId id = layer_id(i + first);
        if (layer.name != network.layer(id).name) {
            faults.add(layer.place, layer.path + ".name",
                       fmt::format("is '{}', but layer {} of network '{}' is '{}'", layer.name, i + 1,
                                   network.name(), network.layer(id).name));
        } else if (units.is_head(id)) {
            if (layer.device == FrontLayer::Device::fpga) {
                runs[layer.fpga_run].push_back(id);
            } else if (layer.device == FrontLayer::Device::split) {
                mapping.splits.push_back({id, layer.axis, layer.fpga_share, layer.picked});
            }
            if (chosen && layer.device != FrontLayer::Device::gpu) {
                if (const auto choice = hardware_of(layer, id, implementations, faults)) {
                    mapping.hardware.push_back(*choice);
                }
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
        if (!same_place(layer, place_of(point, units, placement, layer_id(i + first)))) {
            faults.add(layer.place, layer.path,
                       fmt::format("layer '{}' is not where it must be: what follows a layer goes along with "
                                   "it, and runs are numbered from 0 in network order",
                                   layer.name));
        }
    }
    faults.throw_if_any();
    return mapping;
}

}  // namespace cleave
