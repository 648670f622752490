// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/draft.hpp"
#include "cleave/onnx/infer_node.hpp"
#include "cleave/onnx/quantisation.hpp"
#include "cleave/onnx/reshape.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// Where the elements of a value are in a feature map; copies share the numbers.
class Order {
public:
    Order() = default;
    explicit Order(std::vector<std::int32_t> places)
        : places_(std::make_shared<const std::vector<std::int32_t>>(std::move(places))) {}
    /// Empty: in the same order.
    [[nodiscard]] bool empty() const { return places_ == nullptr || places_->empty(); }
    [[nodiscard]] std::size_t size() const { return empty() ? 0 : places_->size(); }
    [[nodiscard]] std::int64_t operator[](std::int64_t i) const {
        return empty() ? i : (*places_)[static_cast<std::size_t>(i)];
    }
    /// All of them; empty: in the same order.
    [[nodiscard]] const std::vector<std::int32_t>& places() const {
        static const std::vector<std::int32_t> kNone;
        return places_ == nullptr ? kNone : *places_;
    }
    friend bool operator==(const Order& a, const Order& b) {
        return a.places_ == b.places_ || (a.size() == b.size() && (a.empty() || *a.places_ == *b.places_));
    }

private:
    std::shared_ptr<const std::vector<std::int32_t>> places_;
};

/// A value of the model that depends on its input: elements of a layer's output feature map, in some order
/// and shape.
struct Feature {
    std::size_t layer = 0;
    /// Shape in the model, with batch 1.
    std::vector<std::int64_t> dims;
    /// Element i of the value is element order[i] of the feature map, with the padding around it.
    Order order = {};
    /// The node that shaped the value so.
    std::size_t node = 0;
    /// Rows and columns around the map that are not part of it: top, left, bottom, right; and their value.
    std::array<std::int64_t, 4> pad{};
    double pad_value = 0;
    /// Of the value in the model; the layer's map holds the same numbers.
    OnnxType type = OnnxType::float32;
    /// The value holds these codes of the layer's numbers.
    std::shared_ptr<const Quantisation> codes = nullptr;
    /// Others than the reader of the value read the layer's map, or another view of it.
    bool shared = false;

    [[nodiscard]] bool is_padded() const { return pad != std::array<std::int64_t, 4>{}; }
};

/// Known neither as layer nor as number: constants that are not folded, with their shape where it is known.
struct Unknown {
    OptionalDims dims = {};
    OnnxType type = OnnxType::float32;
};
/// A fault was reported where it is computed.
struct Broken {};

using Value = std::variant<Unknown, Broken, Constant, Feature>;

/// Operators whose multiply-accumulates are counted where they are no layers.
[[nodiscard]] const std::set<std::string>& operators_with_work();
/// Operators that hold graphs of their own and are refused.
[[nodiscard]] const std::set<std::string>& control_flow();

/// Goes through the nodes of a model once and keeps, for every value, what is known of it. Its members are
/// spread over the files translate*.cpp by kind of operator.
class Translator {
public:
    explicit Translator(const OnnxModel& model);
    Draft run();

    /// @return false if the node cannot be translated to a layer that has a cost model
    using Handler = bool (Translator::*)(const OnnxNode& node);
    /// What translates operators, by name.
    static const std::map<std::string, Handler>& handlers();

private:
    // translate.cpp: the walk over the nodes.
    void find_live();
    void check_outputs();
    void translate_node(const OnnxNode& node);
    [[nodiscard]] bool fold(const OnnxNode& node);
    [[nodiscard]] std::vector<KnownInput> known_inputs(const OnnxNode& node) const;
    /// Shapes of a node's outputs, with batch 1.
    [[nodiscard]] std::vector<OptionalDims> output_dims(const OnnxNode& node) const;
    [[nodiscard]] std::vector<std::size_t> results();
    [[nodiscard]] std::optional<std::size_t> result(const std::string& name);
    void report(const OnnxNode& node, const std::string& message);
    /// Reports, and marks what the node computes as broken.
    void fault(const OnnxNode& node, const std::string& message);
    [[nodiscard]] Draft finish(const std::vector<std::size_t>& results);
    [[nodiscard]] std::vector<std::string> other_warnings() const;
    void keep_other(const OnnxNode& node);
    [[nodiscard]] std::optional<std::vector<std::int64_t>> stated_dims(const std::string& value) const;

