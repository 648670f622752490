// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/sweep/analysis.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// File beside the report that it shows; only written where link_sensitivity finds something.
inline constexpr const char* kSensitivityPlot = "link_sensitivity.svg";

/// One part of a sweep that is run in several.
struct SweepPart {
    std::size_t index = 1;
    std::size_t count = 1;
    /// Of the whole sweep.
    std::size_t all_cases = 0;
};

/// The cross-case report: how cases ended, best cases, effects of parameters, sensitivity to the link
/// (Markdown). Of a part only how its cases ended, since what it has of the others is chance. Texts of users
/// are escaped.
[[nodiscard]] std::string sweep_markdown(const std::string& name, const std::vector<CaseRecord>& cases,
                                         const std::optional<SweepPart>& part = std::nullopt);

/// Gains over bandwidth (logarithmic), a row of two plots for each network (SVG). Texts of users are escaped.
[[nodiscard]] std::string sensitivity_svg(const std::vector<LinkSensitivity>& networks);

}  // namespace cleave
