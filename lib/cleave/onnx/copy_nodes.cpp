// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/copy_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;

constexpr std::int64_t kFloat = 1;  // TensorProto.DataType
/// The oldest that runtimes of today take, and the one of what is written here.
constexpr std::int64_t kOldestCopied = 7;
constexpr std::int64_t kCopiedOpset = 13;
constexpr std::int64_t kElementBytes = 8;

Dims map_dims(const Shape& shape) { return {1, shape.channels, shape.height, shape.width}; }

/// A model that is put together node by node.
class PartWriter {
public:
    explicit PartWriter(std::int64_t& budget) : budget_(budget) {
        part_.producer = "cleave";
        part_.graph_name = "layer";
    }

    [[nodiscard]] OnnxModel& part() { return part_; }

    std::string input(const Shape& shape) {
        std::string name = fmt::format("x{}", part_.inputs.size());
        part_.inputs.push_back({name, OnnxType::float32, map_dims(shape), kFloat});
        return name;
    }

    std::string fresh() { return fmt::format("v{}", values_++); }

    std::string constant(OnnxTensor tensor) {
        tensor.name = fmt::format("c{}", part_.initializers.size());
        tensor.type = is_float(tensor.type) ? OnnxType::float32 : tensor.type;
        const std::size_t numbers = std::max(tensor.floats.size(), tensor.ints.size());
        spend(static_cast<std::int64_t>(tensor.bytes.size()) +
              kElementBytes * static_cast<std::int64_t>(numbers));
        part_.initializers.push_back(std::move(tensor));
        return part_.initializers.back().name;
    }
    std::string list(Dims numbers) {
        const auto count = static_cast<std::int64_t>(numbers.size());
        return constant({"", OnnxType::int64, {count}, {}, std::move(numbers)});
    }
    std::string constant(const Constant& numbers) {
        if (!spend(kElementBytes * numbers.count())) {
            return "";
        }
        return constant(to_tensor(numbers));
    }

    /// @param output  empty: a new name
    std::string add(const std::string& op, std::vector<std::string> inputs, std::string output = "",
                    std::map<std::string, OnnxAttribute> attributes = {}) {
        output = output.empty() ? fresh() : output;
        part_.nodes.push_back({"", op, "", std::move(inputs), {output}, std::move(attributes)});
        return output;
    }

    bool spend(std::int64_t bytes) {
        budget_ = bytes > budget_ ? -1 : budget_ - bytes;
        return budget_ >= 0;
    }

    /// The model's bytes, with the output "y".
    std::string finish(const Shape& shape) {
        part_.outputs.push_back({"y", OnnxType::float32, map_dims(shape), kFloat});
        if (budget_ < 0 || part_.opset < kOldestCopied || !has_onnx()) {
            return "";
        }
        try {
            std::string bytes = write_onnx(part_);
            return part_.opset < kCopiedOpset ? raise_opset(bytes, kCopiedOpset).value_or("") : bytes;
        } catch (const OnnxError&) {
            return "";
        }
    }

private:
    OnnxModel part_;
    std::int64_t& budget_;
    std::size_t values_ = 0;
};

class NodeCopy {
public:
    NodeCopy(const OnnxModel& model, const CopiedNode& what, std::int64_t& budget)
        : model_(model), what_(what), writer_(budget) {
        writer_.part().opset = model.opset;
        writer_.part().domains = model.domains;
    }

