// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_network.hpp"

#include "cleave/config/read_inputs.hpp"
#include "cleave/config/read_layer.hpp"
#include "cleave/config/write_spec.hpp"
#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace cleave {
namespace {

/// One layer as written. Its references are resolved when all layers are known.
struct WrittenLayer {
    std::string module;
    /// "module/layer"; a stand-in if the name is wrong.
    std::string full_name;
    Field self;
    std::optional<LayerOp> op;
    std::vector<ThenOp> then;
    /// References; if there are none, the layer reads the one before.
    std::vector<Field> from;
    /// Something about it is wrong, so that its shape is not to be trusted.
    bool broken = false;
};

class NetworkReader {
public:
    NetworkReader(const Node& root, FaultList& faults)
        : root_(root), faults_(faults), faults_before_(faults.size()) {}

    std::optional<Network> read() {
        Fields fields(root_, faults_);
        if (!check_version(fields, "cleave_network")) {
            return std::nullopt;
        }
        std::string name;
        if (const auto field = fields.require("name")) {
            name = field->name(Slash::allowed).value_or("");
        }
        if (const auto field = fields.find("source")) {
            (void)field->string();
        }
        const std::size_t before = faults_.size();
        inputs_ = read_inputs(fields);
        input_good_ = faults_.size() == before;
        outputs_field_ = fields.find("outputs");
        if (const auto field = fields.find("defaults")) {
            Fields defaults(*field);
            if (const auto bias = defaults.find("bias")) {
                defaults_.bias = bias->boolean().value_or(true);
            }
            defaults.done();
        }
        const std::optional<Field> modules = fields.require("modules");
        fields.done();
        if (!modules) {
            return std::nullopt;
        }
        read_modules(*modules);
        return build(name);
    }

private:
    /// Where a layer of the builder stands in the file.
    struct Built {
        Place place;
        std::string path;
        /// Whether its shape can be trusted.
        bool trusted = true;
        /// Whether it was written well and reads trusted shapes, so that its faults are no echo of others.
        bool own_faults = true;
    };

    void read_modules(const Field& field) {
        const std::vector<Field> items = field.items("modules");
        if (items.empty() && field.is(NodeKind::sequence)) {
            field.fault("is empty (at least one module is needed)");
        }
        std::map<std::string, int> lines;
        for (const Field& item : items) {
            Fields fields(item);
            const std::optional<Field> name_field = fields.require("name");
            const std::string name = name_field ? name_field->name().value_or(item.path()) : item.path();
            if (name_field) {
                check_unique(lines, name, *name_field, fmt::format("module name {} is", quote(name)));
            }
            const std::optional<Field> layers = fields.require("layers");
            fields.done();
            if (layers) {
                read_layers(*layers, name);
            }
        }
    }

    void read_layers(const Field& field, const std::string& module) {
        const std::vector<Field> items = field.items("layers");
        if (items.empty() && field.is(NodeKind::sequence)) {
            field.fault("is empty (at least one layer is needed)");
        }
        std::map<std::string, int> lines;
        for (const Field& item : items) {
            const std::size_t before = faults_.size();
            WrittenLayer layer = read_layer(item, module, lines);
            layer.broken = faults_.size() > before;
            layers_.push_back(std::move(layer));
        }
    }

    WrittenLayer read_layer(const Field& item, const std::string& module, std::map<std::string, int>& lines) {
        // Faults are easier to place by the layer's name than by its number.
        const Node* name_node = item.node().find("name");
        const bool named =
            name_node != nullptr && name_node->kind == NodeKind::scalar && !name_node->text.empty();
        const std::string full_name = named ? module + "/" + name_node->text : item.path();
        WrittenLayer layer{module, full_name, Field(item.node(), full_name, faults_), {}, {}, {}, false};
        Fields fields(layer.self);
        if (const auto name = fields.require("name")) {
            if (const auto text = name->name()) {
                if (input_named(*text)) {
                    name->fault(quote(*text) + " is the network input (choose another name)");
                }
                check_unique(lines, *text, *name, fmt::format("layer name {} is", quote(*text)));
            }
        }
        layer.op = read_layer_op(fields, defaults_);
        const bool several = layer.op && layer.op->inputs == Inputs::several;
        if (const auto from = several ? fields.require("from") : fields.find("from")) {
            layer.from = read_from(*from, layer.op);
        }
        layer.then = read_then(fields);
        if (layer.op) {
            fields.done();
        }
        return layer;
    }

