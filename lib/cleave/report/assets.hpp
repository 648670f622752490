// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// Files that are part of the program, as they were when it was built (lib/cleave/report/assets, and the
/// chart libraries from the npm registry).
namespace cleave::assets {

[[nodiscard]] std::string_view plots_css();
[[nodiscard]] std::string_view report_css();
/// Scripts of the report, in the order in which they are loaded.
[[nodiscard]] std::string_view page_js();
[[nodiscard]] std::string_view report_js();
/// Vega, Vega-Lite and Vega-Embed, and their licences. All empty in a program that was built without them.
[[nodiscard]] std::string_view vega_js();
[[nodiscard]] std::string_view vega_lite_js();
[[nodiscard]] std::string_view vega_embed_js();
[[nodiscard]] std::string_view vega_licences();

}  // namespace cleave::assets
