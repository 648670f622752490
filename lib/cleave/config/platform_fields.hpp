// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/cost/platform.hpp"
#include "cleave/text/fields.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace cleave {

// Settings of a platform, which configurations and platform.yaml have alike.

struct EnergySettings {
    EnergyScope scope = EnergyScope::system;
    Conversion conversion = Conversion::charged;
    UnusedFpga unused_fpga = UnusedFpga::powered;
};

/// `energy`; what is absent has its default.
[[nodiscard]] EnergySettings read_energy(const std::optional<Field>& field);

/// `resources`
[[nodiscard]] ResourceScope read_resources(const std::optional<Field>& field);

/// `fpga.capacity`: replaces what it names.
void read_capacity(const Field& field, Resources& capacity);

/// Index of the item that a field names; nothing, with a fault, if there is none.
template <class T>
std::optional<std::size_t> pick(const std::optional<Field>& field, const std::vector<T>& items,
                                std::string_view what) {
    std::vector<std::string> names;
    for (const T& item : items) {
        names.push_back(item.name);
    }
    return field ? field->one_of(names, what) : std::nullopt;
}

}  // namespace cleave
