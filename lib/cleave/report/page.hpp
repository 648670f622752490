// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/report/report.hpp"

#include <string>
#include <string_view>

namespace cleave {

/// False in a program that was built without its chart libraries: pages then have static plots only.
[[nodiscard]] bool has_interactive_charts();

/// A report as one HTML file that needs nothing else and may not ask for anything: a content security policy
/// forbids every connection, and every script that is not one of its own. Without JavaScript it shows static
/// plots of the front and of the knee.
/// @param data  what the scripts draw, as JSON (report_json)
[[nodiscard]] std::string report_page(const Report& report, std::string_view data);

}  // namespace cleave
