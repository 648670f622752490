// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace cleave {

/// JSON whose keys keep the order in which they were added.
using Json = nlohmann::ordered_json;

/// The text of a result file: two spaces of indentation, bytes that are not UTF-8 replaced, a line end at the
/// end.
[[nodiscard]] inline std::string json_text(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cleave
