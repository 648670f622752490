// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/turns_verilog.hpp"

#include "cleave/cost/rounding.hpp"
#include "cleave/rtl/turns_templates.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cleave {

using namespace turns_templates;

namespace {

std::int64_t modulo(std::int64_t value, std::int64_t by) { return ((value % by) + by) % by; }
std::int64_t largest(const StepTable& table) {
    std::int64_t most = 0;
    for (const auto& row : table) {
        most = std::max(most, *std::max_element(row.begin(), row.end()));
    }
    return most;
}

/// From the first word of a position's window to that of the next, in the ring.
StepTable origin_steps(const Turns& turns, const FoldedPlan& plan) {
    const Window& w = turns.window;
    const std::int64_t width = turns.in.width;
    const std::int64_t back = (turns.out.width - 1) * w.stride_w;
    StepTable steps;
    for (std::int64_t y = 0; y < turns.out.height; ++y) {
        std::vector<std::int64_t>& row =
            steps.emplace_back(static_cast<std::size_t>(turns.out.width), w.stride_w);
        row.back() = y + 1 < turns.out.height
                         ? w.stride_h * width - back
                         : turns.in.positions() - (turns.out.height - 1) * w.stride_h * width - back;
        for (std::int64_t& step : row) {
            step = modulo(step * plan.passes.words, plan.depth);
        }
    }
    return steps;
}

/// How far apart in the ring the first words of a pass and of the next one are.
std::string pass_steps(const Turns& turns, const FoldedPlan& plan, std::int64_t ring) {
    const std::string wire = fmt::format("    wire {} pass_step = ", range(ring));
    const std::string next = unsigned_constant(ring, modulo(turns.words_each, plan.depth));
    if (turns.passes_each == 1) {
        return wire + next + ";\n";
    }
    if (turns.passes_each == plan.passes.count) {
        return wire + unsigned_constant(ring, 0) + ";\n";
    }
    const std::int64_t bits = unsigned_bits(turns.passes_each - 1);
    return fill_in(R"(    reg %turn% turn;
    wire %turn% turn_now = begin_position ? %turn_0% : turn;
    wire turn_last = turn_now == %turn_last%;
    always @(posedge clk) if (begin_pass) turn <= turn_last ? %turn_0% : turn_now + %turn_1%;
%wire%turn_last ? %group_step% : %ring_0%;
)",
                   {{"turn", range(bits)},
                    {"turn_0", unsigned_constant(bits, 0)},
                    {"turn_1", unsigned_constant(bits, 1)},
                    {"turn_last", unsigned_constant(bits, turns.passes_each - 1)},
                    {"wire", wire},
                    {"group_step", next},
                    {"ring_0", unsigned_constant(ring, 0)}});
}

/// Whether some tap lies beside the map.
bool pads(const Turns& turns) {
    const Window& w = turns.window;
    const std::int64_t bottom = (turns.out.height - 1) * w.stride_h - w.pad_top + w.extent_h();
    const std::int64_t right = (turns.out.width - 1) * w.stride_w - w.pad_left + w.extent_w();
    return w.pad_top > 0 || w.pad_left > 0 || bottom > turns.in.height || right > turns.in.width;
}

