// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
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
    const bool known = node.domain.empty() && (node.op == "If" || node.op == "Loop" || node.op == "Scan");
    return known || std::any_of(node.attributes.begin(), node.attributes.end(), [](const auto& attribute) {
               return std::holds_alternative<OnnxSubgraph>(attribute.second);
           });
}

std::string show_dims(const std::vector<std::int64_t>& dims) {
    std::vector<std::string> texts;
    for (const std::int64_t dim : dims) {
        texts.push_back(dim < 0 ? "?" : std::to_string(dim));
    }
    return fmt::format("{}", fmt::join(texts, " x "));
}

}  // namespace

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

void Translator::read_input() {
    std::vector<OnnxValue> inputs;
    for (const OnnxValue& input : model_.inputs) {
        if (uses_.count(input.name) > 0) {
            inputs.push_back(input);
        }
    }
    if (inputs.empty()) {
        faults_.push_back("the model's output does not depend on an input");
    }
    for (const OnnxValue& input : inputs) {
        values_[input.name] = Broken{};
        read_one_input(input);
    }
}

void Translator::read_one_input(const OnnxValue& input) {
    const std::string name = quoted(input.name);
    const auto flag = fmt::format("--input-shape {}=1,3,224,224", input.name);
    if (input.type != OnnxType::float32) {
        faults_.push_back(fmt::format("input {} is no float32 tensor, which is all that is supported", name));
        return;
    }
    if (!input.dims) {
        faults_.push_back(fmt::format("input {} has no shape (give one: {})", name, flag));
        return;
    }
    std::vector<std::int64_t> dims = *input.dims;
    if (dims.size() != 4 && dims.size() != 2) {
        faults_.push_back(
            fmt::format("input {} is {}, a feature map of batch x channels x height x width is "
                        "needed",
                        name, dims.empty() ? "a single number" : show_dims(dims)));
        return;
    }
    dims[0] = dims[0] < 0 ? 1 : dims[0];
    if (std::any_of(dims.begin(), dims.end(), [](std::int64_t dim) { return dim < 1; })) {
        faults_.push_back(
            fmt::format("input {} is {}; its size must be fixed ({})", name, show_dims(dims), flag));
        return;
    }
    if (dims[0] != 1) {
        faults_.push_back(
            fmt::format("input {} has batch {}; only batch 1 is supported ({})", name, dims[0], flag));
        return;
    }
    const std::vector<std::int64_t> to_front{0, 3, 1, 2};
    bool channels_last = dims.size() == 4 && uses_[input.name] > 0;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
        const OnnxNode& node = model_.nodes[i];
        const bool reads = std::find(node.inputs.begin(), node.inputs.end(), input.name) != node.inputs.end();
        if (live_[i] && reads && (node.op != "Transpose" || integers_attribute(node, "perm") != to_front)) {
            channels_last = false;
        }
    }
    if (channels_last) {
        dims = {1, dims[3], dims[1], dims[2]};
        channels_last_.insert(input.name);
    }
    try {
        const Shape shape = infer_shape(Input{map_shape(dims)}, {});
        DraftLayer layer;
        layer.op = Input{shape};
        layer.shape = shape;
        layer.flat = dims.size() == 2;
        layer.weights = input.name;
        values_[input.name] = Feature{layers_.size(), dims, {}, 0, {}, 0};
        layers_.push_back(std::move(layer));
        ++input_count_;
    } catch (const std::invalid_argument& error) {
        faults_.push_back(fmt::format("input {}: {}", name, error.what()));
    }
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
    for (const std::string& output : node.outputs) {
        values_[output] = broken ? Value(Broken{}) : Value(Unknown{});
    }
    if (!broken && node.domain.empty() && !node.outputs.empty()) {
        if (auto folded = fold_constants(node, constants(node))) {
            values_.insert_or_assign(node.outputs.front(), std::move(*folded));
        }
    }
    return true;
}

void Translator::translate_node(const OnnxNode& node) {
    if (is_control_flow(node)) {
        fault(node, "control flow is not supported");
        return;
    }
    if (fold(node)) {
        return;
    }
    const auto handler = handlers().find(node.op);
    if (node.domain.empty() && handler != handlers().end() && !node.outputs.empty() &&
        (this->*handler->second)(node)) {
        return;
    }
    keep_other(node);
}

std::optional<std::vector<std::int64_t>> Translator::known_dims(const std::string& value) const {
    std::optional<std::vector<std::int64_t>> dims;
    if (const auto found = model_.values.find(value); found != model_.values.end()) {
        dims = found->second.dims;
    }
    for (const OnnxValue& output : model_.outputs) {
        if (output.name == value) {
            dims = output.dims;
        }
    }
    if (dims && !dims->empty() && dims->front() < 0) {
        dims->front() = 1;
    }
    const auto count = dims ? count_elements(*dims) : std::nullopt;
    return count && *count > 0 ? dims : std::nullopt;
}

void Translator::keep_other(const OnnxNode& node) {
    std::vector<std::string> used;
    for (const std::string& output : node.outputs) {
        if (uses(output) > 0) {
            used.push_back(output);
        }
    }
    std::vector<std::size_t> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (Feature* in = feature(node, i)) {
            const std::size_t layer = source_of(*in);
            if (std::find(inputs.begin(), inputs.end(), layer) == inputs.end()) {
                inputs.push_back(layer);
            }
        }
    }
    for (const std::string& output : used) {
        const auto dims = known_dims(output);
        if (!dims) {
            fault(node, fmt::format("the shape of its output {} is not known", quoted(output)));
            return;
        }
        const std::size_t layer = add_other(node.op, index_of(node), inputs, *dims);
        layers_[layer].parameters.copied = copy_of(node, output, *dims, inputs);
        values_[output] = Feature{layer, *dims, {}, index_of(node), {}, 0};
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
    const bool is_flatten = feature->dims.size() == 2 && !layers_[layer].flat;
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
        warnings.push_back(
            fmt::format("{} ({}{}) has no cost model: it stays on the GPU, costed by the bytes it moves",
                        op.substr(0, 80), seen.second,
                        seen.first > 1 ? fmt::format(" and {} more", seen.first - 1) : ""));
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
            auto& [count, first] = others_[other->type];
            first = count++ == 0 ? describe(model_.nodes[layer.node]) : first;
        }
        draft.layers.push_back(std::move(layer));
    }
    draft.input_count = input_count_;
    for (const std::size_t result : results) {
        draft.results.push_back(place[result]);
    }
    draft.warnings = other_warnings();
    draft.warnings.insert(draft.warnings.begin(), warnings_.begin(), warnings_.end());
    if (!channels_last_.empty()) {
        draft.warnings.insert(draft.warnings.begin(),
                              "the input's channels come last; its transposition to channels first is left "
                              "out, as the network's input has them first");
    }
    return draft;
}

Draft Translator::run() {
    find_live();
    check_outputs();
    read_input();
    for (const OnnxTensor& tensor : model_.initializers) {
        values_.insert_or_assign(tensor.name, Constant(tensor));
    }
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
        if (live_[i]) {
            translate_node(model_.nodes[i]);
        }
    }
    const std::vector<std::size_t> last = faults_.empty() ? results() : std::vector<std::size_t>{};
    if (!faults_.empty()) {
        throw OnnxError(faults_);
    }
    return finish(last);
}

}  // namespace cleave
