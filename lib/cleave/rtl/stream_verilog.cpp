// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/stream_verilog.hpp"

#include "cleave/cost/folded_passes.hpp"
#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/rounding_verilog.hpp"
#include "cleave/rtl/stream_templates.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace cleave {

using namespace stream_templates;

std::string stream_head(const std::string& name, const std::string& what, const std::vector<std::int64_t>& in,
                        const std::vector<std::int64_t>& out) {
    const auto ports = [](const std::vector<std::int64_t>& streams, const std::string& prefix, bool comes) {
        std::string text;
        for (std::size_t i = 0; i < streams.size(); ++i) {
            const std::string port = streams.size() == 1 ? prefix : prefix + std::to_string(i);
            text += fmt::format("    {} wire {} {}_data,\n    {} wire {}_valid,\n    {} wire {}_ready,\n",
                                comes ? "input " : "output", range(8 * streams[i]), port,
                                comes ? "input " : "output", port, comes ? "output" : "input ", port);
        }
        return text;
    };
    return fill_in(kHead, {{"what", what},
                           {"name", name},
                           {"inputs", ports(in, "s", true)},
                           {"outputs", ports(out, "m", false)}});
}

std::string noted(const std::string& what, const ModuleNote& note) {
    return what + "\n// " + note_text(note);
}

StreamShuffle shuffle_of(std::int64_t groups, std::int64_t channels) {
    const std::int64_t each = channels / groups;
    StreamShuffle result;
    result.groups = groups;
    result.order.resize(static_cast<std::size_t>(channels));
    for (std::int64_t c = 0; c < channels; ++c) {
        result.order[static_cast<std::size_t>(c % each * groups + c / each)] = c;
    }
    return result;
}

namespace {

/// All streams have a beat; and each is taken when the others are, too.
std::string joined(std::size_t streams) {
    std::string text = "    wire all = ";
    for (std::size_t i = 0; i < streams; ++i) {
        text += fmt::format("{}s{}_valid", i == 0 ? "" : " & ", streams == 1 ? "" : std::to_string(i));
    }
    text += ";\n";
    for (std::size_t i = 0; i < streams; ++i) {
        text += fmt::format("    assign s{}_ready = go & all;\n", streams == 1 ? "" : std::to_string(i));
    }
    return text;
}

std::string held_result(std::int64_t bytes, const std::string& come) {
    return fill_in(kRegister, {{"data", range(8 * bytes)}, {"come", come}});
}

/// One lane of what a concat does with a map: 8 bits by 2^shift.
std::string rescaled(const std::string& block, const std::string& from, const std::string& to,
                     std::int64_t bytes, std::int64_t shift) {
    if (shift == 0) {
        return fmt::format("    assign {} = {};\n", to, from);
    }
    return fill_in(R"(    generate
        for (p = 0; p < %bytes%; p = p + 1) begin : %block%
            wire signed [8:0] x = {%from%[p * 8 + 7], %from%[p * 8 +: 8]};
%scaled%            assign %to%[p * 8 +: 8] = %limited%;
        end
    endgenerate
)",
                   {{"bytes", bytes},
                    {"block", block},
                    {"from", from},
                    {"to", to},
                    {"scaled", scaled_text("x", 9, shift)},
                    {"limited", limited_text(scaled_bits(9, shift), -128, 127)}});
}

}  // namespace

std::string fifo_module(const std::string& name, std::int64_t bytes, std::int64_t words) {
    const std::int64_t place = unsigned_bits(words - 1);
    const std::int64_t count = unsigned_bits(words);
    return stream_head(name, fmt::format("A queue of {} beats.", words), {bytes}, {bytes}) +
           fill_in(kFifo, {{"data", range(8 * bytes)},
                           {"words", words},
                           {"place", range(place)},
                           {"place_0", unsigned_constant(place, 0)},
                           {"place_1", unsigned_constant(place, 1)},
                           {"place_last", unsigned_constant(place, words - 1)},
                           {"count", range(count)},
                           {"count_0", unsigned_constant(count, 0)},
                           {"count_1", unsigned_constant(count, 1)},
                           {"count_all", unsigned_constant(count, words)}});
}

