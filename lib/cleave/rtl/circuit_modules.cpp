// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_modules.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/network/layer.hpp"
#include "cleave/rtl/op_module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cleave {
namespace {

class CircuitBuilder {
public:
    explicit CircuitBuilder(const Circuit& circuit) : circuit_(circuit) {}

    CircuitModules run() {
        count_readers();
        for (std::size_t i = 0; i < circuit_.inputs.size(); ++i) {
            add_input(i);
        }
        for (std::size_t i = 0; i < circuit_.nodes.size(); ++i) {
            add_node(i);
        }
        for (std::size_t i = 0; i < circuit_.outputs.size(); ++i) {
            add_output(i);
        }
        return std::move(made_);
    }

private:
    /// Readers of a source, and the streams that are left for those that come.
    struct Readers {
        std::size_t count = 0;
        std::vector<std::size_t> left;
    };

    /// Through wires to where it is made.
    [[nodiscard]] CircuitSource origin(CircuitSource source) const {
        while (!source.outside && std::holds_alternative<Wires>(circuit_.nodes[source.number].op)) {
            source = circuit_.nodes[source.number].reads.front();
        }
        return source;
    }
    Readers& readers(CircuitSource source) {
        source = origin(source);
        return source.outside ? of_inputs_[source.number] : of_nodes_[source.number];
    }

    void count_readers() {
        of_inputs_.resize(circuit_.inputs.size());
        of_nodes_.resize(circuit_.nodes.size());
        latencies_.resize(circuit_.nodes.size());
        for (const CircuitNode& node : circuit_.nodes) {
            for (const CircuitSource source : node.reads) {
                readers(source).count += std::holds_alternative<Wires>(node.op) ? 0 : 1;
            }
        }
        for (const Circuit::Output& output : circuit_.outputs) {
            ++readers(output.source).count;
        }
    }

    std::size_t stream(CircuitStream stream) {
        made_.streams.push_back(std::move(stream));
        return made_.streams.size() - 1;
    }
    [[nodiscard]] const CircuitStream& at(std::size_t stream) const { return made_.streams[stream]; }
    /// A module that reads a stream and writes another one, of beats that are always full unless it says so.
    std::size_t behind(std::size_t from, const std::string& name, decltype(CircuitModule::kind) kind,
                       std::int64_t bytes, std::int64_t map_bytes = 0) {
        const std::size_t to = stream({name + "_out", bytes, map_bytes});
        made_.modules.push_back({name, kind, {from}, {to}});
        return to;
    }

    /// A stream and its readers.
    void spread(Readers& to, std::size_t from) {
        if (to.count > 1 && at(from).map_bytes > 0) {
            from = behind(from, at(from).name + "_width", ConverterModule{}, full_beat(at(from)));
        }
        if (to.count == 0) {
            made_.modules.push_back({"", DrainModule{}, {from}, {}});
        } else if (to.count == 1) {
            to.left = {from};
        } else {
            const std::string name = at(from).name + "_fork";
            CircuitModule fork{name, ForkModule{}, {from}, {}};
            for (std::size_t i = 0; i < to.count; ++i) {
                fork.out.push_back(stream({fmt::format("{}_{}", name, i), at(from).bytes, 0}));
            }
            to.left.assign(fork.out.rbegin(), fork.out.rend());
            made_.modules.push_back(std::move(fork));
        }
    }

    /// The widest beat, of those that are not wider, of which a map is a whole number.
    [[nodiscard]] static std::int64_t full_beat(const CircuitStream& stream) {
        std::int64_t bytes = stream.bytes;
        while (stream.map_bytes % bytes != 0) {
            --bytes;
        }
        return bytes;
    }

    /// A reader's own stream of a source, so wide, behind a queue of so many words.
    std::size_t take(CircuitSource source, const std::string& reader, std::int64_t bytes,
                     std::int64_t words) {
        std::size_t from = take_any(source);
        if (at(from).bytes != bytes || at(from).map_bytes > 0) {
            from = behind(from, reader + "_width", ConverterModule{}, bytes);
        }
        return words > 0
                   ? behind(from, reader + "_queue", QueueModule{std::max<std::int64_t>(2, words)}, bytes)
                   : from;
    }

    std::size_t take_any(CircuitSource source) {
        Readers& from = readers(source);
        const std::size_t stream = from.left.back();
        from.left.pop_back();
        return stream;
    }

    void add_input(std::size_t i) {
        const WireFormat wire = wire_format(circuit_.inputs[i]);
        const std::size_t to =
            stream({fmt::format("in{}", i), wire.beat_bytes, wire.is_filled() ? 0 : wire.bytes});
        made_.modules.push_back({"", ArrivalModule{i}, {}, {to}});
        spread(of_inputs_[i], to);
    }

