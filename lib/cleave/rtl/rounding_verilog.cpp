// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/rounding_verilog.hpp"

#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {

std::int64_t scaled_bits(std::int64_t bits, std::int64_t shift) {
    return bits + std::max<std::int64_t>(0, -shift);
}

std::string scaled_text(const std::string& from, std::int64_t bits, std::int64_t shift) {
    const std::string indent(12, ' ');
    if (shift >= bits) {
        return fmt::format("{}wire signed {} scaled = {};\n", indent, range(bits), constant(bits, 0));
    }
    if (shift > 0) {
        return fmt::format(
            "{}wire signed {} nudged = {} + {} + $signed({{{{{}{{1'b0}}}}, {}[{}]}});\n"
            "{}wire signed {} scaled = nudged >>> {};\n",
            indent, range(bits), from, constant(bits, (std::int64_t{1} << (shift - 1)) - 1), bits - 1, from,
            shift, indent, range(bits), shift);
    }
    return shift == 0 ? fmt::format("{}wire signed {} scaled = {};\n", indent, range(bits), from)
                      : fmt::format("{}wire signed {} scaled = {{{}, {}'d0}};\n", indent, range(bits - shift),
                                    from, -shift);
}

std::int64_t rounding_half(std::int64_t bits, std::int64_t shift) {
    return shift > 0 && shift < bits ? std::int64_t{1} << (shift - 1) : 0;
}

std::string rounded_text(const std::string& from, std::int64_t bits, std::int64_t shift) {
    if (rounding_half(bits, shift) == 0) {
        return scaled_text(from, bits, shift);
    }
    // Halves are rounded up, and where nothing was left below, down again to what is even.
    return fill_in(R"(            wire signed %all% up = %from% >>> %shift%;
            wire signed %all% scaled = {up[%sign%:1], up[0] & (%from%[%below%:0] != %zero%)};
)",
                   {{"all", range(bits)},
                    {"from", from},
                    {"shift", shift},
                    {"sign", bits - 1},
                    {"below", shift - 1},
                    {"zero", unsigned_constant(shift, 0)}});
}

std::string limited_text(std::int64_t bits, std::int64_t low, std::int64_t high) {
    return fmt::format("(scaled < {}) ? {} : (scaled > {}) ? {} : scaled[7:0]", constant(bits, low),
                       constant(8, low), constant(bits, high), constant(8, high));
}

std::string exact_text(const std::string& from, std::int64_t bits, std::int64_t result_bits) {
    return bits < result_bits
               ? fmt::format("{{{{{}{{{}[{}]}}}}, {}}}", result_bits - bits, from, bits - 1, from)
               : fmt::format("{}[{}:0]", from, result_bits - 1);
}

namespace {

/// One of a few constants, by a wire.
std::string chosen(const std::vector<std::int64_t>& values, const std::string& pick, std::int64_t bits) {
    const std::int64_t pick_bits = unsigned_bits(static_cast<std::int64_t>(values.size()) - 1);
    std::string text;
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
        text += fmt::format("({} == {}) ? {} : ", pick,
                            unsigned_constant(pick_bits, static_cast<std::int64_t>(i)),
                            unsigned_constant(bits, values[i]));
    }
    return text + unsigned_constant(bits, values.back());
}

}  // namespace