std::string fork_module(const std::string& name, std::int64_t bytes, std::size_t readers) {
    std::string text = stream_head(name, "One stream to several readers.", {bytes},
                                   std::vector<std::int64_t>(readers, bytes));
    std::string all;
    std::string ends;
    for (std::size_t i = 0; i < readers; ++i) {
        text += fmt::format(
            "    reg done_{0};\n    wire has_{0} = done_{0} | m{0}_ready;\n"
            "    assign m{0}_data = s_data;\n    assign m{0}_valid = s_valid & ~done_{0};\n",
            i);
        all += fmt::format("{}has_{}", i == 0 ? "" : " & ", i);
        ends += fmt::format("        done_{0} <= s_valid & ~s_ready & has_{0} & ~rst;\n", i);
    }
    return text +
           fmt::format("    assign s_ready = {};\n    always @(posedge clk) begin\n{}    end\nendmodule\n",
                       all, ends);
}

std::string sum_module(const std::string& name, const ModuleNote& note, const StreamSum& sum,
                       std::int64_t bytes) {
    const std::size_t maps = sum.shifts.size();
    const std::int64_t most = *std::max_element(sum.shifts.begin(), sum.shifts.end());
    // With room for what rounding adds.
    const std::int64_t wide = 9 + most + ceil_log2(static_cast<std::int64_t>(maps));
    std::string terms;
    std::string all;
    for (std::size_t i = 0; i < maps; ++i) {
        const std::string port = maps == 1 ? "s" : fmt::format("s{}", i);
        const std::int64_t shift = sum.shifts[i];
        terms += fmt::format(
            "            wire [7:0] x{0} = {1}_data[p * 8 +: 8];\n"
            "            wire signed {2} term{0} = {{{3}x{0}{4}}};\n",
            i, port, range(wide),
            wide > 8 + shift ? fmt::format("{{{}{{x{}[7]}}}}, ", wide - 8 - shift, i) : "",
            shift > 0 ? fmt::format(", {}", unsigned_constant(shift, 0)) : "");
        all += fmt::format("{}term{}", i == 0 ? "" : " + ", i);
    }
    return stream_head(name,
                       noted(maps == 1 ? "Limits a map."
                                       : fmt::format("The sum of {} maps, / 2^{}, limited to {} to {}.", maps,
                                                     sum.shift, sum.low, sum.high),
                             note),
                       std::vector<std::int64_t>(maps, bytes), {bytes}) +
           fmt::format("    wire {} result;\n", range(8 * bytes)) + held_result(bytes, "all") + joined(maps) +
           "    genvar p;\n" +
           fill_in(kSumLane, {{"bytes", bytes},
                              {"terms", terms},
                              {"wide", range(wide)},
                              {"sum", all},
                              {"scaled", scaled_text("sum", wide, sum.shift)},
                              {"limited", limited_text(scaled_bits(wide, sum.shift), sum.low, sum.high)}}) +
           "endmodule\n";
}

namespace {

/// All channels at once, side by side.
std::string concat_at_once(const StreamConcat& concat) {
    std::string text;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < concat.channels.size(); ++i) {
        text += fmt::format("    wire {} part{};\n", range(8 * concat.channels[i]), i);
        text += rescaled(fmt::format("map{}", i), fmt::format("s{}_data", i), fmt::format("part{}", i),
                         concat.channels[i], concat.shifts[i]);
        text += fmt::format("    assign result[{} +: {}] = part{};\n", 8 * first, 8 * concat.channels[i], i);
        first += concat.channels[i];
    }
    return text;
}

