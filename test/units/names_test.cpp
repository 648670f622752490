// SPDX-License-Identifier: Apache-2.0
#include "cleave/units/names.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

namespace cleave {
namespace {

enum class Fruit { apple, pear, fig };
constexpr auto names_of(Fruit) {
    using enum Fruit;
    return std::to_array<Named<Fruit>>({{apple, "apple"}, {pear, "a pear"}, {fig, "fig"}});
}

}  // namespace

// Not in an unnamed namespace, where compilers write values without a name in another way.
namespace names_test {

enum class Whole { a, b };
constexpr auto names_of(Whole) { return std::to_array<Named<Whole>>({{Whole::a, "a"}, {Whole::b, "b"}}); }
static_assert(all_named<Whole>());

enum class NoLast { a, b, c };
constexpr auto names_of(NoLast) { return std::to_array<Named<NoLast>>({{NoLast::a, "a"}, {NoLast::b, "b"}}); }
static_assert(!all_named<NoLast>());

enum class NoFirst { a, b };
constexpr auto names_of(NoFirst) { return std::to_array<Named<NoFirst>>({{NoFirst::b, "b"}}); }
static_assert(!all_named<NoFirst>());

}  // namespace names_test
}  // namespace cleave

using namespace cleave;

TEST_CASE("values have names, and names values", "[units]") {
    CHECK(name_of(Fruit::pear) == "a pear");
    CHECK(value_of<Fruit>("fig") == Fruit::fig);
    CHECK_FALSE(value_of<Fruit>("pear"));
    CHECK_THROWS_AS(name_of(static_cast<Fruit>(7)), std::logic_error);
}
