// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/config/read_weights.hpp"
#include "cleave/search/request.hpp"
#include "cleave/text/fields.hpp"

#include <optional>

namespace cleave {

/// What a configuration says of the search and of its result: the sections `space`, `constraints`, `search`
/// and `verdict`.
struct SearchFields {
    DesignSpace space;
    Constraints constraints;
    SearchLimits limits;
    double min_gain = kMinGain;
    Pick pick = Pick::order;
    /// Where the pick is written.
    std::optional<Field> pick_field;
    std::optional<Field> fit_probability_field;

    void read_space(const std::optional<Field>& field);
    void read_constraints(const std::optional<Field>& field);
    void read_search(const std::optional<Field>& field);
    void read_verdict(const std::optional<Field>& field);
};

}  // namespace cleave
