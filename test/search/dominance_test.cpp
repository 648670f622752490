// SPDX-License-Identifier: Apache-2.0
#include "cleave/search/dominance.hpp"

#include "support/random.hpp"
#include "support/skip.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

DominanceTree::Fields random_fields(Random& random, std::size_t fields, std::int64_t largest) {
    DominanceTree::Fields vector{};
    for (std::size_t f = 0; f < fields; ++f) {
        vector[f] = static_cast<std::uint16_t>(random.below(largest + 1));
    }
    return vector;
}

}  // namespace

TEST_CASE("the dominance tree answers as a plain scan does", "[search][dominance]") {
    int within = 0;
    int above = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        const auto fields = static_cast<std::size_t>(random.between(1, DominanceTree::kMostFields));
        const auto largest = random.pick<std::int64_t>({1, 3, 50, 1000, DominanceTree::kLargestField});
        const std::int64_t size = random.pick<std::int64_t>({0, 1, 15, 16, 17, 256, 257, 3000});
        DominanceTree tree;
        tree.clear(fields);
        std::vector<DominanceTree::Fields> all;
        for (std::int64_t i = 0; i <= size; ++i) {
            const DominanceTree::Fields query = random_fields(random, fields, largest);
            const std::int64_t excluded = random.below(size + 1);
            bool expected = false;
            for (std::size_t n = 0; n < all.size(); ++n) {
                bool covers = static_cast<std::int64_t>(n) != excluded;
                for (std::size_t f = 0; f < fields; ++f) {
                    covers = covers && all[n][f] <= query[f];
                }
                expected = expected || covers;
            }
            const bool found = tree.any_within(
                query, [&](std::size_t n) { return static_cast<std::int64_t>(n) != excluded; });
            CAPTURE(seed, i);
            REQUIRE(found == expected);
            (found ? within : above) += 1;
            tree.push(query);
            all.push_back(query);
            REQUIRE(tree.size() == all.size());
        }
    }
    CHECK(within > 1000);
    CHECK(above > 1000);
}

TEST_CASE("both ways of comparing a block agree", "[search][dominance]") {
    if (!has_avx2()) {
        skip_case("this processor has no AVX2");
        return;
    }
    Random random(1);
    for (int i = 0; i < 20000; ++i) {
        const auto fields = static_cast<std::size_t>(random.between(1, DominanceTree::kMostFields));
        const auto largest = random.pick<std::int64_t>({1, 3, 40000, 65535});
        std::vector<std::uint16_t> block(fields * DominanceTree::kLanes);
        std::generate(block.begin(), block.end(),
                      [&] { return static_cast<std::uint16_t>(random.below(largest + 1)); });
        const DominanceTree::Fields query = random_fields(random, fields, largest);
        REQUIRE(compare_block_avx2(block.data(), query.data(), fields) ==
                compare_block_portable(block.data(), query.data(), fields));
    }
}
