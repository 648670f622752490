// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes are either refused with a message or become a network that its spec describes.
// scripts/fuzz builds and runs it.
#include "fuzz/import_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cleave::testing::import_bytes({reinterpret_cast<const char*>(data), size});
    return 0;
}
