// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/model_sheet.hpp"
#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/verdict/verdict.hpp"

#include <cstdint>
#include <string>

namespace cleave {

/// SHA-256 of the files that repeat an exploration.
struct InputHashes {
    std::string config;
    std::string network;
    std::string gpu;
    std::string fpga;
    std::string link;
    /// Empty where weights are not known.
    std::string logic = {};

    friend bool operator==(const InputHashes&, const InputHashes&) = default;
};

/// What an exploration was run on, for the `context` of its results.
struct RunContext {
    std::string config_sha256;
    std::string network_sha256;
    InputHashes inputs;
    ModelSheet gpu;
    ModelSheet fpga;
    ModelSheet link;
};

/// What only the caller can measure.
struct RunFigures {
    double seconds = 0;
    std::int64_t peak_memory_bytes = 0;
    unsigned threads = 0;
};

/// Identifier of a point of the front by its position: "p001", "p002", ...
[[nodiscard]] std::string point_id(std::size_t position);
/// Whether a text from outside looks like one.
[[nodiscard]] bool is_point_id(std::string_view text);
/// The mapping file of a point, relative to the result folder.
[[nodiscard]] std::string mapping_name(std::size_t position);

/// front.json (docs/schema/front.schema.json). Without times of day, paths or run times: the same input gives
/// the same bytes. @param verdict  on the front (judge())
[[nodiscard]] std::string front_json(const ExploreRequest& request, const RunContext& context,
                                     const ExploreResult& result, const std::optional<Verdict>& verdict);
/// SHA-256 of what determines the front: explorations with the same key have the same result, however their
/// configurations are written.
[[nodiscard]] std::string problem_key(const ExploreRequest& request, const RunContext& context);
/// front.csv: a line for each point.
[[nodiscard]] std::string front_csv(const ExploreRequest& request, const ExploreResult& result);
/// stats.json (docs/schema/stats.schema.json): how much work the run was.
[[nodiscard]] std::string stats_json(const ExploreResult& result, const RunFigures& figures);
/// A mapping file (docs/schema/mapping.schema.json); `comment` becomes its first line.
[[nodiscard]] std::string mapping_yaml(const Network& network, const Fpga& fpga, const Mapping& mapping,
                                       const std::string& comment);
/// One scored mapping (docs/schema/score.schema.json): the fields of a front point, feasibility and the
/// schedule.
[[nodiscard]] std::string score_json(const Costing& costing, const Mapping& mapping, const Score& score,
                                     const Score& baseline);

}  // namespace cleave
