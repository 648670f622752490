// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/measurements/join_kernels.hpp"
#include "cleave/measurements/report_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cleave {

/// `trtexec --exportProfile`: a time for each layer of the engine, in the order of execution.
struct EngineProfile {
    struct Entry {
        Place place;
        std::string name;
        /// Median over the iterations where all layers have one (TensorRT 8.4 and later), else their average.
        Seconds time;
    };
    std::vector<Entry> entries;
    enum class Statistic { median, average } statistic = Statistic::median;
};

/// `trtexec --exportLayerInfo`: what each layer of the engine computes.
struct EngineLayers {
    struct Entry {
        Place place;
        std::string name;
        /// Of a file without details, empty.
        std::string type;
        /// ONNX nodes, from the metadata.
        std::vector<std::string> nodes;
        /// Of the only output.
        std::vector<std::int64_t> output;
        /// Of a convolution of batch 1.
        std::optional<LayerRow> layer;
        /// Of a convolution.
        std::int64_t batch = 1;
    };
    std::vector<Entry> entries;
};

/// `trtexec --exportTimes`: one value a query.
struct QueryTimes {
    std::vector<Seconds> compute;
    std::vector<Seconds> to_device;
    std::vector<Seconds> from_device;
};

using TrtexecReport = std::variant<EngineProfile, EngineLayers, QueryTimes>;
/// Any of the three, told apart by what is in it.
[[nodiscard]] std::optional<TrtexecReport> read_trtexec(const ReportText& report, FaultList& faults);

/// What an engine's layers compute, from its profile and, if there is one, its layer information, which are
/// of one engine if their names come in one order.
[[nodiscard]] std::vector<KernelTime> engine_kernels(const EngineProfile& profile, const EngineLayers* layers,
                                                     Notes& notes, FaultList& faults);

/// Names of nodes in the name of a layer: "a + b", "a || b", "PWN(a, b)".
[[nodiscard]] std::vector<std::string> node_names(std::string_view layer);

}  // namespace cleave
