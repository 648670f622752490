// SPDX-License-Identifier: Apache-2.0
// Writes layers with random weights as Verilog, one folder each; scripts/characterise_fpga synthesises them.
#include "cleave/cost/csd_logic.hpp"
#include "cleave/rtl/circuit_verilog.hpp"
#include "cleave/rtl/stream_verilog.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

namespace cleave {
namespace {

/// A layer as a line of the list says it.
struct Layer {
    std::string folder;
    std::string op;
    std::string form;
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t pad = 0;
    Shape in;
    std::int64_t filters = 1;
    std::int64_t groups = 1;
    Fold fold;
    /// Of the weights, in units of the last place; and the share of them that is zero.
    double sigma = 0;
    double zeros = 0;
    unsigned seed = 1;
};

/// `gather` and `deal` convert beats of SIMD bytes to beats of PE.
/// FOLDER OP FORM KERNEL STRIDE PAD CHANNELS HEIGHT WIDTH FILTERS GROUPS PE SIMD MULTIPLIERS COLUMNS SIGMA
/// ZEROS SEED
Layer read_layer(const std::string& line) {
    Layer layer;
    std::string multipliers;
    std::istringstream words(line);
    words >> layer.folder >> layer.op >> layer.form >> layer.kernel >> layer.stride >> layer.pad >>
        layer.in.channels >> layer.in.height >> layer.in.width >> layer.filters >> layer.groups >>
        layer.fold.pe >> layer.fold.simd >> multipliers >> layer.fold.columns >> layer.sigma >> layer.zeros >>
        layer.seed;
    if (!words) {
        throw std::invalid_argument("no layer: " + line);
    }
    layer.fold.multipliers = multipliers == "logic" ? Multipliers::logic : Multipliers::dsp;
    return layer;
}

/// Numbers as they are on every machine: the library's distributions are not.
class Normal {
public:
    explicit Normal(unsigned seed) : engine_(seed) {}
    double even() { return (static_cast<double>(engine_()) + 0.5) / 4294967296.0; }
    double operator()() {
        // The sum of twelve even numbers: nearly normal, and exact arithmetic.
        double sum = -6;
        for (int i = 0; i < 12; ++i) {
            sum += even();
        }
        return sum;
    }

private:
    std::mt19937 engine_;
};

IntegerConv convolution(const Layer& layer, const Window& window, const Shape& out) {
    Normal random(layer.seed);
    IntegerConv conv;
    conv.window = window;
    conv.in = layer.in;
    conv.out = out;
    conv.groups = layer.groups;
    const std::int64_t each = conv.depth() * window.taps();
    for (std::int64_t i = 0; i < each * out.channels; ++i) {
        const double weight = layer.sigma * random();
        const bool is_zero = random.even() < layer.zeros;
        conv.weights.push_back(is_zero
                                   ? std::int8_t{0}
                                   : static_cast<std::int8_t>(std::clamp(std::lround(weight), -127L, 127L)));
    }
    // As a quantised layer has it: sums of numbers of 40 or so make good use of 8 bits.
    conv.shift = std::max<std::int64_t>(1, std::lround(std::log2(layer.sigma * std::sqrt(each))));
    for (std::int64_t n = 0; n < out.channels; ++n) {
        conv.bias.push_back(std::lround(std::ldexp(30 * random(), static_cast<int>(conv.shift))));
    }
    conv.low = 0;
    return conv;
}

Shape output_of(const Layer& layer, const Window& w) {
    return {layer.filters, (layer.in.height + 2 * layer.pad - w.extent_h()) / w.stride_h + 1,
            (layer.in.width + 2 * layer.pad - w.extent_w()) / w.stride_w + 1};
}

CircuitNode node_of(const Layer& layer) {
    CircuitNode node;
    node.fold = layer.fold;
    node.direct = layer.form == "csd";
    node.reads = {{true, 0}};
    node.waits = {0};
    node.in = layer.in;
    node.note = layer.op;
    Window w;
    w.kernel_h = w.kernel_w = layer.kernel;
    w.stride_h = w.stride_w = layer.stride;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = layer.pad;
    node.out = output_of(layer, w);
    if (layer.op == "conv") {
        node.op = convolution(layer, w, node.out);
    } else if (layer.op == "max_pool") {
        node.op = MaxPool{w, node.in, node.out};
    } else if (layer.op == "average_pool") {
        node.op = AveragePool{w, node.in, node.out};
    } else if (layer.op == "mean") {
        node.out = {layer.in.channels, 1, 1};
        node.op = StreamMean{layer.in.positions(), 0};
    } else if (layer.op == "relu") {
        node.op = StreamSum{{0}, 0, 0, 96};
    } else if (layer.op == "add") {
        node.op = StreamSum{{1, 0}, 2};
        node.reads.push_back({true, 1});
        node.waits.push_back(0);
    } else if (layer.op == "concat") {
        node.op = StreamConcat{{layer.in.channels / 2, layer.in.channels / 2}, {1, 0}};
        node.in.channels /= 2;
        node.reads.push_back({true, 1});
        node.waits.push_back(0);
    } else if (layer.op == "slice") {
        node.op = StreamSlice{layer.in.channels / 2, layer.in.channels / 2};
        node.out.channels = layer.in.channels / 2;
    } else if (layer.op == "shuffle") {
        node.op = shuffle_of(layer.groups, layer.in.channels);
    } else {
        throw std::invalid_argument("no operation: " + layer.op);
    }
    return node;
}

/// A line for each layer: its folder, and terms, adders, products and filters as cost models count them.
void write(const Layer& layer) {
    std::filesystem::create_directories(layer.folder);
    const std::filesystem::path folder = layer.folder;
    if (layer.op == "gather" || layer.op == "deal") {
        std::ofstream(folder / "n000.v") << converter_module("n000", {layer.fold.simd}, {layer.fold.pe});
        std::printf("%s 0 0 0 0\n", layer.folder.c_str());
        return;
    }
    Circuit circuit;
    CircuitNode node = node_of(layer);
    for (std::size_t i = 0; i < node.reads.size(); ++i) {
        circuit.inputs.push_back({node.in, 1, "in", 16});
    }
    CsdLogic logic;
    if (const auto* conv = std::get_if<IntegerConv>(&node.op)) {
        logic = csd_logic(conv->weights, conv->depth() * conv->window.taps(), conv->groups);
    }
    circuit.outputs.push_back({{node.out, 1, "out", 16}, {false, 0}});
    circuit.nodes.push_back(std::move(node));
    for (const auto& [name, text] : circuit_files(circuit, "a layer")) {
        std::ofstream(folder / name) << text;
    }
    std::printf("%s %lld %lld %lld %lld\n", layer.folder.c_str(), static_cast<long long>(logic.terms),
                static_cast<long long>(logic.adders), static_cast<long long>(logic.products),
                static_cast<long long>(logic.filters));
}

}  // namespace
}  // namespace cleave

int main() {
    try {
        for (std::string line; std::getline(std::cin, line);) {
            cleave::write(cleave::read_layer(line));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cleave_layers: %s\n", error.what());
        return 2;
    }
    return 0;
}