    // translate_input.cpp
    void add_constants();
    void read_inputs();
    void read_input(const OnnxValue& input);
    [[nodiscard]] bool puts_channels_first(const std::string& input, std::size_t rank) const;
    void set_input(const OnnxValue& input, std::vector<std::int64_t> dims);

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
    /// Adds an operation that puts a view's elements in their places. @return its layer
    std::size_t add_view(const Feature& feature);
    std::size_t add_other(std::string type, std::size_t node, std::vector<std::size_t> inputs,
                          const std::vector<std::int64_t>& dims);
    /// What a deployment copies of a node for one of its outputs. @param layers  that it reads
    [[nodiscard]] std::string copy_of(const OnnxNode& node, const Feature& made, const std::string& output,
                                      const std::vector<std::size_t>& layers);
    [[nodiscard]] static std::int64_t copied_element(OnnxType type);
    /// Type of an output of a node without a cost model.
    [[nodiscard]] OnnxType other_type(const OnnxNode& node, std::size_t output) const;
    /// Adds a layer that computes the node's first output. @return false after a fault
    bool emit(const OnnxNode& node, DraftLayer layer);
    [[nodiscard]] DraftLayer draft(const OnnxNode& node, Op op, std::size_t input) const;
    /// A layer that reads the value and has its rank; nothing where layer_of has nothing.
    [[nodiscard]] std::optional<DraftLayer> follow(const OnnxNode& node, const Op& op, Feature& feature);
    /// True if the node has no name while others do: it is a step of the next node that has one.
    [[nodiscard]] bool is_step(const OnnxNode& node) const { return any_name_ && node.name.empty(); }
    /// The input's value passes through. @param input  index of it
    bool pass(const OnnxNode& node, Feature feature, std::size_t input = 0);
    /// True if a layer yields the value, of batch 1 and rank 2 to 4, but for flattening and shuffling.
    [[nodiscard]] bool is_map(const Feature& feature) const;
    /// Adds a layer that computes each element, or each channel, by itself: on the layer's map where the
    /// value is a view of it, whose elements stay in their places. @return false where there is no such layer
    bool pointwise(const OnnxNode& node, const Op& op, Feature& feature, LayerParameters parameters = {},
                   std::optional<ScalarAffine> scalar = {});
    /// As emit, and the result has the shape and order of `view`.
    bool emit_view(const OnnxNode& node, DraftLayer layer, const Feature& view);
    /// Shape of a view's map with the padding around it.
    [[nodiscard]] Shape padded_shape(const Feature& feature) const;
    [[nodiscard]] std::size_t index_of(const OnnxNode& node) const;
    /// The layer that computes the value of an input, if this node is all that reads it and it is no view.
    [[nodiscard]] std::optional<std::size_t> only_read_here(const OnnxNode& node, std::size_t input);
    [[nodiscard]] std::int64_t uses(const std::string& name) const;
    /// One number for each channel of the layer that `pointwise` would add; nothing if the constant has
    /// several for one.
    [[nodiscard]] std::optional<std::vector<float>> per_channel(const Constant& numbers,
                                                                const Feature& feature) const;
    [[nodiscard]] bool take(std::vector<float>& numbers, const Constant& from);

    // translate_weights.cpp
    bool conv(const OnnxNode& node);
    bool gemm(const OnnxNode& node);
    bool matmul(const OnnxNode& node);
    bool batch_norm(const OnnxNode& node);
    [[nodiscard]] std::optional<std::size_t> fc_input(const OnnxNode& node);
    bool fully_connected(const OnnxNode& node, const Constant& weights, bool rows_are_features,
                         const Constant* bias);
    bool channel_matmul(const OnnxNode& node, const Constant& weights);
    bool affine(const OnnxNode& node, Feature& feature, const Constant& numbers, bool constant_first);
    [[nodiscard]] Constant legacy_broadcast(const OnnxNode& node, const Constant& numbers,
                                            const Feature& feature) const;
    [[nodiscard]] bool add_bias(const OnnxNode& node, const std::vector<float>& numbers,
                                std::size_t feature_input);

    // translate_windows.cpp
    bool max_pool(const OnnxNode& node);
    bool average_pool(const OnnxNode& node);
    bool global_average_pool(const OnnxNode& node);
    bool global_max_pool(const OnnxNode& node);
    bool reduce_mean(const OnnxNode& node);
    bool reduce_max(const OnnxNode& node);
    bool global_pool(const OnnxNode& node, bool average);
    bool reduce_positions(const OnnxNode& node, bool average);
    bool pad(const OnnxNode& node);
    bool pool(const OnnxNode& node, Pool op);
    [[nodiscard]] bool divides_by_less(const Pool& op, const Shape& in) const;
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

