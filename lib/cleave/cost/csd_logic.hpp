// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace cleave {

/// Digits of a positive number, each with a place: as few as there can be, no two next to each other.
[[nodiscard]] std::vector<std::pair<int, int>> signed_digits(std::int64_t number);

/// What direct mapping makes of some filters with known weights.
struct CsdLogic {
    /// Weights that are not zero, of filters that read the same input numbers and are equal those of one:
    /// terms of the filters' sums.
    std::int64_t terms = 0;
    /// Adders of the constant multipliers. Weights of one input number that differ only in sign and by a
    /// power of two share a multiplier, which has an adder for each signed digit but the first.
    std::int64_t adders = 0;
    /// The multipliers.
    std::int64_t products = 0;
    /// Filters with a weight that is not zero.
    std::int64_t filters = 0;

    CsdLogic& operator+=(const CsdLogic& more) {
        terms += more.terms;
        adders += more.adders;
        products += more.products;
        filters += more.filters;
        return *this;
    }
    friend bool operator==(const CsdLogic&, const CsdLogic&) = default;
};

/// The constant multipliers of some input numbers, weight by weight.
class CsdProducts {
public:
    /// @param numbers  input numbers
    explicit CsdProducts(std::int64_t numbers);

    /// A weight, 0 to 128 without its sign, of an input number.
    void add(std::int64_t number, int magnitude);
    /// Without terms and filters.
    [[nodiscard]] const CsdLogic& logic() const { return logic_; }

private:
    /// Of each input number the odd factors that are there.
    std::vector<bool> made_;
    CsdLogic logic_;
};

/// The logic of filters that read the same input numbers, filter by filter.
class CsdFilters {
public:
    /// @param each  weights of a filter
    explicit CsdFilters(std::int64_t each) : products_(each) {}

    void add(std::span<const std::int8_t> filter);
    [[nodiscard]] CsdLogic logic() const;

private:
    CsdProducts products_;
    std::set<std::vector<std::int8_t>> seen_;
    std::int64_t terms_ = 0;
    std::int64_t filters_ = 0;
};

/// @param weights  filter by filter, `each` numbers: those of a group's filters read the same input numbers
/// @param groups   parts of the filters that read different input numbers
[[nodiscard]] CsdLogic csd_logic(std::span<const std::int8_t> weights, std::int64_t each,
                                 std::int64_t groups);

/// The same of weights that are not known: so many on average of normally distributed ones that are rounded
/// to whole numbers.
struct ExpectedCsd {
    double terms = 0;
    double adders = 0;
    double products = 0;
};
/// @param filters  of each group, `each` weights
/// @param sigma    standard deviation of the weights, in units of the last place
[[nodiscard]] ExpectedCsd expected_csd(std::int64_t filters, std::int64_t each, std::int64_t groups,
                                       double sigma);

}  // namespace cleave
