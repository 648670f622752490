// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/partition/costing.hpp"
#include "cleave/partition/evaluate.hpp"
#include "cleave/search/request.hpp"
#include "cleave/search/result.hpp"
#include "cleave/verdict/verdict.hpp"
#include "commands.hpp"

#include <optional>
#include <string>

// What `explore` says on standard error.
namespace cleave::cli {

/// Under which readings the FPGA pays; nothing if none were tried.
void print_readings(const Verdict& verdict, const Style& style);

void print_verdict(const std::optional<Verdict>& verdict, const ExploreRequest& request,
                   const ExploreResult& result);
/// The points to look at first, and how the front was found.
void print_summary(const ExploreRequest& request, const ExploreResult& result, double seconds,
                   const Style& style);
/// What a user should know of a front that is not whole, or has nothing on the FPGA.
void print_notes(const ExploreRequest& request, const ExploreResult& result, const Session& session);
void print_extrapolated(const ExploreRequest& request, const ExploreResult& result);
/// A line for each of the runs with the longest paces: what sets it.
[[nodiscard]] std::string pace_lines(const std::string& label, const Costing& costing, const Score& score);
/// Of the knee, or of the fastest point if the knee has no runs.
void print_paces(const ExploreRequest& request, const ExploreResult& result);
void print_uncertainty(const ExploreRequest& request, const ExploreResult& result, const Style& style);

}  // namespace cleave::cli
