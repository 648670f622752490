// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"
#include "cleave/report/neighbours.hpp"
#include "cleave/report/point_view.hpp"
#include "cleave/runs/compare_run.hpp"
#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

struct ReportPoint {
    std::string id;
    PointView view;
    std::optional<PointUncertainty> uncertainty;
};

/// A cost model as the front used it.
struct UsedModel {
    /// "GPU", "FPGA", "Link".
    std::string device;
    /// Profile and power mode, implementation and clock, or nothing.
    std::string variant;
    /// Paths of its numbers that other variants alone use start with one of these.
    std::vector<std::string> unused;
    ModelSheet sheet;

    [[nodiscard]] bool uses(const Figure& figure) const;
};

/// Everything that a report shows. Keeps a reference to the units and their network, which must outlive it.
struct Report {
    const UnitGraph& units;
    const Platform& platform;
    Completeness completeness = Completeness::exact;
    /// Of an epsilon front, the share; of a stopped one, the gap if it is known.
    std::optional<double> gap;
    /// Decimal.
    std::string design_points;
    PointView baseline;
    /// Sorted by latency.
    std::vector<ReportPoint> points;
    std::string min_latency;
    std::string knee;
    std::string min_energy;
    std::vector<DominatedPoint> dominated;
    /// Draws behind the points' uncertainty; 0: none.
    std::size_t draws = 0;
    std::vector<UsedModel> models;
    /// Version of the program that wrote the front, and SHA-256 of front.json.
    std::string tool_version;
    std::string front_sha256;
    /// Whether the FPGA pays, and why, a sentence each; empty if the front does not say.
    std::string verdict = {};
    std::vector<std::string> reasons = {};
    /// What was measured of one of the points, step by step.
    std::optional<RunComparison> run = {};

    [[nodiscard]] const Network& network() const { return units.network(); }
};

/// "exact Pareto front", "front within 1 % of the true one", "incomplete front".
[[nodiscard]] std::string front_words(const Report& report);
/// "jetson_tx2 (graph, max_n), cyclone10gx_10cx220 (dhm-csd, 76 MHz), pcie_gen2_x4_measured".
[[nodiscard]] std::string platform_words(const Report& report);
/// What a point is besides its identifier: "knee", "min latency, min energy", or nothing.
[[nodiscard]] std::string role_of(const Report& report, const std::string& id);
/// A layer's device for people: "GPU", "FPGA, run 2", "24 of 96 filters on the FPGA".
[[nodiscard]] std::string place_words(const LayerPlace& place);
/// "run 2", "24 of 96 filters": what one of a point's pipelines is.
[[nodiscard]] std::string pipeline_words(const PointView& view, std::size_t position);
/// What sets a pipeline's pace: a layer, "transfers to the FPGA", "transfers to the GPU".
[[nodiscard]] std::string pacer_words(const Network& network, const Pipeline& pipeline);
/// "3x3 conv", "global_avg_pool": a layer's operation in a word or two.
[[nodiscard]] std::string op_words(const Op& op);

}  // namespace cleave
