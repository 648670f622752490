// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_samples.hpp"

#include "support/folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace cleave;
using namespace cleave::testing;

namespace {

const Shape kShape{1, 1, 2};
/// 1 and -2 as little-endian float32.
const std::string kRaw("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);

std::string npy(const std::string& header, char version = 1) {
    std::string text = "\x93NUMPY";
    text += version;
    text += '\0';
    text += static_cast<char>(header.size());
    text += std::string(version == 1 ? 1 : 3, '\0');
    return text + header + kRaw;
}

std::string fault(const std::string& bytes) {
    try {
        (void)read_npy_map("x.npy", bytes, kShape);
    } catch (const InputError& error) {
        return error.faults().front().message;
    }
    return "";
}

}  // namespace

TEST_CASE("raw and NumPy files hold the same map", "[bundle][calibration]") {
    CHECK(read_raw_map("x.bin", kRaw, kShape) == Values{1, -2});
    for (const char version : {'\1', '\2', '\3'}) {
        CHECK(read_npy_map("x.npy",
                           npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }\n", version),
                           kShape) == Values{1, -2});
    }
    CHECK(read_npy_map("x.npy", npy("{'shape': (1, 1, 1, 2), 'fortran_order': False, 'descr': '<f4'}"),
                       kShape) == Values{1, -2});
}

TEST_CASE("maps of another kind or size are refused", "[bundle][calibration]") {
    CHECK_THROWS_WITH(read_raw_map("x.bin", kRaw.substr(1), kShape),
                      "x.bin: error: has 7 bytes, but float32 of shape (1, 1, 2) take 8");
    CHECK_THROWS_WITH(read_raw_map("x.bin", std::string("\x00\x00\xc0\x7f\x00\x00\x00\x00", 8), kShape),
                      "x.bin: error: number 0 is not finite");
    CHECK(fault("") == "is no NumPy file");
    CHECK(fault(kRaw + kRaw) == "is no NumPy file");
    CHECK(fault(npy("x", 4)) == "is of version 4 of the NumPy format (1 to 3 are read)");
    CHECK(fault(npy("{'descr': '<f4'}").substr(0, 15)) == "its NumPy header is cut off");
    CHECK(fault(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 2)}")) ==
          "holds '<f8', not little-endian float32 ('<f4')");
    CHECK(fault(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1, 2)}")) ==
          "is stored column by column (fortran_order), not row by row");
    CHECK(fault(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1)}")) ==
          "is of shape (2,1,1), not (1, 1, 2)");
    CHECK(fault(npy("{'descr': '<f4', 'fortran_order': False}")) == "the NumPy header has no shape");
}

TEST_CASE("a folder's files are read in the order of their names", "[bundle][calibration]") {
    const Folder scratch;
    const std::string folder = scratch.path().string();
    CHECK_THROWS_WITH(read_samples(folder, kShape),
                      folder + ": error: has no file that ends in .bin or .npy");
    scratch.write("b.bin", kRaw);
    scratch.write("a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2), }"));
    scratch.write("notes.txt", "no input");
    const auto inputs = read_samples(folder, kShape);
    REQUIRE(inputs.size() == 2);
    CHECK(inputs[0].sha256 != inputs[1].sha256);
    scratch.write("c.bin", kRaw + kRaw);
    scratch.write("d.bin", "");
    try {
        (void)read_samples(folder, kShape);
        FAIL("bad files were taken");
    } catch (const InputError& error) {
        REQUIRE(error.faults().size() == 2);
        CHECK_THAT(format_fault(error.faults()[0]), Catch::StartsWith(folder + "/c.bin: error: "));
        CHECK_THAT(format_fault(error.faults()[1]), Catch::StartsWith(folder + "/d.bin: error: "));
    }
    CHECK_THROWS_AS(read_samples(folder + "/none", kShape), InputError);
}
