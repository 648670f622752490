// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_verilog.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/network/layer.hpp"
#include "cleave/rtl/op_module.hpp"
#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace cleave {
namespace {

/// A stream between modules: wires NAME_valid, NAME_ready and NAME_data.
struct Stream {
    std::string name;
    std::int64_t bytes = 1;
    /// Bytes of a map, whose last beat may be partly filled; 0 if beats are always full.
    std::int64_t map_bytes = 0;
};

class CircuitWriter {
public:
    explicit CircuitWriter(const Circuit& circuit) : circuit_(circuit) {}

    SourceFiles run(const std::string& note) {
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
        files_.insert(files_.begin(), {"top.v", top(note)});
        return std::move(files_);
    }

private:
    /// Readers of a source, and the streams that are left for those that come.
    struct Readers {
        std::size_t count = 0;
        std::vector<Stream> left;
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

    void write(const std::string& module, const std::string& text) {
        files_.emplace_back(module + ".v", text);
    }

    [[nodiscard]] static std::string wires(const Stream& stream) {
        return fmt::format("    wire {0} {1}_data;\n    wire {1}_valid, {1}_ready;\n",
                           range(8 * stream.bytes), stream.name);
    }
    [[nodiscard]] static std::string port(const std::string& port, const std::string& stream) {
        return fmt::format("        .{0}_data({1}_data), .{0}_valid({1}_valid), .{0}_ready({1}_ready)", port,
                           stream);
    }
    /// An instance of a module with some streams in and some out.
    void place(const std::string& module, const std::vector<Stream>& in, const std::vector<Stream>& out) {
        const auto ports = [&](const std::vector<Stream>& streams, const std::string& prefix) {
            for (std::size_t i = 0; i < streams.size(); ++i) {
                body_ +=
                    port(streams.size() == 1 ? prefix : prefix + std::to_string(i), streams[i].name) + ",\n";
            }
        };
        for (const Stream& stream : out) {
            body_ += wires(stream);
        }
        body_ += fmt::format("    {0} {0}_i (\n", module);
        ports(in, "s");
        ports(out, "m");
        body_ += "        .clk(aclk), .rst(rst));\n";
    }

    /// The same numbers in beats of another width.
    Stream converted(const Stream& from, const std::string& module, const Stream& to) {
        write(module, converter_module(module, {from.bytes, from.map_bytes}, {to.bytes, to.map_bytes}));
        place(module, {from}, {to});
        return to;
    }

    /// A stream and its readers.
    void spread(Readers& to, Stream stream) {
        if (to.count > 1 && stream.map_bytes > 0) {
            const std::string module = stream.name + "_width";
            stream = converted(stream, module, {module + "_out", full_beat(stream)});
        }
        if (to.count == 0) {
            // What nobody reads must not stop its maker.
            body_ += fmt::format("    assign {}_ready = 1'b1;\n", stream.name);
        } else if (to.count == 1) {
            to.left = {stream};
        } else {
            const std::string module = stream.name + "_fork";
            for (std::size_t i = to.count; i-- > 0;) {
                to.left.push_back({fmt::format("{}_{}", module, i), stream.bytes});
            }
            const std::vector<Stream> out(to.left.rbegin(), to.left.rend());
            write(module, fork_module(module, stream.bytes, to.count));
            place(module, {stream}, out);
        }
    }

    /// The widest beat, of those that are not wider, of which a map is a whole number.
    [[nodiscard]] static std::int64_t full_beat(const Stream& stream) {
        std::int64_t bytes = stream.bytes;
        while (stream.map_bytes % bytes != 0) {
            --bytes;
        }
        return bytes;
    }

    /// A reader's own stream of a source, so wide, behind a queue of so many words.
    Stream take(CircuitSource source, const std::string& reader, std::int64_t bytes, std::int64_t words) {
        Stream stream = take_any(source);
        if (stream.bytes != bytes || stream.map_bytes > 0) {
            const std::string module = reader + "_width";
            stream = converted(stream, module, {module + "_out", bytes});
        }
        if (words > 0) {
            const std::string module = reader + "_queue";
            const Stream out{module + "_out", bytes};
            write(module, fifo_module(module, bytes, std::max<std::int64_t>(2, words)));
            place(module, {stream}, {out});
            stream = out;
        }
        return stream;
    }

    Stream take_any(CircuitSource source) {
        Readers& from = readers(source);
        Stream stream = from.left.back();
        from.left.pop_back();
        return stream;
    }

    void add_input(std::size_t i) {
        const CircuitPort& input = circuit_.inputs[i];
        const WireFormat wire = wire_format(input);
        const Stream stream{fmt::format("in{}", i), wire.beat_bytes, wire.is_filled() ? 0 : wire.bytes};
        ports_ += axis_ports(fmt::format("s_axis_{}", i), stream.bytes, true, comment_text(input.note));
        body_ += wires(stream);
        body_ += fmt::format(
            "    assign {0}_data = s_axis_{1}_tdata;\n    assign {0}_valid = s_axis_{1}_tvalid & ~rst;\n"
            "    assign s_axis_{1}_tready = {0}_ready & ~rst;\n"
            "    wire unused_{1} = &{{1'b0, s_axis_{1}_tlast}};\n",
            stream.name, i);
        spread(of_inputs_[i], stream);
    }

