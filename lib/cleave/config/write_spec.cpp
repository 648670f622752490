// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/write_spec.hpp"

#include "cleave/text/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cleave {
namespace {

/// Longer names are not lined up.
constexpr std::size_t kWidestColumn = 24;

std::string number_text(double value) {
    std::string text = fmt::format("{}", value);
    // Without a point, YAML 1.1 takes a number with an exponent for text.
    const std::size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) {
        text.insert(exponent, ".0");
    }
    return text;
}

std::string pair(std::int64_t h, std::int64_t w) {
    return h == w ? std::to_string(h) : fmt::format("[{}, {}]", h, w);
}

std::string pad(const Window& w) {
    if (w.pad_top != w.pad_bottom || w.pad_left != w.pad_right) {
        return fmt::format("[{}, {}, {}, {}]", w.pad_top, w.pad_left, w.pad_bottom, w.pad_right);
    }
    return pair(w.pad_top, w.pad_left);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

void add_window_fields(Fields& fields, const Window& w) {
    fields.emplace_back("kernel", pair(w.kernel_h, w.kernel_w));
    if (w.stride_h != 1 || w.stride_w != 1) {
        fields.emplace_back("stride", pair(w.stride_h, w.stride_w));
    }
    if (w.pad_top != 0 || w.pad_left != 0 || w.pad_bottom != 0 || w.pad_right != 0) {
        fields.emplace_back("pad", pad(w));
    }
    if (w.dilation_h != 1 || w.dilation_w != 1) {
        fields.emplace_back("dilation", pair(w.dilation_h, w.dilation_w));
    }
}

/// An operation of the format, and the keys that belong to it.
struct Written {
    std::string op;
    Fields fields;
};

class SpecWriter {
public:
    explicit SpecWriter(const Network& network) : network_(network) {
        std::size_t with = 0;
        std::size_t without = 0;
        for (const Layer& layer : network.layers()) {
            const auto* conv = std::get_if<Conv>(&layer.op);
            const auto* fc = std::get_if<FullyConnected>(&layer.op);
            if (conv != nullptr || fc != nullptr) {
                ++((conv != nullptr ? conv->bias : fc->bias) ? with : without);
            }
        }
        default_bias_ = with >= without;
        find_lines();
    }

    std::string run(const std::string& header) {
        text_ = yaml_comment(header);
        const Shape& in = network_.output(LayerId{});
        text_ += "cleave_network: 1\n";
        text_ += "name: " + yaml_name(network_.name()) + "\n";
        write_inputs();
        write_outputs();
        if (!default_bias_) {
            text_ += "defaults: {bias: false}\n";
        }
        text_ += "modules:\n";
        Shape before = in;
        for (std::size_t i = 0; i < network_.modules().size(); ++i) {
            const Module& module = network_.modules()[i];
            const Shape& out = network_.output(module.last);
            text_ += i > 0 ? "\n" : "";
            if (out != before) {
                text_ += fmt::format("  # {} x {} x {}\n", out.channels, out.height, out.width);
            }
            before = out;
            write_module(module);
        }
        return text_;
    }

private:
    static std::string size_text(const Shape& shape) {
        return fmt::format("channels: {}, height: {}, width: {}", shape.channels, shape.height, shape.width);
    }

    void write_inputs() {
        if (network_.input_count() == 1) {
            text_ += fmt::format("input: {{{}}}\n", size_text(network_.output(LayerId{})));
            return;
        }
        text_ += "inputs:\n";
        for (std::size_t i = 0; i < network_.input_count(); ++i) {
            text_ += fmt::format("  - {{name: {}, {}}}\n", yaml_name(network_.layer(layer_id(i)).name),
                                 size_text(network_.output(layer_id(i))));
        }
    }

    /// Where the network gives out more than its last layer.
    void write_outputs() {
        if (network_.results() == std::vector<LayerId>{layer_id(network_.layers().size() - 1)}) {
            return;
        }
        std::vector<std::string> names;
        for (const LayerId result : network_.results()) {
            const LayerId head = head_[index(result)];
            names.push_back(
                yaml_name(network_.module(network_.layer(head).module).name + "/" + local_name(head)));
        }
        text_ += fmt::format("outputs: [{}]\n", fmt::join(names, ", "));
    }

    /// The name of a layer without that of its module.
    [[nodiscard]] std::string local_name(LayerId id) const {
        const Layer& layer = network_.layer(id);
        const std::string prefix = network_.module(layer.module).name + "/";
        return layer.name.starts_with(prefix) ? layer.name.substr(prefix.size()) : layer.name;
    }

    /// True if the layer can stand in the `then` of the line that starts at `head` and ends before it.
    [[nodiscard]] bool continues(LayerId head, LayerId id) const {
        const Layer& layer = network_.layer(id);
        const LayerId before = layer_id(index(id) - 1);
        const auto* activation = std::get_if<Activation>(&layer.op);
        const bool plain = std::holds_alternative<BatchNorm>(layer.op) ||
                           std::holds_alternative<Dropout>(layer.op) ||
                           (activation != nullptr && !activation->alpha && !activation->beta);
        return plain && layer.module == network_.layer(head).module &&
               layer.inputs == std::vector<LayerId>{before} && network_.readers(before).size() == 1 &&
               !network_.is_result(before) &&
               layer.name == network_.layer(head).name + "." + op_name(layer.op);
    }

    void find_lines() {
        head_.resize(network_.layers().size());
        const std::size_t first = network_.input_count();
        for (std::size_t i = first; i < network_.layers().size(); ++i) {
            const LayerId head = head_[i - 1];
            head_[i] = i > first && continues(head, layer_id(i)) ? head : layer_id(i);
        }
    }

    [[nodiscard]] std::string reference(LayerId target, ModuleId reader) const {
        if (index(target) < network_.input_count()) {
            return network_.input_count() == 1 ? "input" : yaml_name(network_.layer(target).name);
        }
        const LayerId head = head_[index(target)];
        const Layer& layer = network_.layer(head);
        return yaml_name(layer.module == reader
                             ? local_name(head)
                             : network_.module(layer.module).name + "/" + local_name(head));
    }

    void add_from(Fields& fields, LayerId id) const {
        const Layer& layer = network_.layer(id);
        const bool joins = std::holds_alternative<Add>(layer.op) || std::holds_alternative<Mul>(layer.op) ||
                           std::holds_alternative<Concat>(layer.op);
        if (layer.inputs == std::vector<LayerId>{layer_id(index(id) - 1)} && !joins) {
            return;
        }
        std::vector<std::string> names;
        for (const LayerId in : layer.inputs) {
            names.push_back(reference(in, layer.module));
        }
        fields.emplace_back("from", names.size() == 1 && !joins
                                        ? names.front()
                                        : fmt::format("[{}]", fmt::join(names, ", ")));
    }

    void add_bias(Fields& fields, bool bias) const {
        if (bias != default_bias_) {
            fields.emplace_back("bias", bias ? "true" : "false");
        }
    }

    [[nodiscard]] Written written(LayerId id) const {
        const Op& op = network_.layer(id).op;
        Written result{op_name(op), {}};
        Fields& fields = result.fields;
        std::visit(Overloaded{
                       [](const Input&) {},
                       [&](const Conv& conv) {
                           const std::int64_t channels = network_.input(id).channels;
                           const bool depthwise =
                               conv.groups == channels && conv.filters == channels && channels > 1;
                           result.op = depthwise ? "depthwise" : "conv";
                           add_window_fields(fields, conv.window);
                           if (!depthwise) {
                               fields.emplace_back("filters", std::to_string(conv.filters));
                               if (conv.groups != 1) {
                                   fields.emplace_back("groups", std::to_string(conv.groups));
                               }
                           }
                           add_bias(fields, conv.bias);
                       },
                       [&](const FullyConnected& fc) {
                           fields.emplace_back("features", std::to_string(fc.features));
                           add_bias(fields, fc.bias);
                       },
                       [&](const Pool& pool) {
                           add_window_fields(fields, pool.window);
                           if (pool.ceil) {
                               fields.emplace_back("ceil", "true");
                           }
                           if (pool.count_pad && pool.kind == PoolKind::average) {
                               fields.emplace_back("count_pad", "true");
                           }
                       },
                       [](const GlobalAveragePool&) {},
                       [](const BatchNorm&) {},
                       [&](const Activation& activation) {
                           if (activation.alpha) {
                               fields.emplace_back("alpha", number_text(*activation.alpha));
                           }
                           if (activation.beta) {
                               fields.emplace_back("beta", number_text(*activation.beta));
                           }
                       },
                       [](const Dropout&) {},
                       [](const Add&) {},
                       [](const Mul&) {},
                       [](const Concat&) {},
                       [&](const Slice& slice) {
                           fields.emplace_back("channels", fmt::format("[{}, {}]", slice.first, slice.count));
                       },
                       [&](const Shuffle& shuffle) {
                           fields.emplace_back("groups", std::to_string(shuffle.groups));
                       },
                       [](const Flatten&) {},
                       [](const Softmax&) {},
                       [&](const Lrn& lrn) {
                           const Lrn usual;
                           if (lrn.size != usual.size) {
                               fields.emplace_back("size", std::to_string(lrn.size));
                           }
                           const auto add = [&](const char* key, double value, double otherwise) {
                               if (value != otherwise) {
                                   fields.emplace_back(key, number_text(value));
                               }
                           };
                           add("alpha", lrn.alpha, usual.alpha);
                           add("beta", lrn.beta, usual.beta);
                           add("k", lrn.k, usual.k);
                       },
                       [&](const Other& other) {
                           const Shape& s = other.output;
                           fields.emplace_back("type", yaml_name(other.type));
                           fields.emplace_back("output",
                                               fmt::format("[{}, {}, {}]", s.channels, s.height, s.width));
                           if (other.macs > 0) {
                               fields.emplace_back("macs", std::to_string(other.macs));
                           }
                           if (other.weights > 0) {
                               fields.emplace_back("weights", std::to_string(other.weights));
                           }
                       },
                   },
                   op);
        add_from(fields, id);
        return result;
    }

    void write_module(const Module& module) {
        text_ += "  - name: " + yaml_name(module.name) + "\n    layers:\n";
        std::vector<std::pair<std::string, Written>> rows;
        for (std::size_t i = index(module.first); i <= index(module.last); ++i) {
            const LayerId id = layer_id(i);
            if (head_[i] == id) {
                rows.emplace_back(yaml_name(local_name(id)) + ",", written(id));
            } else {
                Fields& fields = rows.back().second.fields;
                const std::string op = op_name(network_.layer(id).op);
                if (fields.empty() || fields.back().first != "then") {
                    fields.emplace_back("then", "[" + op + "]");
                } else {
                    fields.back().second.insert(fields.back().second.size() - 1, ", " + op);
                }
            }
        }
        std::size_t names = 0;
        std::size_t ops = 0;
        for (const auto& [name, row] : rows) {
            names = std::max(names, name.size() <= kWidestColumn ? name.size() : 0);
            ops = std::max(ops, row.fields.empty() ? 0 : row.op.size() + 1);
        }
        for (const auto& [name, row] : rows) {
            text_ += fmt::format("      - {{name: {:<{}} op: ", name, names);
            text_ += row.fields.empty() ? row.op : fmt::format("{:<{}}", row.op + ",", ops);
            for (std::size_t i = 0; i < row.fields.size(); ++i) {
                const auto& [key, value] = row.fields[i];
                text_ += (i == 0 ? " " : ", ") + key + ": " + value;
            }
            text_ += "}\n";
        }
    }

    const Network& network_;
    bool default_bias_ = true;
    /// For every layer, the one that its line starts with.
    std::vector<LayerId> head_;
    std::string text_;
};

}  // namespace

std::string write_spec(const Network& network, const std::string& header) {
    return SpecWriter(network).run(header);
}

}  // namespace cleave
