// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/show_values.hpp"
#include "cleave/onnx/structure.hpp"
#include "cleave/onnx/translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace cleave {
namespace {

constexpr std::size_t kMostFaults = 50;

bool is_control_flow(const OnnxNode& node) {
    return (node.domain.empty() && control_flow().contains(node.op)) ||
           std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
               return std::holds_alternative<OnnxSubgraph>(attribute.second);
           });
}

/// What a shape without elements lacks: "has 0 channels".
std::string lacks(const std::vector<std::int64_t>& dims) {
    if (dims.size() > 1 && dims[1] == 0) {
        return "has 0 channels";
    }
    return fmt::format("is {}: it has no elements", show_dims(dims));
}

}  // namespace

const std::set<std::string>& control_flow() {
    static const std::set<std::string> names{"If", "Loop", "Scan", "SequenceMap"};
    return names;
}

Draft translate(const OnnxModel& model) { return Translator(model).run(); }

Translator::Translator(const OnnxModel& model) : model_(model), live_(model.nodes.size(), false) {
    any_name_ = std::any_of(model.nodes.begin(), model.nodes.end(),
                            [](const OnnxNode& node) { return !node.name.empty(); });
}

const std::map<std::string, Translator::Handler>& Translator::handlers() {
    using T = Translator;
    static const std::map<std::string, Handler> table{
        {"Conv", &T::conv},
        {"Gemm", &T::gemm},
        {"MatMul", &T::matmul},
        {"BatchNormalization", &T::batch_norm},
        {"MaxPool", &T::max_pool},
        {"AveragePool", &T::average_pool},
        {"GlobalAveragePool", &T::global_average_pool},
        {"GlobalMaxPool", &T::global_max_pool},
        {"ReduceMean", &T::reduce_mean},
        {"ReduceMax", &T::reduce_max},
        {"Pad", &T::pad},
        {"Relu", &T::activation},
        {"LeakyRelu", &T::activation},
        {"Sigmoid", &T::activation},
        {"HardSigmoid", &T::activation},
        {"HardSwish", &T::activation},
        {"Tanh", &T::activation},
        {"Clip", &T::clip},
        {"PRelu", &T::prelu},
        {"Softmax", &T::softmax},
        {"LRN", &T::lrn},
        {"Dropout", &T::dropout},
        {"Identity", &T::identity},
        {"Cast", &T::cast},
        {"Add", &T::add},
        {"Sum", &T::sum},
        {"Sub", &T::sub},
        {"Mul", &T::mul},
        {"Div", &T::div},
        {"Concat", &T::concat},
        {"Split", &T::split},
        {"Slice", &T::slice},
        {"Gather", &T::gather},
        {"Shape", &T::shape},
        {"Size", &T::size},
        {"Reshape", &T::reshape},
        {"Flatten", &T::reshape},
        {"Squeeze", &T::reshape},
        {"Unsqueeze", &T::reshape},
        {"Transpose", &T::transpose},
        {"QuantizeLinear", &T::quantize},
        {"DequantizeLinear", &T::dequantize},
        {"Quant", &T::fake_quantise},
        {"IntQuant", &T::fake_quantise},
    };
    return table;
}

void Translator::report(const OnnxNode& node, const std::string& message) {
    if (faults_.size() < kMostFaults) {
        faults_.push_back(fmt::format("{}: {}", describe(node), message));
    }
}

void Translator::fault(const OnnxNode& node, const std::string& message) {
    report(node, message);
    for (const std::string& output : node.outputs) {
        values_[output] = Broken{};
    }
}

/// Nodes that lead to an output of the model; others are not looked at.
void Translator::find_live() {
    std::unordered_map<std::string, std::size_t> producer;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
        for (const std::string& output : model_.nodes[i].outputs) {
            producer.emplace(output, i);
        }
    }
    const auto use = [&](const std::string& name) {
        ++uses_[name];
        if (const auto found = producer.find(name); found != producer.end() && !name.empty()) {
            live_[found->second] = true;
        }
    };
    for (const OnnxValue& output : model_.outputs) {
        use(output.name);
    }
    // Readers stand behind what they read.
    for (std::size_t i = model_.nodes.size(); i-- > 0;) {
        if (live_[i]) {
            for (const std::string& input : model_.nodes[i].inputs) {
                use(input);
            }
        }
    }
}

void Translator::check_outputs() {
    if (model_.outputs.empty()) {
        faults_.push_back("the model has no output");
    }
}

std::vector<KnownInput> Translator::known_inputs(const OnnxNode& node) const {
    std::vector<KnownInput> inputs(node.inputs.size());
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Value* in = value(node, i);
        if (in == nullptr) {
            continue;
        }
        if (const auto* feature = std::get_if<Feature>(in)) {
            inputs[i] = {feature->type, feature->dims, {}};
        } else if (const auto* number = std::get_if<Constant>(in)) {
            inputs[i] = {number->type(), number->dims(), {}};
            if (number->is_known() && !number->absent) {
                inputs[i].number = *number;
            }
        } else if (const auto* unknown = std::get_if<Unknown>(in)) {
            inputs[i] = {unknown->type, unknown->dims, {}};
        }
    }
    return inputs;
}

