// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/network/layer.hpp"
#include "cleave/rtl/window_schedule.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// A value for a place in a template: a number or text.
using TextValue = std::variant<std::int64_t, std::string>;

/// A template with every %name% replaced; braces, of which Verilog has many, mean nothing.
/// @throws std::logic_error for a name without a value
[[nodiscard]] std::string fill_in(std::string_view text,
                                  std::initializer_list<std::pair<std::string_view, TextValue>> values);

/// What a user wrote, for a comment of one line: printable ASCII, everything else as '?', so that it neither
/// ends the comment nor is read as a directive.
[[nodiscard]] std::string comment_text(std::string_view text);

/// "3 x 8 x 9": channels, height, width.
[[nodiscard]] std::string shape_text(const Shape& shape);

/// What a module's header comment says of its layer.
struct ModuleNote {
    /// What a user calls it.
    std::string layer;
    /// Lines of the generator's own: "maps:    3 x 8 x 8 -> 4 x 8 x 8".
    std::vector<std::string> facts = {};
};
/// Lines of a comment, the first without its slashes.
[[nodiscard]] std::string note_text(const ModuleNote& note);

/// Bits of an unsigned number up to `most`, at least 1; and of a two's complement number from `least` to
/// `most`.
[[nodiscard]] std::int64_t unsigned_bits(std::int64_t most);
[[nodiscard]] std::int64_t signed_bits(std::int64_t least, std::int64_t most);

/// The range of so many bits: [7:0].
[[nodiscard]] std::string range(std::int64_t bits);
/// A number as a sized decimal constant: 8'd5.
[[nodiscard]] std::string unsigned_constant(std::int64_t bits, std::int64_t value);
/// As a signed one: 8'sd5, -8'sd5.
[[nodiscard]] std::string constant(std::int64_t bits, std::int64_t value);

/// The body of an always block that sets `target` to table[y][x] * factor, which is not negative, from
/// registers y and x: one value and its exceptions, by columns and for the last column by rows.
[[nodiscard]] std::string step_cases(const std::string& target, std::int64_t bits, const StepTable& table,
                                     std::int64_t factor, const std::string& y, const std::string& x);

}  // namespace cleave