std::string control_text(const std::string& name, const Turns& turns, const FoldedPlan& plan,
                         std::int64_t result_bits) {
    const Window& w = turns.window;
    const std::int64_t in_bits = 8 * plan.passes.word_bytes;
    const std::int64_t out_bits = result_bits * plan.passes.output;

    const StepTable need = need_steps(plan.schedule, turns.out);
    const StepTable free = free_steps(plan.schedule, turns.out);
    const std::int64_t start = (plan.schedule.need.front() + 1) * plan.passes.words;
    const std::int64_t unread =
        (plan.schedule.input_positions - 1 - plan.schedule.need.back()) * plan.passes.words;
    const std::int64_t most_lead = std::max({plan.depth, start, largest(need) * plan.passes.words});
    const std::int64_t most_held = std::max({plan.depth, unread, largest(free) * plan.passes.words});
    const std::int64_t lead = signed_bits(-most_lead, most_lead + 1);
    const std::int64_t held = signed_bits(-most_held, most_held + 1);
    const std::int64_t ring = unsigned_bits(plan.depth - 1);
    const std::int64_t queue = plan.queue_beats();
    const std::int64_t room = unsigned_bits(queue);
    const std::int64_t step = unsigned_bits(plan.passes.length - 1);
    const std::int64_t pass = unsigned_bits(plan.passes.count - 1);
    const std::int64_t y = unsigned_bits(turns.out.height - 1);
    const std::int64_t x = unsigned_bits(turns.out.width - 1);
    return fill_in(
        kControl, {{"kind", turns.kind},
                   {"kernel", fmt::format("{}x{}", w.kernel_h, w.kernel_w)},
                   {"stride", fmt::format("{}x{}", w.stride_h, w.stride_w)},
                   {"dilation", fmt::format("{}x{}", w.dilation_h, w.dilation_w)},
                   {"padding", fmt::format("{} {} {} {}", w.pad_top, w.pad_left, w.pad_bottom, w.pad_right)},
                   {"note", note_text(turns.note)},
                   {"in_shape", shape_text(turns.in)},
                   {"out_shape", shape_text(turns.out)},
                   {"pe", plan.fold.pe},
                   {"simd", plan.fold.simd},
                   {"clocks", plan.passes.clocks()},
                   {"length", plan.passes.length},
                   {"result", turns.result},
                   {"name", name},
                   {"in", range(in_bits)},
                   {"out", range(out_bits)},
                   {"depth", plan.depth},
                   {"ring", range(ring)},
                   {"ring_last", unsigned_constant(ring, plan.depth - 1)},
                   {"ring_0", unsigned_constant(ring, 0)},
                   {"ring_1", unsigned_constant(ring, 1)},
                   {"held", range(held)},
                   {"held_0", constant(held, 0)},
                   {"held_1", constant(held, 1)},
                   {"held_depth", constant(held, plan.depth)},
                   {"lead", range(lead)},
                   {"lead_0", constant(lead, 0)},
                   {"lead_1", constant(lead, 1)},
                   {"lead_sign", lead - 1},
                   {"lead_start", constant(lead, -start)},
                   {"room", range(room)},
                   {"room_0", unsigned_constant(room, 0)},
                   {"room_1", unsigned_constant(room, 1)},
                   {"room_beats", unsigned_constant(room, plan.output_beats())},
                   {"room_all", unsigned_constant(room, queue)},
                   {"step", range(step)},
                   {"step_0", unsigned_constant(step, 0)},
                   {"step_1", unsigned_constant(step, 1)},
                   {"step_last", unsigned_constant(step, plan.passes.length - 1)},
                   {"pass", range(pass)},
                   {"pass_0", unsigned_constant(pass, 0)},
                   {"pass_1", unsigned_constant(pass, 1)},
                   {"pass_last", unsigned_constant(pass, plan.passes.count - 1)},
                   {"y", range(y)},
                   {"y_0", unsigned_constant(y, 0)},
                   {"y_1", unsigned_constant(y, 1)},
                   {"y_last", unsigned_constant(y, turns.out.height - 1)},
                   {"x", range(x)},
                   {"x_0", unsigned_constant(x, 0)},
                   {"x_1", unsigned_constant(x, 1)},
                   {"x_last", unsigned_constant(x, turns.out.width - 1)},
                   {"need_cases", step_cases("need_step", lead, need, plan.passes.words, "y", "x")},
                   {"origin_cases", step_cases("origin_step", ring, origin_steps(turns, plan), 1, "y", "x")},
                   {"free_cases", step_cases("free_step", held, free, plan.passes.words, "y_now", "x_now")}});
}

std::string address_text(const Turns& turns, const FoldedPlan& plan) {
    const Window& w = turns.window;
    const std::int64_t width = turns.in.width;
    const std::int64_t words_each = turns.words_each;
    const std::int64_t ring = unsigned_bits(plan.depth - 1);
    const std::int64_t word = unsigned_bits(words_each - 1);
    const std::int64_t column = unsigned_bits(w.kernel_w - 1);
    const std::int64_t to_column = w.dilation_w * plan.passes.words - (words_each - 1);
    const std::int64_t to_row = w.dilation_h * width * plan.passes.words -
                                (w.kernel_w - 1) * w.dilation_w * plan.passes.words - (words_each - 1);
    const auto in_ring = [&](std::int64_t value) {
        return unsigned_constant(ring, modulo(value, plan.depth));
    };
    return fill_in(kAddresses,
                   {{"ring", range(ring)},
                    {"word", range(word)},
                    {"word_0", unsigned_constant(word, 0)},
                    {"word_1", unsigned_constant(word, 1)},
                    {"word_last", unsigned_constant(word, words_each - 1)},
                    {"column", range(column)},
                    {"column_0", unsigned_constant(column, 0)},
                    {"column_1", unsigned_constant(column, 1)},
                    {"column_last", unsigned_constant(column, w.kernel_w - 1)},
                    {"word_step", in_ring(1)},
                    {"column_step", in_ring(to_column)},
                    {"row_step", in_ring(to_row)},
                    {"pass_step", pass_steps(turns, plan, ring)},
                    {"sum", range(ring + 1)},
                    {"sum_sign", ring},
                    {"sum_depth", unsigned_constant(ring + 1, plan.depth)},
                    {"origin_start", in_ring(-(w.pad_top * width + w.pad_left) * plan.passes.words)}});
}