/// With d the divisor and n the value, each made whole by the scale, u = 2 n + d, and floor(u / (2 d)) is the
/// quotient rounded up from halves: less one if nothing remains and it is odd, halves go to even. Numbers in
/// the limits of 8 bits are found bit by bit from w = u + 128 (2 d); others get a w that leads to the limit.
std::string division_text(const Division& division) {
    const std::int64_t up = std::max<std::int64_t>(0, division.scale);
    const std::int64_t down = std::max<std::int64_t>(0, -division.scale);
    std::vector<std::int64_t> doubled;
    for (const std::int64_t divisor : division.divisors) {
        doubled.push_back(divisor << (down + 1));
    }
    const std::int64_t most = *std::max_element(doubled.begin(), doubled.end());
    const std::int64_t left = unsigned_bits(256 * most);
    const std::int64_t wide = std::max(division.bits + up + 1, left) + 2;
    const std::int64_t divisor_bits = unsigned_bits(most);
    const bool several = doubled.size() > 1;
    const auto stage_pick = [&](std::int64_t stage) {
        return stage == 0 ? division.pick : fmt::format("pick_{}", stage);
    };
    const std::string indent(12, ' ');
    std::string text;
    std::string moves;
    const auto divisor_wire = [&](const std::string& name, std::int64_t stage) {
        text += fmt::format("{}wire {} {} = {};\n", indent, range(divisor_bits), name,
                            chosen(doubled, stage_pick(stage), divisor_bits));
    };
    const auto move = [&](const std::string& to, const std::string& from) {
        moves += fmt::format("{}    {} <= {};\n", indent, to, from);
    };
    divisor_wire("by", 0);
    text += fill_in(
        R"(            wire signed %wide% scale_by = {%pad_by%, by};
            wire signed %wide% doubled = {{%pad_value%{%value%[%value_sign%]}}, %value%%zeros%};
            wire signed %wide% rounded_up = doubled + (scale_by >>> 1) + (scale_by <<< 7);
            wire signed %wide% past = (scale_by <<< 8) - %wide_1%;
            wire signed %wide% bounded = rounded_up[%sign%] ? %wide_1% : (rounded_up > past) ? past : rounded_up;
            wire unused_sign = &{1'b0, bounded[%sign%:%left_bits%]};
            reg %left% left_0;
)",
        {{"wide", range(wide)},
         {"pad_by", unsigned_constant(wide - divisor_bits, 0)},
         {"value", division.value},
         {"value_sign", division.bits - 1},
         {"pad_value", wide - division.bits - up - 1},
         {"zeros", fmt::format(", {}", unsigned_constant(up + 1, 0))},
         {"wide_1", constant(wide, 1)},
         {"sign", wide - 1},
         {"left_bits", left},
         {"left", range(left)}});
    move("left_0", fmt::format("bounded{}", range(left)));
    for (std::int64_t stage = 1; stage <= 4; ++stage) {
        const std::int64_t high = 9 - 2 * stage;
        if (several) {
            text += fmt::format("{}reg {} pick_{};\n", indent,
                                range(unsigned_bits(static_cast<std::int64_t>(doubled.size()) - 1)), stage);
            move(stage_pick(stage), stage_pick(stage - 1));
        }
        divisor_wire(fmt::format("by_{}", stage), stage);
        text += fill_in(
            R"(            wire %left% high_%stage% = {%pad%, by_%stage%} << %high%;
            wire %left% low_%stage% = {%pad%, by_%stage%} << %low%;
            wire bit_high_%stage% = left_%before% >= high_%stage%;
            wire %left% rest_%stage% = bit_high_%stage% ? left_%before% - high_%stage% : left_%before%;
            wire bit_low_%stage% = rest_%stage% >= low_%stage%;
            reg %left% left_%stage%;
            reg %bits% bits_%stage%;
)",
            {{"left", range(left)},
             {"stage", stage},
             {"before", stage - 1},
             {"pad", unsigned_constant(left - divisor_bits, 0)},
             {"high", high},
             {"low", high - 1},
             {"bits", range(2 * stage)}});
        move(fmt::format("left_{}", stage),
             fmt::format("bit_low_{0} ? rest_{0} - low_{0} : rest_{0}", stage));
        move(fmt::format("bits_{}", stage),
             stage == 1 ? fmt::format("{{bit_high_{0}, bit_low_{0}}}", stage)
                        : fmt::format("{{bits_{1}, bit_high_{0}, bit_low_{0}}}", stage, stage - 1));
    }
    text += fill_in(R"(            wire [7:0] even = bits_4 - {7'd0, bits_4[0] & (left_4 == %left_0%)};
            wire signed [7:0] scaled = {~even[7], even[6:0]};
            reg [7:0] quotient;
            always @(posedge clk) if (%enable%) begin
%moves%                quotient <= %limited%;
            end
)",
                    {{"left_0", unsigned_constant(left, 0)},
                     {"enable", division.enable},
                     {"moves", moves},
                     {"limited", limited_text(8, division.low, division.high)}});
    return text;
}

}  // namespace cleave