std::vector<OptionalDims> Translator::output_dims(const OnnxNode& node) const {
    std::vector<OptionalDims> outputs = infer_outputs(node, model_.opset, known_inputs(node));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (!outputs[i] || !count_elements(*outputs[i])) {
            outputs[i] = stated_dims(node.outputs[i]);
        }
    }
    return outputs;
}

bool Translator::fold(const OnnxNode& node) {
    bool any_feature = false;
    bool broken = false;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const Value* in = value(node, i);
        any_feature = any_feature || (in != nullptr && std::holds_alternative<Feature>(*in));
        broken = broken || (in != nullptr && std::holds_alternative<Broken>(*in));
    }
    if (!broken && any_feature) {
        return false;
    }
    std::vector<Constant> folded;
    if (!broken && !node.outputs.empty()) {
        folded = fold_constants(node, constants(node));
    }
    const auto dims =
        broken || !folded.empty() ? std::vector<OptionalDims>(node.outputs.size()) : output_dims(node);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        values_.insert_or_assign(node.outputs[i], broken              ? Value(Broken{})
                                                  : i < folded.size() ? Value(std::move(folded[i]))
                                                                      : Value(Unknown{dims[i]}));
    }
    return true;
}

namespace {

/// Operators that do the same to codes as to the numbers that they stand for.
bool takes_codes(const OnnxNode& node) {
    static const std::set<std::string> names{"Concat",    "DepthToSpace", "DequantizeLinear",
                                             "Expand",    "Flatten",      "Gather",
                                             "Identity",  "MaxPool",      "Reshape",
                                             "Resize",    "Shape",        "Size",
                                             "Slice",     "SpaceToDepth", "Split",
                                             "Squeeze",   "Tile",         "Transpose",
                                             "Unsqueeze", "Upsample"};
    return node.domain.empty() && names.count(node.op) > 0;
}

bool same_codes(const Quantisation* a, const Quantisation* b) {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

void Translator::translate_node(const OnnxNode& node) {
    if (is_control_flow(node)) {
        fault(node, "control flow is not supported");
        return;
    }
    if (fold(node)) {
        return;
    }
    OnnxType type = OnnxType::float32;
    std::shared_ptr<const Quantisation> codes;
    bool agree = true;
    std::size_t features = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (const Feature* in = feature(node, i)) {
            agree = agree && (features == 0 || same_codes(in->codes.get(), codes.get()));
            type = features++ == 0 || is_integer(in->type) ? in->type : type;
            codes = in->codes != nullptr ? in->codes : codes;
        }
    }
    const bool plain = !is_integer(type) && codes == nullptr;
    const bool moves = agree && takes_codes(node);
    const auto handler = handlers().find(node.op);
    const bool known =
        handler != handlers().end() && !node.outputs.empty() &&
        (node.domain.empty() || is_quantize(node) || is_dequantize(node) || is_fake_quantise(node)) &&
        (plain || moves || node.op == "Cast");
    if (!known || !(this->*handler->second)(node)) {
        keep_other(node);
    }
    if (!plain && moves && !is_dequantize(node)) {
        for (const std::string& output : node.outputs) {
            if (auto* out = std::get_if<Feature>(&values_[output])) {
                out->type = type;
                out->codes = codes;
                if (codes != nullptr) {
                    rounded_maps_.push_back({out->layer, "", codes_of(*codes), ""});
                }
            }
        }
    }
}

std::optional<std::vector<std::int64_t>> Translator::stated_dims(const std::string& value) const {
    std::optional<std::vector<std::int64_t>> dims;
    if (const auto found = model_.values.find(value); found != model_.values.end()) {
        dims = found->second.dims;
    }
    for (const OnnxValue& output : model_.outputs) {
        if (output.name == value) {
            dims = output.dims;
        }
    }
    if (dims && !dims->empty() && (dims->front() < 0 || (batch_ > 1 && dims->front() == batch_))) {
        dims->front() = 1;
    }
    return dims && count_elements(*dims) ? dims : std::nullopt;
}

void Translator::keep_other(const OnnxNode& node) {
    const std::vector<OptionalDims> shapes = output_dims(node);
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (Feature* in = feature(node, i)) {
            const std::size_t layer = source_of(*in);
            if (std::find(inputs.begin(), inputs.end(), layer) == inputs.end()) {
                inputs.push_back(layer);
            }
        }
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const std::string& output = node.outputs[i];
        if (uses(output) == 0) {
            continue;
        }
        const OptionalDims& dims = shapes[i];
        const auto count = dims ? count_elements(*dims) : std::nullopt;
        if (!count || *count == 0) {
            fault(node, count ? fmt::format("its output {} {}", quoted(output), lacks(*dims))
                              : fmt::format("the shape of its output {} is not known", quoted(output)));
            return;
        }
        const std::size_t layer = add_other(node.op, index_of(node), inputs, *dims);
        add_work(node, *dims, std::get<Other>(layers_[layer].op));
        Feature made{layer, *dims, {}, index_of(node)};
        made.type = other_type(node, i);
        layers_[layer].parameters.copied = copy_of(node, made, output, inputs);
        values_[output] = std::move(made);
    }
}

