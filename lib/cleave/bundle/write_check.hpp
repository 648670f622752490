// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/verify.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// What verifying a bundle has shown.
struct VerifyReport {
    std::string network;
    std::string point;
    std::size_t files = 0;
    std::size_t steps = 0;
    /// Of the first input; the others follow.
    std::uint64_t seed = 1;
    /// The least that is asked for.
    double max_error = 0;
    std::optional<double> min_sqnr_db;
    std::vector<VerifiedInput> results;
    /// Layers without a model, whose results are not computed: stand-ins took their place.
    std::vector<std::string> not_computed = {};

    [[nodiscard]] double worst_float_error() const;
    [[nodiscard]] double worst_sqnr_db() const;
    [[nodiscard]] std::size_t same_top1() const;
    /// Whether any result says nothing about quantisation.
    [[nodiscard]] bool uninformative() const;
    [[nodiscard]] bool passed() const;
};

/// docs/schema/verify.schema.json. A ratio that is infinite, because nothing was rounded, is null.
[[nodiscard]] std::string verify_json(const VerifyReport& report);

}  // namespace cleave