    static std::vector<Field> read_from(const Field& from, const std::optional<LayerOp>& op) {
        const bool one =
            !op || op->inputs == Inputs::one || (op->inputs == Inputs::any && !from.is(NodeKind::sequence));
        if (one) {
            if (op && from.is(NodeKind::sequence)) {
                from.fault("is a list (one layer is needed; only add, mul, concat and other read several)");
                return {};
            }
            return from.is(NodeKind::scalar) || op ? std::vector<Field>{from} : std::vector<Field>{};
        }
        if (op->inputs == Inputs::any) {
            std::vector<Field> layers = from.items("layers");
            if (layers.empty()) {
                from.fault("is empty (one layer or more is needed)");
            }
            return layers;
        }
        std::vector<Field> items = from.items("two or more layers");
        if (items.size() < 2 && from.is(NodeKind::sequence)) {
            from.fault(fmt::format("has {} (two or more layers are needed)", count_items(items.size())));
        }
        return items;
    }

    /// Full name that a reference of a layer stands for.
    [[nodiscard]] std::string full_name(const std::string& text, const WrittenLayer& reader) const {
        return input_named(text) || text.find('/') != std::string::npos ? text : reader.module + "/" + text;
    }

    [[nodiscard]] std::optional<LayerId> input_named(const std::string& text) const {
        for (std::size_t i = 0; i < inputs_.size(); ++i) {
            if (inputs_[i].name == text) {
                return layer_id(i);
            }
        }
        return std::nullopt;
    }

    /// Indices of the layers that a layer reads, where they exist.
    [[nodiscard]] std::vector<std::size_t> reads(std::size_t index) const {
        const WrittenLayer& layer = layers_[index];
        std::vector<std::size_t> result;
        if (layer.from.empty() && index > 0) {
            result.push_back(index - 1);
        }
        for (const Field& from : layer.from) {
            if (const auto found = by_name_.find(full_name(from.node().text, layer));
                found != by_name_.end()) {
                result.push_back(found->second);
            }
        }
        return result;
    }

    /// "'a' reads 'b' reads 'a'": the shortest way by which `from` reads `to`, then `to` reads `from`; else
    /// empty.
    [[nodiscard]] std::string cycle(std::size_t from, std::size_t to) const {
        std::vector<std::size_t> reader(layers_.size(), layers_.size());
        std::vector<std::size_t> reached{from};
        for (std::size_t i = 0; i < reached.size() && reader[to] == layers_.size(); ++i) {
            for (const std::size_t next : reads(reached[i])) {
                if (next != from && reader[next] == layers_.size()) {
                    reader[next] = reached[i];
                    reached.push_back(next);
                }
            }
        }
        if (reader[to] == layers_.size()) {
            return "";
        }
        std::vector<std::size_t> way{from};
        for (std::size_t at = to; at != from; at = reader[at]) {
            way.push_back(at);
        }
        way.push_back(from);
        std::string text;
        for (std::size_t i = 0; i < way.size(); ++i) {
            const std::size_t step = way.size() - 1 - i;
            if (way.size() <= 8 || i < 3 || step < 3) {
                text += (i == 0 ? "" : " reads ") + quote(layers_[way[step]].full_name);
            } else if (i == 3) {
                text += " reads ...";
            }
        }
        return text;
    }

