// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/deploy/execute.hpp"
#include "cleave/network/network.hpp"
#include "cleave/text/fault.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// An input of a network that sets the scales of its feature maps.
struct Sample {
    Values values;
    std::string sha256;
};

/// Values of a raw file: little-endian float32, C x H x W. @throws InputError
[[nodiscard]] Values read_raw_map(const std::string& file, std::string_view bytes, const Shape& shape);
/// Values of a NumPy file (.npy, version 1 to 3) of float32, little-endian, row-major, of shape (C, H, W) or
/// (1, C, H, W). @throws InputError
[[nodiscard]] Values read_npy_map(const std::string& file, std::string_view bytes, const Shape& shape);

/// All .bin (raw) and .npy files of a folder, in the order of their names.
/// @throws InputError with a fault for every file that is not right, or if there is none
[[nodiscard]] std::vector<Sample> read_samples(const std::string& folder, const Shape& shape);

}  // namespace cleave
