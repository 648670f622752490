// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace cleave {
namespace {

constexpr std::string_view kBench = R"(`timescale 1ns/1ps
// Sends @frames@ frames and compares what leaves. Prints "pass" with the clocks from the first beat that goes in
// to the last of the first frame that comes out, and those between frames; or "fail", or "hang".
// +stall=SEED: both ends wait at random, one clock in four.
// +frames=N: the first N only. +record: writes what leaves to got_I.hex instead, and prints "done".
module bench;
    reg aclk = 0, aresetn = 0;
    always #5 aclk = ~aclk;

    // A generator of random bits (xorshift).
    reg [31:0] dice = 32'd1;
    reg stalls = 0;
    function [31:0] rolled(input [31:0] x);
        reg [31:0] a, b;
        begin
            a = x ^ (x << 13);
            b = a ^ (a >> 17);
            rolled = b ^ (b << 5);
        end
    endfunction

    integer now = 0, idle = 0, first_done = 0, last_done = 0, wrong = 0, frames = @frames@;
    reg record = 0;
    reg begun = 0;
@signals@
    @prefix@top dut (
@ports@        .aclk(aclk), .aresetn(aresetn));

    initial begin
        if ($value$plusargs("stall=%d", dice)) begin
            stalls = 1;
            dice = {dice[30:0], 1'b1} * 32'd2654435761;
        end
        if ($value$plusargs("frames=%d", frames)) begin
            if (frames < 1 || frames > @frames@) begin
                $display("fail: +frames is not 1 to @frames@");
                $finish;
            end
        end
        if ($test$plusargs("record")) record = 1;
@load@        repeat (5) @(posedge aclk);
        @(negedge aclk) aresetn = 1;
    end

    // What is offered changes between two clock edges.
    always @(negedge aclk) if (aresetn) begin
@offer@        dice = rolled(dice);
    end
    always @(posedge aclk) if (aresetn) begin
        idle = idle + 1;
        if (begun) now = now + 1;
@transfer@        if (wrong != 0) $finish;
        else if (@all_done@) begin
            if (record) $display("done first %0d", first_done);
            else $display("pass first %0d between %0d", first_done, (last_done - first_done) / (frames > 1 ? frames - 1 : 1));
            $finish;
        end else if (idle > @patience@) begin
            $display("hang@hang_format@"@hang_values@);
            $finish;
        end
    end
endmodule
)";

/// Puts a text in place of each name; percent signs, of which formats have many, mean nothing.
std::string put_in(std::string_view text,
                   const std::vector<std::pair<std::string_view, std::string>>& values) {
    std::string result(text);
    for (const auto& [name, value] : values) {
        const std::string place = fmt::format("@{}@", name);
        for (std::size_t at = result.find(place); at != std::string::npos;
             at = result.find(place, at + value.size())) {
            result.replace(at, place.size(), value);
        }
    }
    return result;
}

constexpr std::string_view kInput = R"(    reg @data@ in_@i@ [0:@beats@ - 1];
    integer sent_@i@ = 0;
    reg valid_s@i@ = 0, held_s@i@ = 0, last_s@i@ = 0;
    reg @data@ data_s@i@;
    wire ready_s@i@;
)";
constexpr std::string_view kOffer =
    R"(        valid_s@i@ = sent_@i@ < @frame@ * frames && (!stalls || held_s@i@ || dice[1:0] != 2'd0);
        data_s@i@ = valid_s@i@ ? in_@i@[sent_@i@] : @bits@'bx;
        last_s@i@ = sent_@i@ % @frame@ == @frame@ - 1;
        dice = rolled(dice);
)";
constexpr std::string_view kSent = R"(        held_s@i@ = valid_s@i@ && !ready_s@i@;
        if (valid_s@i@ && ready_s@i@) begin
            sent_@i@ = sent_@i@ + 1;
            begun = 1;
            idle = 0;
        end
)";
constexpr std::string_view kOutput = R"(    reg @data@ out_@i@ [0:@beats@ - 1];
    integer got_@i@ = 0, file_@i@ = 0;
    reg ready_m@i@ = 0;
    wire valid_m@i@, last_m@i@;
    wire @data@ data_m@i@;
)";
constexpr std::string_view kAccept = R"(        ready_m@i@ = !stalls || dice[1:0] != 2'd0;
        dice = rolled(dice);
)";
constexpr std::string_view kGot = R"(        if (valid_m@i@ && ready_m@i@) begin
            if (record) $fdisplay(file_@i@, "%h", data_m@i@);
            else if (data_m@i@ !== out_@i@[got_@i@] || last_m@i@ !== (got_@i@ % @frame@ == @frame@ - 1)) begin
                $display("fail: beat %0d of map @i@ is %h, last %b, not %h",
                         got_@i@, data_m@i@, last_m@i@, out_@i@[got_@i@]);
                wrong = 1;
            end
            got_@i@ = got_@i@ + 1;
            idle = 0;
            if (got_@i@ == @frame@ && now > first_done) first_done = now;
            if (got_@i@ == @frame@ * frames) last_done = now;
        end
)";

}  // namespace

