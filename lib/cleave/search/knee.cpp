// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/knee.hpp"

#include <algorithm>

namespace cleave {

std::size_t knee(const std::vector<ObjectiveValues>& points) {
    std::vector<double> sum(points.size(), 0);
    for (std::size_t k = 0; k < ObjectiveValues{}.size(); ++k) {
        const auto [low, high] = std::minmax_element(
            points.begin(), points.end(),
            [&](const ObjectiveValues& a, const ObjectiveValues& b) { return a[k] < b[k]; });
        const std::int64_t least = (*low)[k];
        const std::int64_t most = (*high)[k];
        for (std::size_t i = 0; most > least && i < points.size(); ++i) {
            sum[i] += static_cast<double>(points[i][k] - least) / static_cast<double>(most - least);
        }
    }
    return static_cast<std::size_t>(std::min_element(sum.begin(), sum.end()) - sum.begin());
}

}  // namespace cleave
