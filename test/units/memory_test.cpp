// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/memory.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <optional>

using namespace cleave;

TEST_CASE("a memory limit is passed once the process has more in use", "[units]") {
    CHECK_FALSE(MemoryLimit(std::nullopt).passed());
    CHECK_FALSE(MemoryLimit(std::numeric_limits<std::int64_t>::max()).passed());
    const MemoryLimit none(0);
    CHECK(none.passed() == (resident_bytes() > 0));
    CHECK(none.passed() == (resident_bytes() > 0));
}
