// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// Names and texts.
using SourceFiles = std::vector<std::pair<std::string, std::string>>;

/// A circuit as Verilog-2001: `PREFIXtop.v`, whose module `PREFIXtop` has one AXI4-Stream for each map that
/// comes (s_axis_0_tdata, _tvalid, _tready, _tlast, ...) and for each that leaves (m_axis_0_...), aclk and
/// aresetn (synchronous); a file for each module in it; and images of memories, `*.hex`.
/// @param prefix  of all names of files and modules, so that several circuits go into one design: "s002_"
/// @throws std::invalid_argument for an operation that has no circuit, with its note
[[nodiscard]] SourceFiles circuit_files(const Circuit& circuit, const std::string& note,
                                        const std::string& prefix = {});

/// `bench.v`: sends frames and compares what leaves. It reads `in_I.hex` and `out_I.hex` (bench_image) and
/// prints `pass`, `fail` with the first difference, or `hang`; and the clocks of the first frame, and from
/// one frame to the next. With +stall=SEED both ends wait at random, one clock in four.
/// @param frames  how many
/// @param prefix  as that of circuit_files()
[[nodiscard]] std::string circuit_bench(const Circuit& circuit, std::size_t frames,
                                        const std::string& prefix = {});

/// A map in beats, one a line, for $readmemh.
/// @param numbers  frame by frame, channel by channel, row by row
[[nodiscard]] std::string bench_image(const CircuitPort& port, const std::vector<std::int64_t>& numbers);

}  // namespace cleave