/// One map after the other.
std::string concat_in_turn(const StreamConcat& concat, std::int64_t bytes) {
    const std::size_t maps = concat.channels.size();
    const std::int64_t turn = unsigned_bits(static_cast<std::int64_t>(maps) - 1);
    const std::int64_t longest = *std::max_element(concat.channels.begin(), concat.channels.end()) / bytes;
    const std::int64_t beat = unsigned_bits(longest - 1);
    const auto at = [&](std::size_t i) { return unsigned_constant(turn, static_cast<std::int64_t>(i)); };
    std::string text = fmt::format("    reg {} turn;\n    reg {} beat;\n", range(turn), range(beat));
    std::string data;
    std::string valid;
    std::string last;
    for (std::size_t i = 0; i < maps; ++i) {
        text += fmt::format("    wire {} part{};\n", range(8 * bytes), i);
        text += rescaled(fmt::format("map{}", i), fmt::format("s{}_data", i), fmt::format("part{}", i), bytes,
                         concat.shifts[i]);
        const bool is_last = i + 1 == maps;
        const std::string when = is_last ? "" : fmt::format("(turn == {}) ? ", at(i));
        const std::string otherwise = is_last ? "" : " : ";
        data += fmt::format("{}part{}{}", when, i, otherwise);
        valid += fmt::format("{}s{}_valid{}", when, i, otherwise);
        last +=
            fmt::format("{}{}{}", when, unsigned_constant(beat, concat.channels[i] / bytes - 1), otherwise);
        text += fmt::format("    assign s{}_ready = go & (turn == {});\n", i, at(i));
    }
    return text + fill_in(R"(    wire beat_last = beat == (%last%);
    assign result = %data%;
    assign all = %valid%;
    always @(posedge clk)
        if (rst) begin
            turn <= %turn_0%;
            beat <= %beat_0%;
        end else if (go & all) begin
            beat <= beat_last ? %beat_0% : beat + %beat_1%;
            if (beat_last) turn <= (turn == %turn_last%) ? %turn_0% : turn + %turn_1%;
        end
)",
                          {{"last", last},
                           {"data", data},
                           {"valid", valid},
                           {"turn_0", at(0)},
                           {"turn_1", at(1)},
                           {"turn_last", at(maps - 1)},
                           {"beat_0", unsigned_constant(beat, 0)},
                           {"beat_1", unsigned_constant(beat, 1)}});
}

}  // namespace

std::string concat_module(const std::string& name, const ModuleNote& note, const StreamConcat& concat,
                          std::int64_t bytes) {
    const std::size_t maps = concat.channels.size();
    const std::int64_t channels =
        std::accumulate(concat.channels.begin(), concat.channels.end(), std::int64_t{0});
    const bool at_once = bytes == 0;
    const bool is_rescaled = std::any_of(concat.shifts.begin(), concat.shifts.end(),
                                         [](std::int64_t shift) { return shift != 0; });
    const std::int64_t out = at_once ? channels : bytes;
    return stream_head(name, noted(fmt::format("The channels of {} maps, one after the other.", maps), note),
                       at_once ? concat.channels : std::vector<std::int64_t>(maps, bytes), {out}) +
           (is_rescaled ? "    genvar p;\n" : "") + fmt::format("    wire {} result;\n", range(8 * out)) +
           (at_once ? "" : "    wire all;\n") + held_result(out, "all") +
           (at_once ? joined(maps) + concat_at_once(concat) : concat_in_turn(concat, bytes)) + "endmodule\n";
}

std::string slice_module(const std::string& name, const ModuleNote& note, const StreamSlice& slice,
                         std::int64_t channels, std::int64_t bytes) {
    const std::string what = noted(
        fmt::format("Channels {} to {} of {}.", slice.first, slice.first + slice.count - 1, channels), note);
    if (bytes == 0) {
        return stream_head(name, what, {channels}, {slice.count}) +
               fmt::format(
                   "    assign m_data = s_data[{} +: {}];\n    assign m_valid = s_valid;\n"
                   "    assign s_ready = m_ready;\n"
                   "    wire unused = &{{1'b0, clk, rst, s_data}};\nendmodule\n",
                   8 * slice.first, 8 * slice.count);
    }
    const std::int64_t beats = channels / bytes;
    const std::int64_t beat = unsigned_bits(beats);
    std::string wanted =
        fmt::format("beat < {}", unsigned_constant(beat, (slice.first + slice.count) / bytes));
    if (slice.first > 0) {
        wanted = fmt::format("({}) & (beat >= {})", wanted, unsigned_constant(beat, slice.first / bytes));
    }
    return stream_head(name, what, {bytes}, {bytes}) +
           fill_in(kSlice, {{"beat", range(beat)},
                            {"beat_0", unsigned_constant(beat, 0)},
                            {"beat_1", unsigned_constant(beat, 1)},
                            {"beat_last", unsigned_constant(beat, beats - 1)},
                            {"wanted", wanted}});
}

std::string shuffle_module(const std::string& name, const ModuleNote& note, const StreamShuffle& shuffle,
                           std::int64_t channels) {
    const auto out = static_cast<std::int64_t>(shuffle.order.size());
    std::string text = stream_head(name, noted("Channels in another order.", note), {channels}, {out}) +
                       "    assign m_valid = s_valid;\n    assign s_ready = m_ready;\n"
                       "    wire unused = &{1'b0, clk, rst};\n";
    for (std::size_t k = 0; k < shuffle.order.size(); ++k) {
        text += fmt::format("    assign m_data[{} +: 8] = s_data[{} +: 8];\n", 8 * k, 8 * shuffle.order[k]);
    }
    return text + "endmodule\n";
}

