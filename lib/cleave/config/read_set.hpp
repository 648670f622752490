// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string_view>

namespace cleave {

/// A set that is written as a list of names, each at most once.
template <class E>
std::set<E> read_set(const Field& field, const Choices<E>& choices, std::string_view one,
                     std::string_view many) {
    std::set<E> result;
    for (const Field& item : field.items(many)) {
        const std::optional<E> value = item.choice(choices, one);
        if (value && !result.insert(*value).second) {
            item.fault(fmt::format("{} is listed twice", quote(item.node().text)));
        }
    }
    return result;
}

}  // namespace cleave
