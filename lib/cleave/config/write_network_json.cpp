// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/write_network_json.hpp"

#include "cleave/config/hardware_json.hpp"
#include "cleave/partition/prospects.hpp"

namespace cleave {
namespace {

Json shape_json(const Shape& s) { return Json::array({s.channels, s.height, s.width}); }

void add_window(Json& json, const Window& w) {
    json["kernel"] = Json::array({w.kernel_h, w.kernel_w});
    json["stride"] = Json::array({w.stride_h, w.stride_w});
    json["dilation"] = Json::array({w.dilation_h, w.dilation_w});
    json["pad"] = Json::array({w.pad_top, w.pad_left, w.pad_bottom, w.pad_right});
}

Json totals_json(const std::string& name, const Totals& totals) {
    return {{"name", name}, {"macs", totals.macs}, {"weights", totals.weights}, {"params", totals.params}};
}

void add_constants(Json& json, const Activation& activation) {
    const bool hard =
        activation.kind == ActivationKind::hard_sigmoid || activation.kind == ActivationKind::hard_swish;
    if (hard || activation.kind == ActivationKind::leaky_relu) {
        json["alpha"] = alpha_of(activation);
    }
    if (hard) {
        json["beta"] = beta_of(activation);
    }
}

Json layer_json(const Network& network, LayerId id) {
    const Layer& layer = network.layer(id);
    const Totals totals = network.totals(id);
    Json json{{"name", layer.name}, {"op", op_name(layer.op)}, {"module", network.module(layer.module).name}};
    json["inputs"] = Json::array();
    for (const LayerId in : layer.inputs) {
        json["inputs"].push_back(network.layer(in).name);
    }
    json["output"] = shape_json(network.output(id));
    if (const auto* conv = std::get_if<Conv>(&layer.op)) {
        add_window(json, conv->window);
        json["groups"] = conv->groups;
        json["bias"] = conv->bias;
    } else if (const auto* fc = std::get_if<FullyConnected>(&layer.op)) {
        json["bias"] = fc->bias;
    } else if (const auto* pool = std::get_if<Pool>(&layer.op)) {
        add_window(json, pool->window);
        json["ceil"] = pool->ceil;
        if (pool->kind == PoolKind::average) {
            json["count_pad"] = pool->count_pad;
        }
    } else if (const auto* activation = std::get_if<Activation>(&layer.op)) {
        add_constants(json, *activation);
    } else if (const auto* lrn = std::get_if<Lrn>(&layer.op)) {
        json["size"] = lrn->size;
        json["alpha"] = lrn->alpha;
        json["beta"] = lrn->beta;
        json["k"] = lrn->k;
    } else if (const auto* other = std::get_if<Other>(&layer.op)) {
        json["type"] = other->type;
    } else if (const auto* shuffle = std::get_if<Shuffle>(&layer.op)) {
        json["groups"] = shuffle->groups;
    } else if (const auto* slice = std::get_if<Slice>(&layer.op)) {
        json["channels"] = Json::array({slice->first, slice->count});
    }
    json["macs"] = totals.macs;
    json["weights"] = totals.weights;
    json["params"] = totals.params;
    return json;
}

Json hardware_json(const Fpga& fpga, const LayerHardware& hw) {
    const Hertz clock = fpga.clock_of(hw.choice.implementation);
    Json json{{"interval_s", to_si(Costing::interval_time(hw, clock)).value()},
              {"resources", resources_json(fpga, hw.resources)}};
    if (hw.choice.fold) {
        json["fold"] = fold_json(*hw.choice.fold);
    }
    return json;
}

Json prospects_json(const Costing& costing, UnitId unit) {
    const Fpga& fpga = costing.platform().fpga;
    Json list = Json::array();
    for (const Prospect& prospect : prospects_of(costing, unit)) {
        Json json{{"implementation", fpga.implementation(prospect.implementation).name},
                  {"variants", prospect.variants}};
        if (!prospect.refusal) {
            json["fastest"] = hardware_json(fpga, *prospect.fastest);
            json["slowest"] = hardware_json(fpga, *prospect.slowest);
        } else if (!prospect.refusal->resource.empty()) {
            json["lacks"] = {{"resource", prospect.refusal->resource},
                             {"needed", prospect.refusal->needed},
                             {"available", prospect.refusal->available}};
        }
        list.push_back(std::move(json));
    }
    return list;
}

Json fpga_json(const Fpga& fpga) {
    const Resources& capacity = fpga.capacity();
    return {{"model", fpga.model().name},
            {"implementations", implementations_json(fpga)},
            {"capacity", {{"alm", capacity.alm}, {"dsp", capacity.dsp}, {"m20k", capacity.m20k}}},
            {"usable_alm", fpga.usable_alm()}};
}

Json to_json(const Network& network) {
    Json json = totals_json(network.name(), network.totals());
    json["input"] = shape_json(network.output(LayerId{}));
    for (std::size_t i = 0; network.input_count() > 1 && i < network.input_count(); ++i) {
        json["inputs"].push_back(
            {{"name", network.layer(layer_id(i)).name}, {"shape", shape_json(network.output(layer_id(i)))}});
    }
    if (network.results() != std::vector<LayerId>{layer_id(network.layers().size() - 1)}) {
        for (const LayerId result : network.results()) {
            json["outputs"].push_back(network.layer(result).name);
        }
    }
    json["modules"] = Json::array();
    for (const Module& module : network.modules()) {
        json["modules"].push_back(module.name);
    }
    json["layers"] = Json::array();
    for (std::size_t i = network.input_count(); i < network.layers().size(); ++i) {
        json["layers"].push_back(layer_json(network, layer_id(i)));
    }
    return json;
}

}  // namespace

std::string network_json(const Network& network) { return json_text(to_json(network)); }

std::string network_json(const Costing& costing) {
    const UnitGraph& graph = costing.graph();
    Json json = to_json(graph.network());
    json["fpga"] = fpga_json(costing.platform().fpga);
    const std::size_t inputs = graph.network().input_count();
    for (std::size_t i = inputs; i < graph.network().layers().size(); ++i) {
        const UnitId unit = graph.unit_of(layer_id(i));
        Json& layer = json["layers"][i - inputs];
        if (graph.is_head(layer_id(i))) {
            layer["on_fpga"] = prospects_json(costing, unit);
        } else {
            layer["goes_with"] = graph.network().layer(graph.unit(unit).head).name;
        }
    }
    return json_text(json);
}

std::string network_list_json(const std::vector<Network>& networks) {
    Json list = Json::array();
    for (const Network& network : networks) {
        Json json = totals_json(network.name(), network.totals());
        json["layers"] = network.layers().size() - network.input_count();
        json["modules"] = network.modules().size();
        list.push_back(std::move(json));
    }
    return json_text(list);
}

}  // namespace cleave