    void add_node(std::size_t i) {
        const CircuitNode& node = circuit_.nodes[i];
        if (std::holds_alternative<Wires>(node.op)) {
            return;
        }
        const std::string module = fmt::format("n{:03}", i);
        OpModule made = op_module(node, module);
        std::vector<Stream> in;
        note_latency(node);
        for (std::size_t k = 0; k < node.reads.size(); ++k) {
            const std::int64_t bytes = made.in_bytes[k];
            const std::int64_t waits = (k < node.waits.size() ? node.waits[k] : 0) + positions_held(node) +
                                       ahead(node, node.reads[k]);
            const std::int64_t channels = channels_of(node.reads[k]);
            const std::int64_t words = (waits * channels + bytes - 1) / bytes;
            in.push_back(take(node.reads[k], fmt::format("{}_s{}", module, k), bytes, words));
        }
        if (!made.former.empty()) {
            const std::string former = module + made.former_name;
            const Stream columns{former + "_out", made.former_bytes};
            write(former, made.former);
            place(former, in, {columns});
            in = {columns};
        }
        const Stream out{module + "_out", made.out_bytes};
        write(module, made.verilog);
        if (!made.weights.empty()) {
            files_.emplace_back(module + "_w.hex", std::move(made.weights));
            files_.emplace_back(module + "_b.hex", std::move(made.biases));
        }
        place(module, in, {out});
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
    [[nodiscard]] static std::int64_t positions_held(const CircuitNode& node) {
        return std::holds_alternative<StreamConcat>(node.op) ? 2 : 0;
    }

    [[nodiscard]] std::int64_t channels_of(CircuitSource source) const {
        return source.outside ? circuit_.inputs[source.number].shape.channels
                              : circuit_.nodes[source.number].out.channels;
    }

    void add_output(std::size_t i) {
        const Circuit::Output& output = circuit_.outputs[i];
        const WireFormat wire = wire_format(output.port);
        const std::string name = fmt::format("m_axis_{}", i);
        ports_ += axis_ports(name, wire.beat_bytes, false, comment_text(output.port.note));
        const std::string reader = fmt::format("out{}", i);
        Stream stream = take_any(output.source);
        if (stream.bytes != wire.beat_bytes || !wire.is_filled() || stream.map_bytes > 0) {
            const std::string module = reader + "_width";
            stream = converted(stream, module,
                               {module + "_out", wire.beat_bytes, wire.is_filled() ? 0 : wire.bytes});
        }
        const std::int64_t beat = unsigned_bits(wire.beats() - 1);
        body_ += fill_in(R"(    reg %beat% %axis%_beat;
    wire %axis%_last = %axis%_beat == %last%;
    assign %axis%_tdata = %stream%_data;
    assign %axis%_tvalid = %stream%_valid;
    assign %axis%_tlast = %axis%_last;
    assign %stream%_ready = %axis%_tready;
    always @(posedge aclk)
        if (rst) %axis%_beat <= %beat_0%;
        else if (%stream%_valid & %axis%_tready) %axis%_beat <= %axis%_last ? %beat_0% : %axis%_beat + %beat_1%;
)",
                         {{"beat", range(beat)},
                          {"axis", name},
                          {"last", unsigned_constant(beat, wire.beats() - 1)},
                          {"stream", stream.name},
                          {"beat_0", unsigned_constant(beat, 0)},
                          {"beat_1", unsigned_constant(beat, 1)}});
    }

    [[nodiscard]] static std::string axis_ports(const std::string& name, std::int64_t bytes, bool comes,
                                                const std::string& note) {
        const std::string in = "input  wire";
        const std::string out = "output wire";
        const std::string& data = comes ? in : out;
        return fmt::format(
            "    // {0}\n    {2} {1} {4}_tdata,\n    {2} {4}_tvalid,\n    {3} {4}_tready,\n"
            "    {2} {4}_tlast,\n",
            note, range(8 * bytes), data, comes ? out : in, name);
    }

    [[nodiscard]] std::string top(const std::string& note) const {
        return fill_in(R"(// %note%
module top (
%ports%    input  wire aclk,
    input  wire aresetn
);
    reg rst;
    always @(posedge aclk) rst <= ~aresetn;
%body%endmodule
)",
                       {{"note", comment_text(note)}, {"ports", ports_}, {"body", body_}});
    }

    const Circuit& circuit_;
    std::vector<Readers> of_inputs_;
    std::vector<Readers> of_nodes_;
    std::vector<std::int64_t> latencies_;
    SourceFiles files_;
    std::string ports_;
    std::string body_;
};

}  // namespace

WireFormat wire_format(const CircuitPort& port) {
    WireFormat format;
    format.number_bytes = port.number_bytes;
    format.beat_bytes = port.beat_bytes;
    format.bytes = port.shape.elements() * port.number_bytes;
    return format;
}

SourceFiles circuit_files(const Circuit& circuit, const std::string& note) {
    return CircuitWriter(circuit).run(note);
}

}  // namespace cleave