std::string shuffle_module(const std::string& name, const ModuleNote& note, std::int64_t channels,
                           std::int64_t groups, std::int64_t bytes) {
    const std::int64_t words = channels / groups / bytes;
    const std::int64_t at = unsigned_bits(2 * words - 1);
    const std::int64_t group = unsigned_bits(groups - 1);
    std::string banks;
    std::string out;
    for (std::int64_t i = 0; i < groups; ++i) {
        banks += fill_in(kShuffleBank, {{"bank", i},
                                        {"data", range(8 * bytes)},
                                        {"words", 2 * words},
                                        {"this", unsigned_constant(group, i)}});
    }
    for (std::int64_t k = 0; k < bytes; ++k) {
        std::string byte;
        for (std::int64_t part = 0; part < groups; ++part) {
            const std::int64_t place = part * (bytes / groups) + k / groups;
            byte += part + 1 < groups
                        ? fmt::format("(part == {}) ? word_{}[{} +: 8] : ", unsigned_constant(group, part),
                                      k % groups, 8 * place)
                        : fmt::format("word_{}[{} +: 8]", k % groups, 8 * place);
        }
        out += fmt::format("    assign m_data[{} +: 8] = {};\n", 8 * k, byte);
    }
    return stream_head(name, noted(fmt::format("Channels of {} groups in turn.", groups), note), {bytes},
                       {bytes}) +
           fill_in(kShuffle, {{"at", range(at)},
                              {"at_0", unsigned_constant(at, 0)},
                              {"at_1", unsigned_constant(at, 1)},
                              {"words", unsigned_constant(at, words)},
                              {"first_last", unsigned_constant(at, words - 1)},
                              {"second_last", unsigned_constant(at, 2 * words - 1)},
                              {"group", range(group)},
                              {"group_0", unsigned_constant(group, 0)},
                              {"group_1", unsigned_constant(group, 1)},
                              {"group_last", unsigned_constant(group, groups - 1)},
                              {"banks", banks},
                              {"out", out}});
}

std::string mean_module(const std::string& name, const ModuleNote& note, const StreamMean& mean,
                        const Shape& in, std::int64_t bytes) {
    const std::int64_t beats = in.channels / bytes;
    const std::int64_t beat = unsigned_bits(beats - 1);
    const std::int64_t position = unsigned_bits(in.positions() - 1);
    const std::int64_t sum = signed_bits(-128 * in.positions(), 128 * in.positions());
    const std::int64_t lanes = mean_lanes(bytes, in.positions());
    const std::int64_t turns = bytes / lanes;
    const std::int64_t left = unsigned_bits(turns);
    return stream_head(name, noted("The mean over all positions, channel by channel.", note), {bytes},
                       {lanes}) +
           fill_in(kMean,
                   {{"sums", range(sum * bytes)},
                    {"beats", beats},
                    {"beat", range(beat)},
                    {"beat_0", unsigned_constant(beat, 0)},
                    {"beat_1", unsigned_constant(beat, 1)},
                    {"beat_last", unsigned_constant(beat, beats - 1)},
                    {"position", range(position)},
                    {"position_0", unsigned_constant(position, 0)},
                    {"position_1", unsigned_constant(position, 1)},
                    {"position_last", unsigned_constant(position, in.positions() - 1)},
                    {"left", range(left)},
                    {"left_0", unsigned_constant(left, 0)},
                    {"left_1", unsigned_constant(left, 1)},
                    {"turns", unsigned_constant(left, turns)},
                    {"turn_bits", sum * lanes},
                    {"stages", kDivisionStages},
                    {"valid_0", unsigned_constant(kDivisionStages, 0)},
                    {"bytes", bytes},
                    {"lanes", lanes},
                    {"sum", range(sum)},
                    {"sum_bits", sum},
                    {"sum_0", constant(sum, 0)},
                    {"sum_fill", sum - 8},
                    {"divide",
                     division_text(
                         {"value", sum, mean.scale, {mean.divisor}, "", mean.low, mean.high, "move"})}});
}

}  // namespace cleave