    std::string run() {
        declare_inputs();
        std::vector<std::string> inputs = read_maps();
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (const auto* numbers = std::get_if<Constant>(&what_.inputs[i])) {
                inputs[i] = writer_.constant(*numbers);
            }
        }
        copy_constants(inputs);
        // The last node has one output: what reads a copy back takes it for the layer's.
        const bool is_map = what_.dims == map_dims(what_.shape) && what_.node.outputs.size() == 1;
        const std::int64_t element = what_.element;
        OnnxNode node = what_.node;
        node.name.clear();
        node.doc.clear();
        node.inputs = inputs;
        std::string value = is_map && element == kFloat ? "y" : writer_.fresh();
        for (std::string& output : node.outputs) {
            output = output == what_.output ? value : output.empty() ? "" : writer_.fresh();
        }
        writer_.part().nodes.push_back(std::move(node));
        if (element != kFloat) {
            value = writer_.add("Cast", {value}, is_map ? "y" : "", {{"to", kFloat}});
        }
        if (!is_map) {
            writer_.add("Reshape", {value, writer_.list(map_dims(what_.shape))}, "y");
        }
        return writer_.finish(what_.shape);
    }

private:
    void declare_inputs() {
        std::size_t count = 0;
        for (const CopiedInput& input : what_.inputs) {
            const auto* map = std::get_if<CopiedMap>(&input);
            if (map != nullptr && map->input == count) {
                (void)writer_.input(map->shape);
                ++count;
            }
        }
    }

    /// Names of the inputs that are maps, in the shapes and types that the node reads. Steps for all of
    /// several maps or for none, so that nodes name them in the order of the layer's inputs.
    std::vector<std::string> read_maps() {
        const auto is_plain = [](const CopiedMap& map) {
            return map.dims == map_dims(map.shape) && map.element == kFloat;
        };
        bool plain = true;
        for (std::size_t i = 0; i < what_.inputs.size(); ++i) {
            const auto* map = std::get_if<CopiedMap>(&what_.inputs[i]);
            plain = plain && (map == nullptr || is_plain(*map));
        }
        std::vector<std::string> names(what_.inputs.size());
        for (std::size_t i = 0; i < what_.inputs.size(); ++i) {
            const auto* map = std::get_if<CopiedMap>(&what_.inputs[i]);
            if (map == nullptr) {
                continue;
            }
            names[i] = fmt::format("x{}", map->input);
            const std::int64_t element = map->element;
            if (!plain) {
                names[i] = writer_.add("Reshape", {names[i], writer_.list(map->dims)});
                OnnxValue value{names[i], OnnxType::float32, map->dims, kFloat};
                writer_.part().values.emplace(names[i], std::move(value));
            }
            if (element != kFloat) {
                names[i] = writer_.add("Cast", {names[i]}, "", {{"to", element}});
                OnnxValue value{names[i], OnnxType::other, map->dims, element};
                writer_.part().values.emplace(names[i], std::move(value));
            }
        }
        return names;
    }

    /// Nodes and constants that compute what the node reads without being a map or a number that is known.
    void copy_constants(std::vector<std::string>& inputs) {
        std::set<std::string> wanted;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (std::holds_alternative<std::monostate>(what_.inputs[i]) && !what_.node.inputs[i].empty()) {
                wanted.insert(what_.node.inputs[i]);
            }
        }
        if (wanted.empty()) {
            return;
        }
        std::vector<const OnnxNode*> nodes;
        for (auto i = static_cast<std::size_t>(&what_.node - model_.nodes.data()); i-- > 0;) {
            const OnnxNode& node = model_.nodes[i];
            const auto is_wanted = [&](const std::string& output) { return wanted.count(output) > 0; };
            if (std::any_of(node.outputs.begin(), node.outputs.end(), is_wanted)) {
                nodes.push_back(&node);
                wanted.insert(node.inputs.begin(), node.inputs.end());
            }
        }
        std::map<std::string, std::string> names{{"", ""}};
        for (const OnnxTensor& tensor : model_.initializers) {
            if (wanted.count(tensor.name) > 0) {
                names[tensor.name] = writer_.constant(tensor);
            }
        }
        for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
            OnnxNode copy = **node;
            copy.name.clear();
            copy.doc.clear();
            for (std::string& input : copy.inputs) {
                input = names[input];
            }
            for (std::string& output : copy.outputs) {
                output = output.empty() ? "" : names[output] = writer_.fresh();
            }
            writer_.part().nodes.push_back(std::move(copy));
        }
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (std::holds_alternative<std::monostate>(what_.inputs[i])) {
                inputs[i] = names[what_.node.inputs[i]];
            }
        }
    }

    const OnnxModel& model_;
    const CopiedNode& what_;
    PartWriter writer_;
};

