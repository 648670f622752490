// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"

#include <string>
#include <vector>

namespace cleave {

/// A named single-entry single-exit region: layers [first, last] in network order.
struct Module {
    std::string name;
    LayerId first{};
    LayerId last{};
};

/// What is wrong with a network and at which layer; a reader maps the layer back to a place in its file.
struct NetworkFault {
    LayerId layer{};
    std::string message;
};

/// Totals as the literature counts them: multiply-accumulates and weights of convolutions and fully connected
/// layers without bias; parameters with bias and two per batch-norm channel (scale, shift).
struct Totals {
    std::int64_t macs = 0;
    std::int64_t weights = 0;
    std::int64_t params = 0;
};

/// A convolutional network: layers in an order in which every layer follows its inputs, each with its
/// inferred shape. Made only by NetworkBuilder, so a Network is always consistent.
class Network {
public:
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
    [[nodiscard]] const std::vector<Module>& modules() const { return modules_; }
    [[nodiscard]] const Layer& layer(LayerId id) const { return layers_[index(id)]; }
    [[nodiscard]] const Module& module(ModuleId id) const { return modules_[index(id)]; }
    /// Output feature map of the layer, C x H x W.
    [[nodiscard]] const Shape& output(LayerId id) const { return shapes_[index(id)]; }
    /// Input feature map number `i` of the layer. A layer other than Input has at least one.
    [[nodiscard]] const Shape& input(LayerId id, std::size_t i = 0) const {
        return output(layer(id).inputs[i]);
    }
    /// Layers that read the output of `id`, in order, once each.
    [[nodiscard]] const std::vector<LayerId>& readers(LayerId id) const { return readers_[index(id)]; }
    [[nodiscard]] Totals totals(LayerId id) const;
    [[nodiscard]] Totals totals() const;
    /// Input layers: the first ones.
    [[nodiscard]] std::size_t input_count() const { return input_count_; }
    /// Layers whose output feature maps are the network's results, once each; mostly the last layer alone.
    [[nodiscard]] const std::vector<LayerId>& results() const { return results_; }
    [[nodiscard]] LayerId result() const { return results_.front(); }
    [[nodiscard]] bool is_result(LayerId id) const;

private:
    friend class NetworkBuilder;
    std::string name_;
    std::vector<Layer> layers_;
    std::vector<Shape> shapes_;
    std::vector<std::vector<LayerId>> readers_;
    std::vector<Module> modules_;
    std::vector<LayerId> results_;
    std::size_t input_count_ = 0;
};

/// Collects layers in order and checks them. Nothing is thrown for bad layers: every fault is kept, and
/// build() gives a network only when there is none.
class NetworkBuilder {
public:
    explicit NetworkBuilder(std::string name) : name_(std::move(name)) {}

    /// Starts a module; the layers added from here on belong to it. The first layer added must be Input and
    /// belongs to the first module, as do further ones that follow it.
    ModuleId begin_module(std::string name);
    /// Adds a layer that reads `inputs` (ids returned before). Its shape is inferred at once; when that fails
    /// the fault is kept and the layer passes its first input's shape on, so that one fault does not raise
    /// others.
    LayerId add(std::string name, Op op, std::vector<LayerId> inputs);
    /// What the network gives out, in this order; without it, what the last layer does.
    void set_results(std::vector<LayerId> results) { results_ = std::move(results); }

    [[nodiscard]] const Shape& shape(LayerId id) const { return shapes_[index(id)]; }
    [[nodiscard]] const std::vector<NetworkFault>& faults() const { return faults_; }
    /// Checks the whole: at least one layer besides the inputs, every layer read or a result, modules
    /// single-entry (the network's inputs together are one) single-exit. Adds to faults(); the network is
    /// complete only if faults() is empty afterwards.
    [[nodiscard]] Network build();

private:
    void check_modules(const Network& network);
    std::string name_;
    std::vector<Layer> layers_;
    std::vector<Shape> shapes_;
    std::vector<Module> modules_;
    std::vector<LayerId> results_;
    std::vector<NetworkFault> faults_;
};

/// Output shape of an operation on the given inputs.
/// @throws std::invalid_argument with a message for the user when the operation cannot take them.
[[nodiscard]] Shape infer_shape(const Op& op, const std::vector<Shape>& inputs);

/// The largest of the inputs of an add or mul: the shape that the others are broadcast to. One of C x 1 x 1
/// is repeated over all positions, one of 1 x 1 x 1 over all elements.
[[nodiscard]] Shape broadcast_shape(const std::vector<Shape>& inputs);
/// True if the inputs of an add or mul differ in shape, so that some are broadcast.
[[nodiscard]] bool broadcasts(const std::vector<Shape>& inputs);

/// True for a convolution whose groups equal its input channels (one k x k filter or more for every channel);
/// of those with a single channel, only with a single filter.
[[nodiscard]] bool is_depthwise(const Conv& conv, const Shape& input);

}  // namespace cleave
