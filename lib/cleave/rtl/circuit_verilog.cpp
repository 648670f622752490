// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_verilog.hpp"

#include "cleave/network/layer.hpp"
#include "cleave/rtl/circuit_modules.hpp"
#include "cleave/rtl/op_module.hpp"
#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace cleave {
namespace {

class CircuitWriter {
public:
    CircuitWriter(const Circuit& circuit, const std::string& prefix)
        : circuit_(circuit), prefix_(prefix), parts_(circuit_modules(circuit)) {}

    SourceFiles run(const std::string& note) {
        for (const CircuitModule& module : parts_.modules) {
            std::visit(
                Overloaded{
                    [&](const ArrivalModule& kind) { add_input(kind.input, stream(module.out)); },
                    [&](const DepartureModule& kind) { add_output(kind.output, stream(module.in)); },
                    [&](const ConverterModule&) {
                        const CircuitStream& from = stream(module.in);
                        const CircuitStream& to = stream(module.out);
                        add(module, converter_module(unique(module), {from.bytes, from.map_bytes},
                                                     {to.bytes, to.map_bytes}));
                    },
                    [&](const QueueModule& kind) {
                        add(module, fifo_module(unique(module), stream(module.out).bytes, kind.words));
                    },
                    [&](const ForkModule&) {
                        add(module, fork_module(unique(module), stream(module.in).bytes, module.out.size()));
                    },
                    [&](const DrainModule&) {
                        body_ += fmt::format("    assign {}_ready = 1'b1;\n", stream(module.in).name);
                    },
                    [&](const FormerModule& kind) {
                        add(module, former_module(circuit_.nodes[kind.node], unique(module)));
                    },
                    [&](const OperationModule& kind) { add_operation(module, circuit_.nodes[kind.node]); },
                },
                module.kind);
        }
        files_.insert(files_.begin(), {prefix_ + "top.v", top(note)});
        return std::move(files_);
    }

private:
    [[nodiscard]] const CircuitStream& stream(const std::vector<std::size_t>& only) const {
        return parts_.streams[only.front()];
    }

    /// The name of a module in a design.
    [[nodiscard]] std::string unique(const CircuitModule& module) const { return prefix_ + module.name; }

    [[nodiscard]] static std::string wires(const CircuitStream& stream) {
        return fmt::format("    wire {0} {1}_data;\n    wire {1}_valid, {1}_ready;\n",
                           range(8 * stream.bytes), stream.name);
    }
    [[nodiscard]] static std::string port(const std::string& port, const std::string& stream) {
        return fmt::format("        .{0}_data({1}_data), .{0}_valid({1}_valid), .{0}_ready({1}_ready)", port,
                           stream);
    }
    /// The file of a module, and its instance.
    void add(const CircuitModule& module, std::string text) {
        files_.emplace_back(unique(module) + ".v", std::move(text));
        const auto ports = [&](const std::vector<std::size_t>& streams, const std::string& prefix) {
            for (std::size_t i = 0; i < streams.size(); ++i) {
                body_ += port(streams.size() == 1 ? prefix : prefix + std::to_string(i),
                              parts_.streams[streams[i]].name) +
                         ",\n";
            }
        };
        for (const std::size_t to : module.out) {
            body_ += wires(parts_.streams[to]);
        }
        body_ += fmt::format("    {} {}_i (\n", unique(module), module.name);
        ports(module.in, "s");
        ports(module.out, "m");
        body_ += "        .clk(aclk), .rst(rst));\n";
    }

    void add_operation(const CircuitModule& module, const CircuitNode& node) {
        OpModule made = op_module(node, unique(module));
        add(module, std::move(made.verilog));
        if (!made.weights.empty()) {
            files_.emplace_back(unique(module) + "_w.hex", std::move(made.weights));
            files_.emplace_back(unique(module) + "_b.hex", std::move(made.biases));
        }
    }

    void add_input(std::size_t i, const CircuitStream& stream) {
        ports_ += axis_ports(fmt::format("s_axis_{}", i), stream.bytes, true,
                             comment_text(circuit_.inputs[i].note));
        body_ += wires(stream);
        body_ += fmt::format(
            "    assign {0}_data = s_axis_{1}_tdata;\n    assign {0}_valid = s_axis_{1}_tvalid & ~rst;\n"
            "    assign s_axis_{1}_tready = {0}_ready & ~rst;\n"
            "    wire unused_{1} = &{{1'b0, s_axis_{1}_tlast}};\n",
            stream.name, i);
    }

    void add_output(std::size_t i, const CircuitStream& stream) {
        const CircuitPort& output = circuit_.outputs[i].port;
        const WireFormat wire = wire_format(output);
        const std::string name = fmt::format("m_axis_{}", i);
        ports_ += axis_ports(name, wire.beat_bytes, false, comment_text(output.note));
        const std::int64_t beat = unsigned_bits(wire.beats() - 1);
        body_ += fill_in(R"(    reg %beat% %axis%_beat;
    wire %axis%_last = %axis%_beat == %last%;
    assign %axis%_tdata = %stream%_data;
    assign %axis%_tvalid = %stream%_valid & ~rst;
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
        return fill_in(
            R"(// %note%
module %prefix%top (
%ports%    input  wire aclk,
    input  wire aresetn
);
    reg rst;
    always @(posedge aclk) rst <= ~aresetn;
%body%endmodule
)",
            {{"note", comment_text(note)}, {"prefix", prefix_}, {"ports", ports_}, {"body", body_}});
    }

    const Circuit& circuit_;
    const std::string& prefix_;
    const CircuitModules parts_;
    SourceFiles files_;
    std::string ports_;
    std::string body_;
};

}  // namespace

SourceFiles circuit_files(const Circuit& circuit, const std::string& note, const std::string& prefix) {
    return CircuitWriter(circuit, prefix).run(note);
}

}  // namespace cleave