    void add_node(std::size_t i) {
        const CircuitNode& node = circuit_.nodes[i];
        if (std::holds_alternative<Wires>(node.op)) {
            return;
        }
        const std::string name = fmt::format("n{:03}", i);
        const OpWidths widths = op_widths(node);
        std::vector<std::size_t> in;
        note_latency(node);
        for (std::size_t k = 0; k < node.reads.size(); ++k) {
            const std::int64_t bytes = widths.in_bytes[k];
            const std::int64_t waits = (k < node.waits.size() ? node.waits[k] : 0) + waiting_positions(node) +
                                       ahead(node, node.reads[k]);
            const std::int64_t channels = channels_of(node.reads[k]);
            const std::int64_t words = (waits * channels + bytes - 1) / bytes;
            in.push_back(take(node.reads[k], fmt::format("{}_s{}", name, k), bytes, words));
        }
        if (widths.former_bytes > 0) {
            in = {behind(in.front(), name + former_suffix(node), FormerModule{i}, widths.former_bytes)};
        }
        const std::size_t out = stream({name + "_out", widths.out_bytes, 0});
        made_.modules.push_back({name, OperationModule{i}, std::move(in), {out}});
        spread(of_nodes_[i], out);
    }

    /// Clocks from a source to what it makes of a position, as far as what is mapped directly takes them.
    [[nodiscard]] std::int64_t latency_of(CircuitSource source) const {
        source = origin(source);
        return source.outside ? 0 : latencies_[source.number];
    }
    /// Of each node when it is placed: an upper bound.
    void note_latency(const CircuitNode& node) {
        constexpr std::int64_t kWindow = 4;
        constexpr std::int64_t kBesideSums = 8;
        constexpr std::int64_t kStream = 3;
        std::int64_t latency = 0;
        for (const CircuitSource source : node.reads) {
            latency = std::max(latency, latency_of(source));
        }
        if (node.direct) {
            const auto* conv = std::get_if<IntegerConv>(&node.op);
            const bool pools =
                std::holds_alternative<MaxPool>(node.op) || std::holds_alternative<AveragePool>(node.op);
            latency += conv != nullptr
                           ? kWindow + kBesideSums + ceil_log2(conv->depth() * conv->window.taps())
                       : pools ? kWindow + 2 * kBesideSums
                               : kStream;
        }
        latencies_[static_cast<std::size_t>(&node - circuit_.nodes.data())] = latency;
    }
    /// Where a position comes each clock, as many wait in front of a join as the other way is longer by.
    [[nodiscard]] std::int64_t ahead(const CircuitNode& node, CircuitSource source) const {
        std::int64_t latest = 0;
        for (const CircuitSource other : node.reads) {
            latest = std::max(latest, latency_of(other));
        }
        return node.direct ? latest - latency_of(source) : 0;
    }

    /// What is joined in turn comes all the time: of each map one position waits while another leaves.
    [[nodiscard]] static std::int64_t waiting_positions(const CircuitNode& node) {
        return std::holds_alternative<StreamConcat>(node.op) ? 2 : 0;
    }

    [[nodiscard]] std::int64_t channels_of(CircuitSource source) const {
        return source.outside ? circuit_.inputs[source.number].shape.channels
                              : circuit_.nodes[source.number].out.channels;
    }

    void add_output(std::size_t i) {
        const Circuit::Output& output = circuit_.outputs[i];
        const WireFormat wire = wire_format(output.port);
        std::size_t from = take_any(output.source);
        if (at(from).bytes != wire.beat_bytes || !wire.is_filled() || at(from).map_bytes > 0) {
            from = behind(from, fmt::format("out{}_width", i), ConverterModule{}, wire.beat_bytes,
                          wire.is_filled() ? 0 : wire.bytes);
        }
        made_.modules.push_back({fmt::format("m_axis_{}", i), DepartureModule{i}, {from}, {}});
    }

    const Circuit& circuit_;
    std::vector<Readers> of_inputs_;
    std::vector<Readers> of_nodes_;
    std::vector<std::int64_t> latencies_;
    CircuitModules made_;
};

}  // namespace

WireFormat wire_format(const CircuitPort& port) {
    WireFormat format;
    format.number_bytes = port.number_bytes;
    format.beat_bytes = port.beat_bytes;
    format.bytes = port.shape.elements() * port.number_bytes;
    return format;
}

CircuitModules circuit_modules(const Circuit& circuit) { return CircuitBuilder(circuit).run(); }

}  // namespace cleave
