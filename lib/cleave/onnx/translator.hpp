// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/draft.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// A value of the model that depends on its input: elements of a layer's output feature map, in some order
/// and shape.
struct Feature {
    std::size_t layer = 0;
    /// Shape in the model, with batch 1.
    std::vector<std::int64_t> dims;
    /// Element i of the value is element order[i] of the feature map; empty: they are in the same order.
    std::vector<std::int32_t> order;
    /// The node that shaped the value so.
    std::size_t node = 0;
    /// Rows and columns around the map that are not part of it: top, left, bottom, right; and their value.
    std::array<std::int64_t, 4> pad{};
    double pad_value = 0;

    [[nodiscard]] bool is_padded() const { return pad != std::array<std::int64_t, 4>{}; }
};

/// Known neither as layer nor as number: constants that are not folded.
struct Unknown {};
/// A fault was reported where it is computed.
struct Broken {};

using Value = std::variant<Unknown, Broken, Constant, Feature>;

/// Goes through the nodes of a model once and keeps, for every value, what is known of it. Its members are
/// spread over the files translate*.cpp by kind of operator.
class Translator {
public:
    explicit Translator(const OnnxModel& model);
    Draft run();

private:
    /// @return false if the node cannot be translated to a layer that has a cost model
    using Handler = bool (Translator::*)(const OnnxNode& node);
    static const std::map<std::string, Handler>& handlers();

    // translate.cpp: the walk over the nodes.
    void find_live();
    void read_input();
    void check_outputs();
    void translate_node(const OnnxNode& node);
    [[nodiscard]] bool fold(const OnnxNode& node);
    void read_one_input(const OnnxValue& input);
    [[nodiscard]] std::vector<std::size_t> results();
    [[nodiscard]] std::optional<std::size_t> result(const std::string& name);
    void report(const OnnxNode& node, const std::string& message);
    /// Reports, and marks what the node computes as broken.
    void fault(const OnnxNode& node, const std::string& message);
    [[nodiscard]] Draft finish(const std::vector<std::size_t>& results);
    [[nodiscard]] std::vector<std::string> other_warnings() const;
    void keep_other(const OnnxNode& node);
    [[nodiscard]] std::optional<std::vector<std::int64_t>> known_dims(const std::string& value) const;

    // translate_values.cpp: access to values, adding layers.
    [[nodiscard]] const Value* value(const OnnxNode& node, std::size_t input) const;
    [[nodiscard]] const Constant* constant(const OnnxNode& node, std::size_t input) const;
    [[nodiscard]] Feature* feature(const OnnxNode& node, std::size_t input);
    [[nodiscard]] std::vector<std::optional<Constant>> constants(const OnnxNode& node) const;
    /// Whether the node has the input at all.
    [[nodiscard]] static bool has(const OnnxNode& node, std::size_t input);
    /// The layer whose output is the value, of rank 4 or 2 with batch 1; one is added where the value is a
    /// view that no layer yields yet. Nothing for other ranks.
    [[nodiscard]] std::optional<std::size_t> layer_of(Feature& feature);
    /// As layer_of, for ranks 4 alone.
    [[nodiscard]] std::optional<std::size_t> map_of(Feature& feature);
    /// The layer that a node without a cost model reads for the value.
    [[nodiscard]] std::size_t source_of(Feature& feature);
    std::size_t add_other(std::string type, std::size_t node, std::vector<std::size_t> inputs,
                          const std::vector<std::int64_t>& dims);
    /// The same for what a view makes of its layer's map.
    std::size_t add_view(const Feature& feature);
    /// What a deployment copies of a node for one of its outputs. @param layers  that it reads
    [[nodiscard]] std::string copy_of(const OnnxNode& node, const std::string& output,
                                      const std::vector<std::int64_t>& dims,
                                      const std::vector<std::size_t>& layers);
    /// Adds a layer that computes the node's first output. @return false after a fault
    bool emit(const OnnxNode& node, DraftLayer layer);
    [[nodiscard]] DraftLayer draft(const OnnxNode& node, Op op, std::size_t input) const;
    /// A layer that reads the value and has its rank; nothing where layer_of has nothing.
    [[nodiscard]] std::optional<DraftLayer> follow(const OnnxNode& node, const Op& op, Feature& feature);
    /// True if the node has no name while others do: it is a step of the next node that has one.
    [[nodiscard]] bool is_step(const OnnxNode& node) const { return any_name_ && node.name.empty(); }
    /// The input's value passes through.
    bool pass(const OnnxNode& node, const Feature& feature);
    [[nodiscard]] std::size_t index_of(const OnnxNode& node) const;
    /// The layer that computes the value of an input, if this node is all that reads it and it is no view.
    [[nodiscard]] std::optional<std::size_t> only_read_here(const OnnxNode& node, std::size_t input);
    [[nodiscard]] std::int64_t uses(const std::string& name) const;
    /// One number a channel, or for all, as many as channels; nothing if the constant has another shape.
    [[nodiscard]] std::optional<std::vector<float>> per_channel(const Constant& numbers,
                                                                const Feature& feature) const;
    [[nodiscard]] bool take(std::vector<float>& numbers, const Constant& from);

