// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/matrix_product.hpp"

#include "cleave/deploy/execute.hpp"
#include "cleave/network/parameters.hpp"
#include "support/networks.hpp"
#include "support/random.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

TEST_CASE("products add up in the order of depth, on any processor", "[deploy]") {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const std::int64_t rows = random.between(1, 20);
        const std::int64_t depth = random.between(1, 600);
        const std::int64_t blocks = (rows + kRows - 1) / kRows;
        const std::int64_t column_blocks = random.between(1, 3);
        const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
        std::vector<float> matrix(at(rows * depth));
        for (float& x : matrix) {
            x = static_cast<float>(random.between(-1000, 1000)) / 700.0F;
        }
        std::vector<double> columns(at(column_blocks * depth * kColumns));
        for (double& x : columns) {
            x = static_cast<double>(random.between(-1000, 1000)) / 900.0;
        }
        std::vector<double> sums(at(blocks * column_blocks * kRows * kColumns));
        std::vector<double> portable(sums.size());
        const std::vector<double> packed = row_blocks(matrix.data(), rows, depth);
        add_products(packed.data(), blocks, columns.data(), column_blocks, depth, sums.data());
        add_products_portable(packed.data(), blocks, columns.data(), column_blocks, depth, portable.data());
        REQUIRE(sums == portable);
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t column = 0; column < column_blocks * kColumns; ++column) {
                double sum = 0;
                for (std::int64_t k = 0; k < depth; ++k) {
                    sum += static_cast<double>(matrix[at(row * depth + k)]) *
                           columns[at((column / kColumns * depth + k) * kColumns + column % kColumns)];
                }
                const std::int64_t block = row / kRows * column_blocks + column / kColumns;
                REQUIRE(sums[at((block * kRows + row % kRows) * kColumns + column % kColumns)] == sum);
            }
        }
    }
}

TEST_CASE("a row times a vector adds up in lanes, on any processor", "[deploy]") {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const std::int64_t count = random.between(0, 300);
        std::vector<float> a;
        std::vector<double> b;
        std::vector<double> lanes(static_cast<std::size_t>(kLanes), 0);
        for (std::int64_t i = 0; i < count; ++i) {
            a.push_back(static_cast<float>(random.between(-1000, 1000)) / 700.0F);
            b.push_back(static_cast<double>(random.between(-1000, 1000)) / 900.0);
            lanes[static_cast<std::size_t>(i % kLanes)] += static_cast<double>(a.back()) * b.back();
        }
        double sum = 0;
        for (const double lane : lanes) {
            sum += lane;
        }
        REQUIRE(dot_product(a.data(), b.data(), count) == sum);
        REQUIRE(dot_product_portable(a.data(), b.data(), count) == sum);
    }
}

TEST_CASE("a graph gives the same numbers with any number of threads", "[deploy]") {
    // More filters and positions than one tile has, and more features than a thread takes at a time.
    const Network network = Chain({3, 18, 17}, "m0")
                                .then("a", conv_op(300, 3, 1, 1))
                                .then("b", conv_op(32, 1, 1, 0, 2))
                                .then("c", conv_op(40, 3, 1, 1))
                                .then("fc", FullyConnected{150, true})
                                .build();
    Random random(1);
    Parameters parameters(network.layers().size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Layer& layer = network.layer(layer_id(i));
        if (layer.inputs.empty()) {
            continue;
        }
        const ParameterCounts counts = parameter_counts(layer.op, network.output(layer.inputs.front()));
        for (std::int64_t w = 0; w < counts.weights; ++w) {
            parameters[i].weights.push_back(static_cast<float>(random.between(-999, 999)) / 1234.0F);
        }
        parameters[i].bias.assign(static_cast<std::size_t>(counts.bias), 0.3F);
    }
    const Graph graph = whole_graph(network, parameters);
    Values input;
    for (std::int64_t i = 0; i < network.output(LayerId{}).elements(); ++i) {
        input.push_back(static_cast<double>(random.between(-999, 999)) / 567.0);
    }
    const auto one = execute_all(graph, {input}, 1);
    CHECK(one == execute_all(graph, {input}, 2));
    CHECK(one == execute_all(graph, {input}, 7));
}