std::vector<std::size_t> Translator::results() {
    std::vector<std::size_t> results;
    std::vector<std::string> same;
    std::vector<std::string> constant;
    for (const OnnxValue& output : model_.outputs) {
        const auto found = values_.find(output.name);
        if (model_.outputs.size() > 1 && found != values_.end() &&
            (std::holds_alternative<Constant>(found->second) ||
             std::holds_alternative<Unknown>(found->second))) {
            constant.push_back(quoted(output.name));
            continue;
        }
        const auto layer = result(output.name);
        if (layer && std::find(results.begin(), results.end(), *layer) != results.end()) {
            same.push_back(quoted(output.name));
        } else if (layer) {
            results.push_back(*layer);
        }
    }
    if (results.empty() && faults_.empty()) {
        faults_.push_back("the model's outputs do not depend on its input");
    }
    for (const auto& [names, why] : {std::pair(constant, "do not depend on an input"),
                                     std::pair(same, "are maps of outputs before them")}) {
        if (!names.empty()) {
            warnings_.push_back(fmt::format("outputs {} {}: they are left out", fmt::join(names, ", "), why));
        }
    }
    return results;
}

/// The layer that an output of the model is; nothing, with a fault, if there is none.
std::optional<std::size_t> Translator::result(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end() || std::holds_alternative<Broken>(found->second)) {
        return std::nullopt;  // reported
    }
    auto* feature = std::get_if<Feature>(&found->second);
    if (feature == nullptr) {
        faults_.push_back(fmt::format("the model's output {} does not depend on its input", quoted(name)));
        return std::nullopt;
    }
    const std::size_t layer = source_of(*feature);
    const bool is_flatten = feature->dims.size() == 2 && layers_[layer].rank != 2;
    const std::size_t last = is_flatten ? layer_of(*feature).value_or(layer) : layer;
    if (last < input_count_) {
        faults_.push_back(model_.outputs.size() == 1
                              ? "the model has no layers"
                              : fmt::format("the model's output {} is its input", quoted(name)));
        return std::nullopt;
    }
    return last;
}

std::vector<std::string> Translator::other_warnings() const {
    std::vector<std::string> warnings;
    for (const auto& [op, seen] : others_) {
        warnings.push_back(fmt::format(
            "{} ({}{}) has no cost model: it stays on the GPU, costed by the bytes it moves{}",
            op.substr(0, 80), seen.first, seen.count > 1 ? fmt::format(" and {} more", seen.count - 1) : "",
            seen.works ? " and its multiply-accumulates" : ""));
    }
    return warnings;
}

/// Leaves out layers that others took the place of, and turns indices accordingly.
Draft Translator::finish(const std::vector<std::size_t>& results) {
    std::vector<bool> needed(layers_.size(), false);
    for (std::size_t i = 0; i < input_count_; ++i) {
        needed[i] = true;
    }
    for (const std::size_t result : results) {
        needed[result] = true;
    }
    for (std::size_t i = layers_.size(); i-- > 0;) {
        for (const std::size_t in : layers_[i].inputs) {
            needed[in] = needed[in] || needed[i];
        }
    }
    std::vector<std::size_t> place(layers_.size(), 0);
    Draft draft;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (!needed[i]) {
            continue;
        }
        place[i] = draft.layers.size();
        DraftLayer& layer = layers_[i];
        for (std::size_t& in : layer.inputs) {
            in = place[in];
        }
        if (const auto* other = std::get_if<Other>(&layer.op)) {
            OtherNodes& seen = others_[other->type];
            seen.first = seen.count++ == 0 ? describe(model_.nodes[layer.node]) : seen.first;
            seen.works = seen.works || other->macs > 0;
        }
        draft.layers.push_back(std::move(layer));
    }
    draft.input_count = input_count_;
    for (const std::size_t result : results) {
        draft.results.push_back(place[result]);
    }
    draft.warnings = warnings_;
    for (std::string& warning : other_warnings()) {
        draft.warnings.push_back(std::move(warning));
    }
    draft.missing.assign(missing_.begin(), missing_.end());
    return draft;
}

Draft Translator::run() {
    find_live();
    check_outputs();
    add_constants();
    read_inputs();
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
        if (live_[i]) {
            translate_node(model_.nodes[i]);
        }
    }
    const std::vector<std::size_t> last = faults_.empty() ? results() : std::vector<std::size_t>{};
    if (!faults_.empty()) {
        throw OnnxError(faults_);
    }
    keep_codes();
    return finish(last);
}

}  // namespace cleave