    // translate_weights.cpp
    bool conv(const OnnxNode& node);
    bool gemm(const OnnxNode& node);
    bool matmul(const OnnxNode& node);
    bool batch_norm(const OnnxNode& node);
    [[nodiscard]] std::optional<std::size_t> fc_input(const OnnxNode& node);
    bool affine(const OnnxNode& node, Feature& feature, const Constant& numbers, bool constant_first);
    [[nodiscard]] bool add_bias(const OnnxNode& node, const std::vector<float>& numbers,
                                std::size_t feature_input);

    // translate_windows.cpp
    bool max_pool(const OnnxNode& node);
    bool average_pool(const OnnxNode& node);
    bool global_average_pool(const OnnxNode& node);
    bool global_max_pool(const OnnxNode& node);
    bool reduce_mean(const OnnxNode& node);
    bool pad(const OnnxNode& node);
    bool pool(const OnnxNode& node, Pool op);
    [[nodiscard]] std::optional<Window> window(const OnnxNode& node, const Feature& in, std::int64_t kernel_h,
                                               std::int64_t kernel_w) const;
    [[nodiscard]] bool is_never_negative(std::size_t layer) const;

    // translate_elementwise.cpp
    bool activation(const OnnxNode& node);
    bool clip(const OnnxNode& node);
    bool prelu(const OnnxNode& node);
    bool softmax(const OnnxNode& node);
    bool lrn(const OnnxNode& node);
    bool dropout(const OnnxNode& node);
    bool identity(const OnnxNode& node);
    bool cast(const OnnxNode& node);
    bool add(const OnnxNode& node);
    bool sum(const OnnxNode& node);
    bool sub(const OnnxNode& node);
    bool mul(const OnnxNode& node);
    bool div(const OnnxNode& node);
    bool unary(const OnnxNode& node, const Op& op);
    bool join(const OnnxNode& node, const Op& op);
    [[nodiscard]] bool gate(const OnnxNode& node);
    [[nodiscard]] bool hard_activation(const OnnxNode& node, std::size_t input, double scale);
    [[nodiscard]] std::optional<std::pair<std::size_t, double>> shifted_relu6(std::size_t layer) const;

    // translate_shapes.cpp
    bool reshape(const OnnxNode& node);
    bool transpose(const OnnxNode& node);
    bool concat(const OnnxNode& node);
    bool split(const OnnxNode& node);
    bool slice(const OnnxNode& node);
    bool gather(const OnnxNode& node);
    bool shape(const OnnxNode& node);
    bool size(const OnnxNode& node);
    void add_slice(const OnnxNode& node, const std::string& output, std::size_t from, Slice op);

    const OnnxModel& model_;
    std::vector<std::string> faults_;
    std::vector<DraftLayer> layers_;
    std::unordered_map<std::string, Value> values_;
    /// How often nodes that lead to the result, and the model's outputs, read a value.
    std::unordered_map<std::string, std::int64_t> uses_;
    std::vector<bool> live_;
    bool any_name_ = false;
    std::size_t input_count_ = 0;
    /// Inputs whose channels come last, and all that reads them puts them first.
    std::set<std::string> channels_last_;
    std::vector<std::string> warnings_;
    std::int64_t parameters_ = 0;
    /// Bytes that copies of nodes may still take; 1 GiB in all.
    std::int64_t copy_budget_ = std::int64_t{1} << 30;
    /// Operators without a cost model: how many, and the first.
    std::map<std::string, std::pair<int, std::string>> others_;
};

/// Shape of a feature map for a value of any rank: what follows the batch, or all of it where the first
/// dimension is none; more dimensions than three become columns.
[[nodiscard]] Shape map_shape(const std::vector<std::int64_t>& dims);
/// The double that the shortest decimal text of a float stands for: 0.1f becomes 0.1.
[[nodiscard]] double decimal(double number);

}  // namespace cleave
