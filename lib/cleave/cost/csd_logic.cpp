// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/csd_logic.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace cleave {
namespace {

/// Magnitudes of 8 bits: 0 to 128.
constexpr std::int64_t kMagnitudes = 129;

}  // namespace

std::vector<std::pair<int, int>> signed_digits(std::int64_t number) {
    std::vector<std::pair<int, int>> digits;
    for (int place = 0; number != 0; ++place, number /= 2) {
        if (number % 2 != 0) {
            const int digit = number % 4 == 3 ? -1 : 1;
            digits.emplace_back(place, digit);
            number -= digit;
        }
    }
    return digits;
}

CsdProducts::CsdProducts(std::int64_t numbers) : made_(static_cast<std::size_t>(numbers * kMagnitudes)) {}

void CsdProducts::add(std::int64_t number, int magnitude) {
    if (magnitude == 0) {
        return;
    }
    const int odd = magnitude >> std::countr_zero(static_cast<unsigned>(magnitude));
    const auto place = static_cast<std::size_t>(number * kMagnitudes + odd);
    if (!made_[place]) {
        made_[place] = true;
        ++logic_.products;
        logic_.adders += static_cast<std::int64_t>(signed_digits(odd).size()) - 1;
    }
}

void CsdFilters::add(std::span<const std::int8_t> filter) {
    const auto terms = std::count_if(filter.begin(), filter.end(), [](std::int8_t w) { return w != 0; });
    filters_ += terms > 0 ? 1 : 0;
    if (terms == 0 || !seen_.emplace(filter.begin(), filter.end()).second) {
        return;
    }
    terms_ += terms;
    for (std::size_t i = 0; i < filter.size(); ++i) {
        products_.add(static_cast<std::int64_t>(i), std::abs(static_cast<int>(filter[i])));
    }
}

CsdLogic CsdFilters::logic() const {
    CsdLogic logic = products_.logic();
    logic.terms = terms_;
    logic.filters = filters_;
    return logic;
}

CsdLogic csd_logic(std::span<const std::int8_t> weights, std::int64_t each, std::int64_t groups) {
    const auto size = static_cast<std::size_t>(each);
    const std::size_t group = weights.size() / static_cast<std::size_t>(groups);
    CsdLogic logic;
    for (std::size_t begin = 0; begin < weights.size(); begin += group) {
        CsdFilters filters(each);
        for (std::size_t at = begin; at < begin + group; at += size) {
            filters.add(weights.subspan(at, size));
        }
        logic += filters.logic();
    }
    return logic;
}

ExpectedCsd expected_csd(std::int64_t filters, std::int64_t each, std::int64_t groups, double sigma) {
    constexpr std::int64_t kMost = 127;
    // The probability of a number of at least that size.
    const auto beyond = [&](std::int64_t size) {
        return std::erfc((static_cast<double>(size) - 0.5) / (sigma * std::sqrt(2.0)));
    };
    const auto inputs = static_cast<double>(each * groups);
    ExpectedCsd expected;
    expected.terms = inputs * static_cast<double>(filters) * beyond(1);
    for (std::int64_t odd = 1; odd <= kMost; odd += 2) {
        double share = 0;
        for (std::int64_t size = odd; size <= kMost; size *= 2) {
            share += beyond(size) - (size < kMost ? beyond(size + 1) : 0);
        }
        const double made = 1 - std::pow(1 - share, static_cast<double>(filters));
        expected.products += inputs * made;
        expected.adders += inputs * made * static_cast<double>(signed_digits(odd).size() - 1);
    }
    return expected;
}

}  // namespace cleave