    void report_unknown(const Field& from, const WrittenLayer& reader, std::size_t index) {
        const std::string& text = from.node().text;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < index; ++i) {
            const WrittenLayer& layer = layers_[i];
            const bool inside = layer.module == reader.module && text.find('/') == std::string::npos;
            names.push_back(inside ? layer.full_name.substr(layer.module.size() + 1) : layer.full_name);
        }
        for (const WrittenInput& input : inputs_) {
            names.push_back(input.name);
        }
        const std::optional<std::string> near = nearest(text, names);
        from.fault(
            fmt::format("unknown layer {} ({}name an earlier layer of this module, MODULE/LAYER or input)",
                        quote(text), near ? fmt::format("did you mean {}?; ", quote(*near)) : ""));
    }

    /// The layer that a reference names; nothing, with a fault, if there is none before the reader.
    std::optional<LayerId> resolve(const Field& from, std::size_t reader) {
        const WrittenLayer& layer = layers_[reader];
        if (!from.is(NodeKind::scalar)) {
            from.fault("is not the name of a layer");
            return std::nullopt;
        }
        const std::string name = full_name(from.node().text, layer);
        if (const std::optional<LayerId> input = input_named(name)) {
            return input;
        }
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) {
            report_unknown(from, layer, reader);
            return std::nullopt;
        }
        const std::size_t target = found->second;
        if (target < reader) {
            return outputs_[target];
        }
        if (target == reader) {
            from.fault("a layer cannot read itself");
            return std::nullopt;
        }
        const std::string circle = cycle(target, reader);
        from.fault(fmt::format("{} comes later, in line {} ('from' must name an earlier layer{})",
                               quote(name), layers_[target].self.node().place.line,
                               circle.empty() ? "" : "; this is a cycle: " + circle));
        return std::nullopt;
    }

    /// Adds a layer; what it reads decides whether its shape, and a fault about it, can be trusted.
    LayerId add(NetworkBuilder& builder, std::string name, const Op& op, std::vector<LayerId> inputs,
                Built built) {
        const std::size_t before = builder.faults().size();
        for (const LayerId in : inputs) {
            built.trusted = built.trusted && built_[index(in)].trusted;
        }
        built.own_faults = built.trusted;
        const LayerId id = builder.add(std::move(name), op, std::move(inputs));
        built.trusted = built.trusted && builder.faults().size() == before;
        built_.push_back(std::move(built));
        return id;
    }

    void add_layer(NetworkBuilder& builder, std::size_t index) {
        const WrittenLayer& layer = layers_[index];
        Built built{layer.self.node().place, layer.full_name, !layer.broken};
        std::vector<LayerId> inputs;
        for (const Field& from : layer.from) {
            const std::optional<LayerId> id = resolve(from, index);
            built.trusted = built.trusted && id;
            inputs.push_back(id.value_or(LayerId{}));
        }
        if (inputs.empty()) {
            inputs.push_back(index == 0 ? layer_id(inputs_.size() - 1) : outputs_.back());
        }
        Op op = layer.op ? layer.op->op : Op(Dropout{});
        if (layer.op && layer.op->depthwise) {
            auto& conv = std::get<Conv>(op);
            conv.filters = conv.groups = builder.shape(inputs.front()).channels;
        }
        LayerId last = add(builder, layer.full_name, op, std::move(inputs), built);
        for (const ThenOp& then : layer.then) {
            built.path = layer.full_name + "." + then.name;
            built.place = then.place;
            last = add(builder, built.path, then.op, {last}, built);
        }
        outputs_.push_back(last);
    }

    /// Layers that `outputs` names, by MODULE/LAYER.
    void set_results(NetworkBuilder& builder) {
        if (!outputs_field_) {
            return;
        }
        std::vector<LayerId> results;
        std::map<std::string, int> lines;
        for (const Field& item : outputs_field_->items("layers")) {
            const std::string text = item.string().value_or("");
            const auto found = by_name_.find(text);
            if (found == by_name_.end()) {
                item.fault(fmt::format("unknown layer {} (MODULE/LAYER is needed)", quote(text)));
                continue;
            }
            check_unique(lines, text, item, fmt::format("output {} is", quote(text)));
            results.push_back(outputs_[found->second]);
        }
        if (results.empty() && outputs_field_->is(NodeKind::sequence)) {
            outputs_field_->fault("is empty (at least one layer is needed)");
        }
        builder.set_results(std::move(results));
    }

    std::optional<Network> build(const std::string& name) {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            by_name_.emplace(layers_[i].full_name, i);
        }
        NetworkBuilder builder(name);
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            if (i == 0 || layers_[i].module != layers_[i - 1].module) {
                builder.begin_module(layers_[i].module);
            }
            for (std::size_t k = 0; i == 0 && k < inputs_.size(); ++k) {
                const Field& place = inputs_[k].field ? *inputs_[k].field : layers_[0].self;
                add(builder, inputs_[k].name, inputs_[k].input, {},
                    {place.node().place, inputs_[k].name, input_good_});
            }
            add_layer(builder, i);
        }
        set_results(builder);
        std::optional<Network> network;
        if (faults_.size() == faults_before_) {
            network = builder.build();
        }
        for (const NetworkFault& fault : builder.faults()) {
            const std::size_t i = index(fault.layer);
            if (built_[i].own_faults) {
                faults_.add(built_[i].place, built_[i].path, fault.message);
            }
        }
        return faults_.size() == faults_before_ ? std::move(network) : std::nullopt;
    }

    const Node& root_;
    FaultList& faults_;
    std::size_t faults_before_;
    LayerDefaults defaults_;
    std::vector<WrittenInput> inputs_;
    std::optional<Field> outputs_field_;
    bool input_good_ = false;
    std::vector<WrittenLayer> layers_;
    std::map<std::string, std::size_t> by_name_;
    /// Output of each written layer: that of its last `then`.
    std::vector<LayerId> outputs_;
    /// By layer id.
    std::vector<Built> built_;
};

}  // namespace

