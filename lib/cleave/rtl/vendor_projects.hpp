// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/fpga.hpp"
#include "cleave/rtl/circuit_verilog.hpp"

namespace cleave {

/// Projects of a circuit for tools of vendors, out of context: every port but the clock stays inside the
/// device. `quartus/` has a project, its settings, the clock and compile.tcl; `vivado/` compile.tcl and the
/// clock. Each compile.tcl takes another device as its argument, and prints and writes what calibrations
/// read: a header and a line "alm,dsp,m20k,ff,fmax_mhz,power_w" (Vivado: lut and bram36 in place of alm and
/// m20k).
/// @param sources  all files of the circuit, which lie in the folder above
/// @param top      name of its module that holds the others
/// @param part     of the model of the FPGA; empty names: the argument must be given
[[nodiscard]] SourceFiles vendor_projects(const SourceFiles& sources, const std::string& top, Hertz clock,
                                          const FpgaPart& part);

}  // namespace cleave
