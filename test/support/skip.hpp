// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include <string>

namespace cleave::testing {

/// Says why a case cannot run here, in the words that CTest and scripts/count_tests know. The case ends after
/// it.
inline void skip_case(const std::string& why) {
    WARN("skipped: " << why);
    SUCCEED();  // as a case that checks nothing fails
}

}  // namespace cleave::testing
