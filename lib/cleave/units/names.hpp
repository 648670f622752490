// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cleave {

/// What files and messages call one value of an enum. Beside an enum E stands its table, for readers and
/// writers alike, as `constexpr auto names_of(E)`: an array with each value once, in the order of the enum.
template <class E>
struct Named {
    E value;
    std::string_view name;
};

namespace detail {
template <auto value>
constexpr bool is_enumerator() {
    // g++ and clang write a value without a name as a cast: "value = (cleave::SplitAxis)3".
    constexpr std::string_view self = __PRETTY_FUNCTION__;
    return self.find("value = (cleave::") == std::string_view::npos;
}
}  // namespace detail

/// Whether the table of E has all values of E. For a static_assert beside it, so that the compiler complains
/// about a value without a name.
template <class E>
[[nodiscard]] constexpr bool all_named() {
    constexpr auto names = names_of(E{});
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].value != static_cast<E>(i)) {
            return false;
        }
    }
    return !detail::is_enumerator<static_cast<E>(names.size())>();
}

/// @throws std::logic_error for a number that is no value of the enum
template <class E>
[[nodiscard]] std::string name_of(E value) {
    for (const Named<E>& one : names_of(value)) {
        if (one.value == value) {
            return std::string(one.name);
        }
    }
    throw std::logic_error("an enum has a value without a name");
}

/// The value of that name; nothing if there is none.
template <class E>
[[nodiscard]] std::optional<E> value_of(std::string_view name) {
    for (const Named<E>& one : names_of(E{})) {
        if (one.name == name) {
            return one.value;
        }
    }
    return std::nullopt;
}

}  // namespace cleave
