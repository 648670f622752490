// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/sweep_analysis.hpp"

#include <string>
#include <vector>

namespace cleave {

/// File beside the report that it shows; only written where link_sensitivity finds something.
inline constexpr const char* kSensitivityPlot = "link_sensitivity.svg";

/// The cross-case report: how cases ended, best cases, effects of parameters, sensitivity to the link
/// (Markdown). Texts of users are escaped.
[[nodiscard]] std::string sweep_markdown(const std::string& name, const std::vector<CaseRecord>& cases);

/// Gains over bandwidth (logarithmic), a row of two plots for each network (SVG). Texts of users are escaped.
[[nodiscard]] std::string sensitivity_svg(const std::vector<LinkSensitivity>& networks);

}  // namespace cleave