std::string circuit_bench(const Circuit& circuit, std::size_t frames, const std::string& prefix) {
    std::string signals;
    std::string ports;
    std::string load;
    std::string offer;
    std::string transfer;
    std::string all_done;
    std::string hang_format;
    std::string hang_values;
    std::int64_t most = 0;
    const auto count = static_cast<std::int64_t>(frames);
    const auto values_of = [&](const CircuitPort& port, std::size_t i) {
        const WireFormat wire = wire_format(port);
        most = std::max(most, wire.beats());
        return std::vector<std::pair<std::string_view, std::string>>{
            {"i", std::to_string(i)},
            {"data", range(8 * wire.beat_bytes)},
            {"bits", std::to_string(8 * wire.beat_bytes)},
            {"frame", std::to_string(wire.beats())},
            {"beats", std::to_string(wire.beats() * count)}};
    };
    const auto connect = [&](const std::string& axis, const std::string& own, std::size_t i) {
        ports += fmt::format(
            "        .{0}_{2}_tdata(data_{1}{2}), .{0}_{2}_tvalid(valid_{1}{2}),\n"
            "        .{0}_{2}_tready(ready_{1}{2}), .{0}_{2}_tlast(last_{1}{2}),\n",
            axis, own, i);
    };
    for (std::size_t i = 0; i < circuit.inputs.size(); ++i) {
        const auto values = values_of(circuit.inputs[i], i);
        signals += put_in(kInput, values);
        offer += put_in(kOffer, values);
        transfer += put_in(kSent, values);
        load += fmt::format("        $readmemh(\"in_{0}.hex\", in_{0});\n", i);
        connect("s_axis", "s", i);
        hang_format += " sent %0d";
        hang_values += fmt::format(", sent_{}", i);
    }
    for (std::size_t i = 0; i < circuit.outputs.size(); ++i) {
        const auto values = values_of(circuit.outputs[i].port, i);
        signals += put_in(kOutput, values);
        offer += put_in(kAccept, values);
        transfer += put_in(kGot, values);
        load += fmt::format(
            "        if (record) file_{0} = $fopen(\"got_{0}.hex\", \"w\");\n"
            "        else $readmemh(\"out_{0}.hex\", out_{0});\n",
            i);
        connect("m_axis", "m", i);
        all_done += fmt::format("{}got_{} == {} * frames", i == 0 ? "" : " && ", i,
                                wire_format(circuit.outputs[i].port).beats());
        hang_format += " got %0d";
        hang_values += fmt::format(", got_{}", i);
    }
    return put_in(kBench, {{"frames", std::to_string(frames)},
                           {"prefix", prefix},
                           {"signals", signals},
                           {"ports", ports},
                           {"load", load},
                           {"offer", offer},
                           {"transfer", transfer},
                           {"all_done", all_done},
                           {"patience", std::to_string(1'000'000 + 64 * most)},
                           {"hang_format", hang_format},
                           {"hang_values", hang_values}});
}

std::string bench_image(const CircuitPort& port, const std::vector<std::int64_t>& numbers) {
    const WireFormat wire = wire_format(port);
    const std::int64_t channels = port.shape.channels;
    const std::int64_t positions = port.shape.positions();
    std::string image;
    const auto frames = static_cast<std::int64_t>(numbers.size()) / port.shape.elements();
    for (std::int64_t frame = 0; frame < frames; ++frame) {
        std::vector<std::uint8_t> bytes;
        for (std::int64_t p = 0; p < positions; ++p) {
            for (std::int64_t c = 0; c < channels; ++c) {
                const auto at = static_cast<std::size_t>((frame * channels + c) * positions + p);
                for (std::int64_t b = 0; b < port.number_bytes; ++b) {
                    bytes.push_back(static_cast<std::uint8_t>(numbers[at] >> (8 * b)));
                }
            }
        }
        bytes.resize(static_cast<std::size_t>(wire.beats() * wire.beat_bytes), 0);
        for (std::int64_t beat = 0; beat < wire.beats(); ++beat) {
            for (std::int64_t b = wire.beat_bytes; b-- > 0;) {
                image += fmt::format("{:02x}", bytes[static_cast<std::size_t>(beat * wire.beat_bytes + b)]);
            }
            image += '\n';
        }
    }
    return image;
}

}  // namespace cleave
