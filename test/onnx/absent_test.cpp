// SPDX-License-Identifier: Apache-2.0
// A build without the ONNX library.
#include "cleave/onnx/model.hpp"

#include <catch2/catch.hpp>

using namespace cleave;

TEST_CASE("a build without the ONNX library says so", "[onnx]") {
    CHECK_FALSE(has_onnx());
    CHECK_THROWS_WITH(read_onnx("x", {}),
                      "this build of cleave has no support for ONNX files (CLEAVE_ONNX is OFF)");
    CHECK_THROWS_AS(write_onnx({}), OnnxError);
}
