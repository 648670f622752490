// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/stream_ops.hpp"
#include "cleave/rtl/verilog_text.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cleave {

// Modules of a stream or several: each has a clock, a synchronous reset and ports
//     s_valid, s_ready, s_data -> m_valid, m_ready, m_data
// of so many bytes, the first number in the lowest byte; several streams of a kind are s0_valid, s1_valid,
// ... What is valid never depends on what is ready, so any of them may be put together.

/// Such a module from its header comment to its ports, of streams of so many bytes each; a stream alone has
/// no number.
/// @param what  lines of the comment, the first without its slashes
[[nodiscard]] std::string stream_head(const std::string& name, const std::string& what,
                                      const std::vector<std::int64_t>& in,
                                      const std::vector<std::int64_t>& out);
/// `what` with the lines of a note.
[[nodiscard]] std::string noted(const std::string& what, const ModuleNote& note);

/// Beats of a stream.
struct Beats {
    std::int64_t bytes = 1;
    /// Of a map, whose last beat is filled with zeros; 0: every beat is full.
    std::int64_t map_bytes = 0;

    /// Of a last beat that is partly filled; 0 if beats are always full.
    [[nodiscard]] std::int64_t rest() const { return map_bytes > 0 ? map_bytes % bytes : 0; }
};
/// Several beats in one, one in several, or any widths and any last beat.
enum class ConverterKind { gathering, dealing, shifting };
[[nodiscard]] ConverterKind converter_kind(const Beats& in, const Beats& out);
/// One that shifts takes a beat while at most so many bytes wait in it.
[[nodiscard]] std::int64_t shifting_room(const Beats& in, const Beats& out);
/// The same bytes in other beats.
[[nodiscard]] std::string converter_module(const std::string& name, const Beats& in, const Beats& out);
/// A queue of `words` beats, at least 2.
[[nodiscard]] std::string fifo_module(const std::string& name, std::int64_t bytes, std::int64_t words);
/// The same stream to several readers, each at its own pace.
[[nodiscard]] std::string fork_module(const std::string& name, std::int64_t bytes, std::size_t readers);

/// @param bytes  that go in and out a clock
[[nodiscard]] std::string sum_module(const std::string& name, const ModuleNote& note, const StreamSum& sum,
                                     std::int64_t bytes);
/// @param bytes  a divisor of each map's channels; all channels of a map come at once where it is 0
[[nodiscard]] std::string concat_module(const std::string& name, const ModuleNote& note,
                                        const StreamConcat& concat, std::int64_t bytes);
/// @param channels  that go in
/// @param bytes  a divisor of these, of the first and of the count; all come at once where it is 0
[[nodiscard]] std::string slice_module(const std::string& name, const ModuleNote& note,
                                       const StreamSlice& slice, std::int64_t channels, std::int64_t bytes);
/// All channels come at once, and go.
/// @param channels  that go in
[[nodiscard]] std::string shuffle_module(const std::string& name, const ModuleNote& note,
                                         const StreamShuffle& shuffle, std::int64_t channels);
/// A shuffle of groups, in beats.
/// @param bytes  a shuffle_beat()
[[nodiscard]] std::string shuffle_module(const std::string& name, const ModuleNote& note,
                                         std::int64_t channels, std::int64_t groups, std::int64_t bytes);
/// What leaves is mean_lanes() wide.
/// @param in  C x H x W
/// @param bytes  a divisor of C
[[nodiscard]] std::string mean_module(const std::string& name, const ModuleNote& note, const StreamMean& mean,
                                      const Shape& in, std::int64_t bytes);

}  // namespace cleave
