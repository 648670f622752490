// SPDX-License-Identifier: Apache-2.0
#include "cleave/deploy/matrix_product.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace cleave {
namespace {

/// Steps of depth at a time: such a part of a block of rows and of one of columns lies in the first cache.
constexpr std::int64_t kDepth = 256;

/// A block of sums over some steps of depth, Rows rows and Vectors vectors of Width numbers at a time: as
/// many as the processor's registers hold.
template <int Rows, int Vectors, int Width>
__attribute__((always_inline)) inline void multiply_block(const double* rows, const double* columns,
                                                          std::int64_t depth, double* sums) {
    using Lanes [[gnu::vector_size(Width * sizeof(double))]] = double;
    for (std::int64_t r = 0; r < kRows; r += Rows) {
        for (std::int64_t c = 0; c < kColumns; c += Vectors * Width) {
            Lanes sum[Rows][Vectors];
            for (int i = 0; i < Rows; ++i) {
                for (int v = 0; v < Vectors; ++v) {
                    std::memcpy(&sum[i][v], sums + (r + i) * kColumns + c + v * Width, sizeof(Lanes));
                }
            }
            for (std::int64_t k = 0; k < depth; ++k) {
                Lanes column[Vectors];
                for (int v = 0; v < Vectors; ++v) {
                    std::memcpy(&column[v], columns + k * kColumns + c + v * Width, sizeof(Lanes));
                }
                for (int i = 0; i < Rows; ++i) {
                    for (int v = 0; v < Vectors; ++v) {
                        sum[i][v] += rows[k * kRows + r + i] * column[v];
                    }
                }
            }
            for (int i = 0; i < Rows; ++i) {
                for (int v = 0; v < Vectors; ++v) {
                    std::memcpy(sums + (r + i) * kColumns + c + v * Width, &sum[i][v], sizeof(Lanes));
                }
            }
        }
    }
}

__attribute__((always_inline)) inline double multiply_lanes(const float* a, const double* b,
                                                            std::int64_t count) {
    std::array<double, kLanes> sums{};
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        for (std::size_t lane = 0; lane < sums.size(); ++lane) {
            const std::int64_t at = i + static_cast<std::int64_t>(lane);
            sums[lane] += static_cast<double>(a[at]) * b[at];
        }
    }
    for (std::size_t lane = 0; i < count; ++i, ++lane) {
        sums[lane] += static_cast<double>(a[i]) * b[i];
    }
    double result = 0;
    for (const double sum : sums) {
        result += sum;
    }
    return result;
}

double dot_portable(const float* a, const double* b, std::int64_t count) {
    return multiply_lanes(a, b, count);
}

void multiply_portable(const double* rows, const double* columns, std::int64_t depth, double* sums) {
    multiply_block<4, 2, 2>(rows, columns, depth, sums);
}

using Multiply = void (*)(const double*, const double*, std::int64_t, double*);
using Dot = double (*)(const float*, const double*, std::int64_t);

#if defined(__x86_64__)
__attribute__((target("avx2"))) void multiply_avx2(const double* rows, const double* columns,
                                                   std::int64_t depth, double* sums) {
    multiply_block<4, 2, 4>(rows, columns, depth, sums);
}
__attribute__((target("avx512f"))) void multiply_avx512(const double* rows, const double* columns,
                                                        std::int64_t depth, double* sums) {
    multiply_block<8, 2, 8>(rows, columns, depth, sums);
}
__attribute__((target("avx2"))) double dot_avx2(const float* a, const double* b, std::int64_t count) {
    return multiply_lanes(a, b, count);
}
__attribute__((target("avx512f"))) double dot_avx512(const float* a, const double* b, std::int64_t count) {
    return multiply_lanes(a, b, count);
}
Dot best_dot() {
    if (__builtin_cpu_supports("avx512f") != 0) {
        return dot_avx512;
    }
    return __builtin_cpu_supports("avx2") != 0 ? dot_avx2 : dot_portable;
}
Multiply best_multiply() {
    if (__builtin_cpu_supports("avx512f") != 0) {
        return multiply_avx512;
    }
    return __builtin_cpu_supports("avx2") != 0 ? multiply_avx2 : multiply_portable;
}
#else
Multiply best_multiply() { return multiply_portable; }
Dot best_dot() { return dot_portable; }
#endif

void add_products_with(Multiply multiply, const double* rows, std::int64_t row_blocks, const double* columns,
                       std::int64_t column_blocks, std::int64_t depth, double* sums) {
    for (std::int64_t first = 0; first < depth; first += kDepth) {
        const std::int64_t count = std::min(kDepth, depth - first);
        for (std::int64_t r = 0; r < row_blocks; ++r) {
            for (std::int64_t c = 0; c < column_blocks; ++c) {
                multiply(rows + (r * depth + first) * kRows, columns + (c * depth + first) * kColumns, count,
                         sums + (r * column_blocks + c) * kRows * kColumns);
            }
        }
    }
}

}  // namespace

std::vector<double> row_blocks(const float* matrix, std::int64_t rows, std::int64_t depth) {
    const std::int64_t blocks = (rows + kRows - 1) / kRows;
    std::vector<double> result(static_cast<std::size_t>(blocks * kRows * depth));
    for (std::int64_t row = 0; row < rows; ++row) {
        double* block = result.data() + row / kRows * kRows * depth + row % kRows;
        for (std::int64_t k = 0; k < depth; ++k) {
            block[k * kRows] = matrix[row * depth + k];
        }
    }
    return result;
}

void add_products(const double* rows, std::int64_t row_blocks, const double* columns,
                  std::int64_t column_blocks, std::int64_t depth, double* sums) {
    add_products_with(best_multiply(), rows, row_blocks, columns, column_blocks, depth, sums);
}

void add_products_portable(const double* rows, std::int64_t row_blocks, const double* columns,
                           std::int64_t column_blocks, std::int64_t depth, double* sums) {
    add_products_with(multiply_portable, rows, row_blocks, columns, column_blocks, depth, sums);
}

double dot_product(const float* a, const double* b, std::int64_t count) { return best_dot()(a, b, count); }

double dot_product_portable(const float* a, const double* b, std::int64_t count) {
    return dot_portable(a, b, count);
}

}  // namespace cleave
