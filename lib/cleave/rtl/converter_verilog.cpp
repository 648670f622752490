// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/stream_templates.hpp"
#include "cleave/rtl/stream_verilog.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <numeric>
#include <string>

namespace cleave {

using namespace stream_templates;

namespace {

/// Counts the beats of a map, of which the last one holds less.
std::string last_beat(const Beats& beats, const std::string& port) {
    const std::int64_t count = beats.map_bytes / beats.bytes + 1;
    const std::int64_t bits = unsigned_bits(count - 1);
    return fill_in(R"(    reg %beat% %port%_beat;
    wire %port%_last = %port%_beat == %last%;
    always @(posedge clk)
        if (rst) %port%_beat <= %beat_0%;
        else if (%port%_valid & %port%_ready) %port%_beat <= %port%_last ? %beat_0% : %port%_beat + %beat_1%;
)",
                   {{"beat", range(bits)},
                    {"port", port},
                    {"last", unsigned_constant(bits, count - 1)},
                    {"beat_0", unsigned_constant(bits, 0)},
                    {"beat_1", unsigned_constant(bits, 1)}});
}

/// Bytes of which beats are a whole number.
std::int64_t shifting_unit(const Beats& in, const Beats& out) {
    return std::gcd(std::gcd(in.bytes, out.bytes), std::gcd(in.rest(), out.rest()));
}

/// Any widths, any last beat.
std::string shifting_converter(const std::string& name, const Beats& in, const Beats& out) {
    const std::int64_t in_rest = in.rest();
    const std::int64_t out_rest = out.rest();
    const std::int64_t unit = shifting_unit(in, out);
    const std::int64_t waiting = shifting_room(in, out);
    const std::int64_t held = in.bytes + waiting;
    const std::int64_t count = unsigned_bits(held / unit);
    const std::int64_t shift = unsigned_bits(8 * held);
    const auto counted = [&](std::int64_t bytes) { return unsigned_constant(count, bytes / unit); };
    // Of the last beat of a map the lowest bytes count.
    const auto lowest = [](const std::string& data, std::int64_t bytes, std::int64_t rest) {
        return fmt::format("{{{}, {}[{}:0]}}", unsigned_constant(8 * (bytes - rest), 0), data, 8 * rest - 1);
    };
    const std::string out_data = fmt::format("held[{}:0]", 8 * out.bytes - 1);
    return stream_head(name, fmt::format("Beats of {} bytes as beats of {}.", in.bytes, out.bytes),
                       {in.bytes}, {out.bytes}) +
           (in_rest > 0 ? last_beat(in, "s") : "") + (out_rest > 0 ? last_beat(out, "m") : "") +
           fill_in(
               kConverter,
               {{"unit", unit},
                {"held", range(8 * held)},
                {"held_0", unsigned_constant(8 * held, 0)},
                {"count", range(count)},
                {"count_0", unsigned_constant(count, 0)},
                {"count_in", in_rest > 0
                                 ? fmt::format("(s_last ? {} : {})", counted(in_rest), counted(in.bytes))
                                 : counted(in.bytes)},
                {"count_wait", counted(waiting)},
                {"count_give", out_rest > 0
                                   ? fmt::format("(m_last ? {} : {})", counted(out_rest), counted(out.bytes))
                                   : counted(out.bytes)},
                {"after", out_rest > 0
                              ? fmt::format("(m_last ? held >> {} : held >> {})", 8 * out_rest, 8 * out.bytes)
                              : fmt::format("held >> {}", 8 * out.bytes)},
                {"come", in_rest > 0
                             ? fmt::format("s_last ? {} : s_data", lowest("s_data", in.bytes, in_rest))
                             : "s_data"},
                {"leave", out_rest > 0
                              ? fmt::format("m_last ? {} : {}", lowest("held", out.bytes, out_rest), out_data)
                              : out_data},
                {"in", range(8 * in.bytes)},
                {"shift", range(shift)},
                {"shift_fill", unsigned_constant(shift - count, 0)},
                {"shift_unit", unsigned_constant(shift, 8 * unit)},
                {"pad", unsigned_constant(8 * waiting, 0)}});
}

/// Several beats in one, each in its slot.
std::string gathering_converter(const std::string& name, const Beats& in, const Beats& out) {
    const std::int64_t slots = out.bytes / in.bytes;
    const std::int64_t slot = unsigned_bits(slots - 1);
    const auto at = [&](std::int64_t i) { return unsigned_constant(slot, i); };
    std::string fills;
    for (std::int64_t i = 0; i < slots; ++i) {
        const std::string place = fmt::format("held[{} +: {}]", 8 * i * in.bytes, 8 * in.bytes);
        fills += fmt::format("        if (take & (slot == {})) {} <= s_data;\n", at(i), place);
    }
    return stream_head(name, fmt::format("Beats of {} bytes, {} of them in one.", in.bytes, slots),
                       {in.bytes}, {out.bytes}) +
           fill_in(kGather, {{"held", range(8 * out.bytes)},
                             {"slot", range(slot)},
                             {"slot_0", at(0)},
                             {"slot_1", at(1)},
                             {"slot_last", at(slots - 1)},
                             {"fills", fills}});
}

/// One beat in several.
std::string dealing_converter(const std::string& name, const Beats& in, const Beats& out) {
    const std::int64_t turns = in.bytes / out.bytes;
    const std::int64_t left = unsigned_bits(turns);
    const std::int64_t rest = in.rest();
    const std::string all = unsigned_constant(left, turns);
    return stream_head(name, fmt::format("Beats of {} bytes, each as {}.", in.bytes, turns), {in.bytes},
                       {out.bytes}) +
           (rest > 0 ? last_beat(in, "s") : "") +
           fill_in(kDeal, {{"held", range(8 * in.bytes)},
                           {"left", range(left)},
                           {"left_0", unsigned_constant(left, 0)},
                           {"left_1", unsigned_constant(left, 1)},
                           {"turns", rest > 0 ? fmt::format("s_last ? {} : {}",
                                                            unsigned_constant(left, rest / out.bytes), all)
                                              : all},
                           {"out", range(8 * out.bytes)},
                           {"out_bits", 8 * out.bytes}});
}

}  // namespace

ConverterKind converter_kind(const Beats& in, const Beats& out) {
    if (in.rest() == 0 && out.rest() == 0 && in.bytes < out.bytes && out.bytes % in.bytes == 0) {
        return ConverterKind::gathering;
    }
    if (out.rest() == 0 && in.bytes > out.bytes && in.bytes % out.bytes == 0 && in.rest() % out.bytes == 0) {
        return ConverterKind::dealing;
    }
    return ConverterKind::shifting;
}

std::int64_t shifting_room(const Beats& in, const Beats& out) {
    // With less, one side would wait for the other now and then where widths do not divide each other.
    const bool divides = shifting_unit(in, out) == std::min(in.bytes, out.bytes);
    return divides ? out.bytes : 2 * out.bytes;
}

std::string converter_module(const std::string& name, const Beats& in, const Beats& out) {
    switch (converter_kind(in, out)) {
        case ConverterKind::gathering: return gathering_converter(name, in, out);
        case ConverterKind::dealing: return dealing_converter(name, in, out);
        case ConverterKind::shifting: break;
    }
    return shifting_converter(name, in, out);
}

}  // namespace cleave