std::optional<Network> read_network(const Node& root, FaultList& faults) {
    return NetworkReader(root, faults).read();
}

namespace {

std::optional<NetworkFile> read_model(const std::string& file_name, const std::optional<Reference>& reference,
                                      FaultList& faults, const std::vector<InputShape>& input_shapes) {
    std::optional<OnnxNetwork> model = read_onnx_network(file_name, reference, faults, input_shapes);
    if (!model) {
        return std::nullopt;
    }
    std::string spec = write_spec(model->imported.network, "From an ONNX model of SHA-256 " + model->sha256);
    ImportedNetwork& imported = model->imported;
    NetworkFile file{std::move(imported.network), std::move(model->sha256), std::move(spec),
                     std::move(imported.warnings), std::nullopt};
    if (imported.missing.empty()) {
        file.parameters = std::move(imported.parameters);
    }
    return file;
}

}  // namespace

std::optional<NetworkFile> read_network_file(const std::string& file_name,
                                             const std::optional<Reference>& reference, FaultList& faults,
                                             const std::vector<InputShape>& input_shapes) {
    if (is_onnx_file(file_name)) {
        return read_model(file_name, reference, faults, input_shapes);
    }
    for (const InputShape& shape : input_shapes) {
        faults.add(shape.where.place, shape.where.path,
                   "is for ONNX models; a network spec has its own input shape");
    }
    const std::size_t before = faults.size();
    std::optional<YamlFile> file = read_yaml_file(file_name, reference, faults);
    if (!file) {
        return std::nullopt;
    }
    std::optional<Network> network = read_network(file->root, faults);
    if (!network || faults.size() > before || !input_shapes.empty()) {
        return std::nullopt;
    }
    return NetworkFile{std::move(*network), sha256(file->bytes), std::move(file->bytes)};
}

NetworkFile load_network(const std::string& file_name, const std::vector<InputShape>& input_shapes) {
    FaultList faults;
    std::optional<NetworkFile> file = read_network_file(file_name, std::nullopt, faults, input_shapes);
    faults.throw_if_any();
    return std::move(*file);
}

}  // namespace cleave
