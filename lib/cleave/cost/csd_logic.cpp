// SPDX-License-Identifier: Apache-2.0
#include "cleave/cost/csd_logic.hpp"

#include <cmath>
#include <cstdlib>

namespace cleave {

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

CsdLogic csd_logic(std::span<const std::int8_t> weights, std::int64_t each, std::int64_t groups) {
    constexpr std::int64_t kNumbers = 129;
    const auto filters = static_cast<std::int64_t>(weights.size()) / each;
    const std::int64_t filters_each = filters / groups;
    CsdLogic logic;
    // Of each input number the odd factors that are there.
    std::vector<bool> made(static_cast<std::size_t>(each * kNumbers));
    for (std::int64_t n = 0; n < filters; ++n) {
        if (n % filters_each == 0) {
            made.assign(made.size(), false);
        }
        const std::int64_t before = logic.terms;
        for (std::int64_t i = 0; i < each; ++i) {
            std::int64_t odd = std::abs(static_cast<int>(weights[static_cast<std::size_t>(n * each + i)]));
            if (odd == 0) {
                continue;
            }
            ++logic.terms;
            while (odd % 2 == 0) {
                odd /= 2;
            }
            const auto place = static_cast<std::size_t>(i * kNumbers + odd);
            if (!made[place]) {
                made[place] = true;
                ++logic.products;
                logic.adders += static_cast<std::int64_t>(signed_digits(odd).size()) - 1;
            }
        }
        logic.filters += logic.terms > before ? 1 : 0;
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