    // translate_views.cpp: operators on feature maps whose elements are in another order.
    bool join_views(const OnnxNode& node, const Op& op);
    bool concat_views(const OnnxNode& node, std::size_t axis);
    bool slice_view(const OnnxNode& node, const std::string& output, const SliceRanges& ranges);
    bool split_view(const OnnxNode& node, std::size_t axis, const std::vector<std::int64_t>& sizes);
    bool softmax_view(const OnnxNode& node, std::size_t axis);
    /// For each place along an axis of the value, the channel that it is; nothing unless the axis goes
    /// through all channels at each position.
    [[nodiscard]] std::optional<std::vector<std::int64_t>> channels_along(const Feature& feature,
                                                                          std::size_t axis) const;
    /// Axes of a map's channels, rows and columns in the value; nothing if it is no transposed map.
    [[nodiscard]] std::optional<std::array<std::size_t, 3>> map_axes(const Feature& feature) const;

    // translate_work.cpp
    /// Multiply-accumulates and weights of a node without a layer of its own. @param dims  of its output
    void add_work(const OnnxNode& node, const std::vector<std::int64_t>& dims, Other& other) const;

    // translate_quantised.cpp
    bool quantize(const OnnxNode& node);
    bool dequantize(const OnnxNode& node);
    bool fake_quantise(const OnnxNode& node);
    /// Layers whose maps the model holds in codes get these.
    void keep_codes();
    /// What codes cut off: numbers below 0, and above 6 where the largest code stands for it.
    bool clamp(const OnnxNode& node, Feature& feature, const Quantisation& codes);

    // translate_shapes.cpp
    bool reshape(const OnnxNode& node);
    bool transpose(const OnnxNode& node);
    bool concat(const OnnxNode& node);
    bool split(const OnnxNode& node);
    bool slice(const OnnxNode& node);
    bool gather(const OnnxNode& node);
    bool shape(const OnnxNode& node);
    bool size(const OnnxNode& node);
    std::size_t add_slice(const OnnxNode& node, const std::string& output, std::size_t from, Slice op);

    const OnnxModel& model_;
    std::vector<std::string> faults_;
    std::vector<DraftLayer> layers_;
    std::unordered_map<std::string, Value> values_;
    /// How often nodes that lead to the result, and the model's outputs, read a value.
    std::unordered_map<std::string, std::int64_t> uses_;
    std::vector<bool> live_;
    bool any_name_ = false;
    std::size_t input_count_ = 0;
    std::vector<std::string> warnings_;
    /// Weights that are not at hand.
    std::set<std::string> missing_;
    /// The largest batch that an input has and that is left out.
    std::int64_t batch_ = 1;
    std::int64_t parameters_ = 0;
    /// Maps in codes. `value`: the name that the map has before it is rounded; empty if it is made of codes.
    /// `node`: what rounds it, for the user; empty if it is rounded already.
    struct RoundedMap {
        std::size_t layer = 0;
        std::string value;
        std::optional<Codes> codes;
        std::string node;
    };
    std::vector<RoundedMap> rounded_maps_;
    /// Nodes of an operator without a cost model: how many, the first, and whether any multiplies.
    struct OtherNodes {
        int count = 0;
        std::string first;
        bool works = false;
    };
    /// Bytes that copies of nodes may still take; 1 GiB in all.
    std::int64_t copy_budget_ = std::int64_t{1} << 30;
    std::map<std::string, OtherNodes> others_;
};

/// Shape of a feature map for a value of any rank: what follows the batch, or all of it where the first
/// dimension is none. Two dimensions behind a batch are channels and columns; more than three become columns.
[[nodiscard]] Shape map_shape(const std::vector<std::int64_t>& dims);
/// Shape in a model of such a map, of rank 2 to 4.
[[nodiscard]] std::vector<std::int64_t> map_dims(const Shape& shape, std::size_t rank);
/// Larger feature maps are not followed element by element.
inline constexpr std::int64_t kMostFollowed = std::int64_t{1} << 24;
/// 1 x count x 1 ...: a number for each index of axis 1 of a value of this rank.
[[nodiscard]] std::vector<std::int64_t> channel_dims(std::int64_t count, std::size_t rank);
/// The double that the shortest decimal text of a float stands for: 0.1f becomes 0.1.
[[nodiscard]] double decimal(double number);

}  // namespace cleave
