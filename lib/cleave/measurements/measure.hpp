// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/measurements/join_designs.hpp"
#include "cleave/measurements/onnxruntime.hpp"
#include "cleave/measurements/power_log.hpp"
#include "cleave/measurements/row_table.hpp"
#include "cleave/units/names.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// The tools whose reports are read.
enum class ReportSource {
    trtexec,
    onnxruntime,
    pytorch,
    nsys,
    ncu,
    tegrastats,
    jtop,
    quartus,
    oneapi,
    vivado,
    hls,
};
[[nodiscard]] constexpr auto names_of(ReportSource /*tag*/) {
    return std::to_array<Named<ReportSource>>({{ReportSource::trtexec, "trtexec"},
                                               {ReportSource::onnxruntime, "ort"},
                                               {ReportSource::pytorch, "pytorch"},
                                               {ReportSource::nsys, "nsys"},
                                               {ReportSource::ncu, "ncu"},
                                               {ReportSource::tegrastats, "tegrastats"},
                                               {ReportSource::jtop, "jtop"},
                                               {ReportSource::quartus, "quartus"},
                                               {ReportSource::oneapi, "oneapi"},
                                               {ReportSource::vivado, "vivado"},
                                               {ReportSource::hls, "hls"}});
}
static_assert(all_named<ReportSource>());

/// What reports do not say. Empty where it was not told.
struct MeasureOptions {
    /// An ONNX model, or a network spec: its layers.
    std::string model;
    std::vector<InputShape> input_shapes;
    /// The workload that the report is of; empty: as the file is called, without its ending.
    std::string workload;
    /// Inferences that kernels were summed over.
    std::optional<std::int64_t> runs;
    PowerChoice power;
    HostTimes host_times = HostTimes::refused;
    /// The layer that all the reports are of; empty: as the files are called, see design_name.
    std::string layer;
    /// A table of the designs' shapes, in place of a model.
    std::string shapes;
    DesignRows rows = DesignRows::designs;
    ClockChoice clock;
};

/// Rows for calibration from reports of one tool. @throws InputError with every fault of every file
[[nodiscard]] Measured measure(ReportSource source, const std::vector<std::string>& files,
                               const MeasureOptions& options);

}  // namespace cleave