std::string mask_text(const Turns& turns) {
    const Window& w = turns.window;
    const std::int64_t width = turns.in.width;
    const std::int64_t y = unsigned_bits(turns.out.height - 1);
    const std::int64_t x = unsigned_bits(turns.out.width - 1);
    const std::int64_t rows =
        (turns.out.height - 1) * w.stride_h + w.extent_h() + w.pad_top + turns.in.height;
    const std::int64_t columns = (turns.out.width - 1) * w.stride_w + w.extent_w() + w.pad_left + width;
    const std::int64_t row_at = signed_bits(-rows, rows);
    const std::int64_t column_at = signed_bits(-columns, columns);
    return fill_in(kMask, {{"row_at", range(row_at)},
                           {"column_at", range(column_at)},
                           {"x_last", unsigned_constant(x, turns.out.width - 1)},
                           {"y_last", unsigned_constant(y, turns.out.height - 1)},
                           {"first_start", constant(column_at, -w.pad_left)},
                           {"first_step", constant(column_at, w.stride_w)},
                           {"first_0", constant(column_at, 0)},
                           {"first_dilation", constant(column_at, w.dilation_w)},
                           {"top_start", constant(row_at, -w.pad_top)},
                           {"top_step", constant(row_at, w.stride_h)},
                           {"top_0", constant(row_at, 0)},
                           {"top_dilation", constant(row_at, w.dilation_h)},
                           {"row_sign", row_at - 1},
                           {"column_sign", column_at - 1},
                           {"rows", constant(row_at, turns.in.height)},
                           {"columns", constant(column_at, width)}});
}

}  // namespace

std::string reading_text(const std::string& name, const Turns& turns, const FoldedPlan& plan,
                         std::int64_t result_bits, const std::string& padding) {
    const bool masked = pads(turns);
    return control_text(name, turns, plan, result_bits) + address_text(turns, plan) +
           (masked ? mask_text(turns) : "") +
           fill_in(kOperand, {{"in", range(8 * plan.passes.word_bytes)},
                              {"masked", masked ? "on_map ? ring_read : " + padding : "ring_read"}});
}

std::string flags_text(const FoldedPlan& plan, std::int64_t last_bit) {
    return fill_in(kFlags, {{"pipe", last_bit},
                            {"pipe_0", unsigned_constant(last_bit + 1, 0)},
                            {"step_0", unsigned_constant(unsigned_bits(plan.passes.length - 1), 0)}});
}

std::string leaving_text(const FoldedPlan& plan, std::int64_t last_bit, const std::string& results,
                         std::int64_t bits) {
    const std::int64_t left = unsigned_bits(plan.output_beats());
    return fill_in(kLeaving, {{"all", bits * plan.fold.pe},
                              {"left", range(left)},
                              {"left_0", unsigned_constant(left, 0)},
                              {"left_1", unsigned_constant(left, 1)},
                              {"left_beats", unsigned_constant(left, plan.output_beats())},
                              {"pipe", last_bit},
                              {"results", results},
                              {"leave", bits * plan.passes.output}});
}

std::string queue_text(const FoldedPlan& plan, std::int64_t result_bits) {
    const std::int64_t queue = plan.queue_beats();
    const std::int64_t room = unsigned_bits(queue);
    const std::int64_t at = unsigned_bits(queue - 1);
    return fill_in(kQueue, {{"out", range(result_bits * plan.passes.output)},
                            {"queue", queue},
                            {"place", range(at)},
                            {"place_0", unsigned_constant(at, 0)},
                            {"place_1", unsigned_constant(at, 1)},
                            {"room", range(room)},
                            {"room_0", unsigned_constant(room, 0)},
                            {"room_1", unsigned_constant(room, 1)}});
}

}  // namespace cleave
