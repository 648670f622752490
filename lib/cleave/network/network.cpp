// SPDX-License-Identifier: Apache-2.0
#include "cleave/network/network.hpp"

#include "cleave/network/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace cleave {

std::string op_name(const Op& op) {
    return std::visit(
        Overloaded{
            [](const Input&) -> std::string { return "input"; },
            [](const Conv& c) -> std::string {
                return c.groups > 1 && c.groups == c.filters ? "depthwise" : "conv";
            },
            [](const FullyConnected&) -> std::string { return "fc"; },
            [](const Pool& p) -> std::string { return p.kind == PoolKind::max ? "max_pool" : "avg_pool"; },
            [](const GlobalAveragePool&) -> std::string { return "global_avg_pool"; },
            [](const BatchNorm&) -> std::string { return "batch_norm"; },
            [](const Activation& a) -> std::string { return name_of(a.kind); },
            [](const Dropout&) -> std::string { return "dropout"; },
            [](const Add&) -> std::string { return "add"; },
            [](const Mul&) -> std::string { return "mul"; },
            [](const Concat&) -> std::string { return "concat"; },
            [](const Slice&) -> std::string { return "slice"; },
            [](const Shuffle&) -> std::string { return "shuffle"; },
            [](const Flatten&) -> std::string { return "flatten"; },
            [](const Softmax&) -> std::string { return "softmax"; },
            [](const Lrn&) -> std::string { return "lrn"; },
            [](const Other&) -> std::string { return "other"; },
        },
        op);
}

Totals Network::totals(LayerId id) const {
    const Op& op = layer(id).op;
    if (std::holds_alternative<Input>(op)) {
        return {};
    }
    Totals totals;
    if (const auto filters = filters_of(op, input(id))) {
        const bool everywhere = std::holds_alternative<Conv>(op);
        totals.weights = filters->weights();
        totals.macs = totals.weights * (everywhere ? output(id).positions() : 1);
    }
    if (const auto* other = std::get_if<Other>(&op)) {
        return {other->macs, other->weights, other->weights};
    }
    const ParameterCounts counts = parameter_counts(op, input(id));
    totals.params = counts.weights + counts.bias + 2 * counts.norm;
    return totals;
}

Totals Network::totals() const {
    Totals sum;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const Totals t = totals(layer_id(i));
        sum.macs += t.macs;
        sum.weights += t.weights;
        sum.params += t.params;
    }
    return sum;
}

bool Network::is_result(LayerId id) const {
    return std::find(results_.begin(), results_.end(), id) != results_.end();
}

ModuleId NetworkBuilder::begin_module(std::string name) {
    modules_.push_back({std::move(name), layer_id(layers_.size()), LayerId{}});
    return module_id(modules_.size() - 1);
}

LayerId NetworkBuilder::add(std::string name, Op op, std::vector<LayerId> inputs) {
    const LayerId id = layer_id(layers_.size());
    std::vector<Shape> shapes;
    for (const LayerId in : inputs) {
        shapes.push_back(shapes_.at(index(in)));
    }
    Shape shape;
    try {
        shape = infer_shape(op, shapes);
    } catch (const std::invalid_argument& error) {
        faults_.push_back({id, error.what()});
        shape = shapes.empty() ? Shape{1, 1, 1} : shapes.front();
    }
    if (modules_.empty()) {
        throw std::logic_error("a layer was added before the first module");
    }
    layers_.push_back({std::move(name), std::move(op), std::move(inputs), module_id(modules_.size() - 1)});
    shapes_.push_back(shape);
    return id;
}

Network NetworkBuilder::build() {
    Network network;
    network.name_ = name_;
    network.layers_ = layers_;
    network.shapes_ = shapes_;
    network.readers_.resize(layers_.size());
    network.results_ = results_;
    if (results_.empty() && !layers_.empty()) {
        network.results_ = {layer_id(layers_.size() - 1)};
    }
    const auto is_input = [](const Layer& layer) { return std::holds_alternative<Input>(layer.op); };
    network.input_count_ = static_cast<std::size_t>(
        std::find_if_not(layers_.begin(), layers_.end(), is_input) - layers_.begin());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        for (const LayerId in : layers_[i].inputs) {
            auto& readers = network.readers_[index(in)];
            if (readers.empty() || readers.back() != layer_id(i)) {
                readers.push_back(layer_id(i));
            }
        }
    }
    for (const Module& m : modules_) {
        const ModuleId id = module_id(static_cast<std::size_t>(&m - modules_.data()));
        Module module{m.name, {}, {}};
        bool any = false;
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            if (layers_[i].module == id && !std::holds_alternative<Input>(layers_[i].op)) {
                module.first = any ? module.first : layer_id(i);
                module.last = layer_id(i);
                any = true;
            }
        }
        if (any) {
            network.modules_.push_back(module);
        } else if (!layers_.empty()) {
            faults_.push_back({layer_id(std::min(index(m.first), layers_.size() - 1)),
                               fmt::format("module '{}' has no layers", m.name)});
        }
    }
    if (layers_.size() <= network.input_count_) {
        faults_.push_back({LayerId{}, "the network has no layers"});
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (!names.insert(layers_[i].name).second) {
            faults_.push_back({layer_id(i), fmt::format("layer name '{}' is used twice", layers_[i].name)});
        }
        if (i >= network.input_count_ && is_input(layers_[i])) {
            faults_.push_back({layer_id(i), "an input must come before all other layers"});
        }
        if (network.readers_[i].empty() && !network.is_result(layer_id(i))) {
            faults_.push_back(
                {layer_id(i), results_.empty()
                                  ? "no layer reads its output, and it is not the last layer"
                                  : "no layer reads its output, and it is no output of the network"});
        }
    }
    if (faults_.empty()) {
        check_modules(network);
    }
    return network;
}

void NetworkBuilder::check_modules(const Network& network) {
    for (const Module& module : network.modules()) {
        const auto inside = [&](LayerId id) { return id >= module.first && id <= module.last; };
        std::set<LayerId> entries;
        for (std::size_t i = index(module.first); i <= index(module.last); ++i) {
            const LayerId id = layer_id(i);
            for (const LayerId in : network.layer(id).inputs) {
                if (!inside(in)) {
                    entries.insert(index(in) < network.input_count() ? LayerId{} : in);
                }
            }
            for (const LayerId reader : network.readers(id)) {
                if (!inside(reader) && id != module.last) {
                    faults_.push_back(
                        {id, fmt::format(
                                 "module '{}' must have a single exit, its last layer '{}', but '{}' outside "
                                 "reads '{}'",
                                 module.name, network.layer(module.last).name, network.layer(reader).name,
                                 network.layer(id).name)});
                }
            }
        }
        if (entries.size() > 1) {
            faults_.push_back(
                {module.first, fmt::format("module '{}' must have a single entry but reads both '{}' "
                                           "and '{}'",
                                           module.name, network.layer(*entries.begin()).name,
                                           network.layer(*entries.rbegin()).name)});
        }
    }
}

}  // namespace cleave