/// An axis of a view: as many elements, so far from each other in the map.
struct ViewAxis {
    std::int64_t extent = 1;
    std::int64_t stride = 1;
};

/// Axes of an order of all elements, the innermost first; nothing if it is no transposition of any shape.
std::optional<std::vector<ViewAxis>> axes_of(const std::vector<std::int32_t>& order) {
    const auto count = static_cast<std::int64_t>(order.size());
    const auto at = [&](std::int64_t i) { return std::int64_t{order[static_cast<std::size_t>(i)]}; };
    std::vector<ViewAxis> axes;
    std::int64_t block = 1;
    while (block < count) {
        ViewAxis axis{1, at(block)};
        while (axis.extent * block < count && at(axis.extent * block) == axis.extent * axis.stride) {
            ++axis.extent;
        }
        if (count % (block * axis.extent) != 0 || axis.extent == 1) {
            return std::nullopt;
        }
        block *= axis.extent;
        axes.push_back(axis);
    }
    for (std::int64_t i = 0; i < count; ++i) {
        std::int64_t rest = i;
        std::int64_t source = 0;
        for (const ViewAxis& axis : axes) {
            source += rest % axis.extent * axis.stride;
            rest /= axis.extent;
        }
        if (source != at(i)) {
            return std::nullopt;
        }
    }
    return axes;
}

/// The map's elements in another order.
std::string reorder(PartWriter& writer, const std::string& map, const std::vector<std::int32_t>& order,
                    std::int64_t elements) {
    const bool all = static_cast<std::int64_t>(order.size()) == elements;
    const auto axes = all ? axes_of(order) : std::nullopt;
    if (!axes) {
        const std::string flat = writer.add("Reshape", {map, writer.list({elements})});
        return writer.add("Gather", {flat, writer.list(Dims(order.begin(), order.end()))});
    }
    // Axes as the map has them: the one whose elements lie farthest from each other comes first.
    std::vector<std::size_t> places(axes->size());
    std::iota(places.begin(), places.end(), 0);
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return (*axes)[a].stride > (*axes)[b].stride; });
    Dims dims;
    Dims order_of_axes(axes->size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        dims.push_back((*axes)[places[i]].extent);
        order_of_axes[axes->size() - 1 - places[i]] = static_cast<std::int64_t>(i);
    }
    const std::string split = writer.add("Reshape", {map, writer.list(dims)});
    return writer.add("Transpose", {split}, "", {{"perm", order_of_axes}});
}

}  // namespace

std::string copy_node(const OnnxModel& model, const CopiedNode& what, std::int64_t& budget) {
    return NodeCopy(model, what, budget).run();
}

std::string copy_view(const CopiedView& view, std::int64_t& budget) {
    PartWriter writer(budget);
    std::string value = writer.input(view.from);
    if (view.pad != std::array<std::int64_t, 4>{}) {
        const auto [top, left, bottom, right] = view.pad;
        OnnxTensor number{"", OnnxType::float32, {}, {static_cast<float>(view.pad_value)}, {}};
        const std::string pads = writer.list({0, 0, top, left, 0, 0, bottom, right});
        writer.add("Pad", {value, pads, writer.constant(std::move(number))}, "y");
        return writer.finish(view.to);
    }
    if (!view.order.empty()) {
        value = reorder(writer, value, view.order, view.from.elements());
    }
    writer.add("Reshape", {value, writer.list(map_dims(view.to))}, "y");
    return writer.finish(view.to);
}

}  // namespace cleave
