// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave {

/// Products of matrices a block at a time: weights of rows x depth times columns of depth x positions. Every
/// sum adds its products in the order of depth, each rounded before it is added, whatever the processor: the
/// result has the same bits on all machines and with any number of threads.
///
/// Both factors lie in blocks of kRows rows or kColumns columns, and blocks by depth: all rows of a block at
/// depth 0, then at depth 1, and so on. What a block is short of is zero.
inline constexpr std::int64_t kRows = 8;
inline constexpr std::int64_t kColumns = 16;

/// The blocks of a row-major matrix of floats, one after the other.
[[nodiscard]] std::vector<double> row_blocks(const float* matrix, std::int64_t rows, std::int64_t depth);

/// Adds to sums (kRows x kColumns for each block of columns of each block of rows, row-major) the products of
/// blocks of rows with blocks of columns.
/// @param rows     row_blocks x depth x kRows
/// @param columns  column_blocks x depth x kColumns
/// @param sums     row_blocks x column_blocks x kRows x kColumns
void add_products(const double* rows, std::int64_t row_blocks, const double* columns,
                  std::int64_t column_blocks, std::int64_t depth, double* sums);

/// The same without instructions that not every processor has: for comparison.
void add_products_portable(const double* rows, std::int64_t row_blocks, const double* columns,
                           std::int64_t column_blocks, std::int64_t depth, double* sums);

/// The sum of products of floats with doubles. Every kLanes-th product is added up by itself, in order, then
/// these sums: the same bits on all machines.
inline constexpr std::int64_t kLanes = 32;
[[nodiscard]] double dot_product(const float* a, const double* b, std::int64_t count);
/// The same without instructions that not every processor has: for comparison.
[[nodiscard]] double dot_product_portable(const float* a, const double* b, std::int64_t count);

}  // namespace cleave
