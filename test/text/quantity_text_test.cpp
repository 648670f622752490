// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/quantity_text.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <tuple>
#include <vector>

using namespace cleave;

namespace {

double value(std::string_view text, Dimension dimension, Zero zero = Zero::forbidden) {
    const auto result = read_quantity(text, dimension, zero);
    INFO(text << ": " << (result.index() == 1 ? std::get<1>(result) : ""));
    REQUIRE(result.index() == 0);
    return std::get<0>(result);
}

std::string fault(std::string_view text, Dimension dimension, Zero zero = Zero::forbidden) {
    const auto result = read_quantity(text, dimension, zero);
    INFO(text);
    REQUIRE(result.index() == 1);
    return std::get<1>(result);
}

}  // namespace

TEST_CASE("quantities are read to SI units, rounded once", "[text][quantity]") {
    // 0.35 * 1e-3 is not the double nearest to 0.00035; the reader must give the nearest.
    CHECK(value("0.35 ms", Dimension::time) == 0.00035);
    CHECK(value("7.6us", Dimension::time) == 7.6e-6);
    CHECK(value("1 s", Dimension::time) == 1.0);
    CHECK(value("109.7 ns", Dimension::time) == 109.7e-9);
    CHECK(value("76 MHz", Dimension::frequency) == 76e6);
    CHECK(value("76MHz", Dimension::frequency) == 76e6);
    CHECK(value("1.3   GHz", Dimension::frequency) == 1.3e9);
    CHECK(value("5e3 kHz", Dimension::frequency) == 5e6);
    CHECK(value("5e+1 Hz", Dimension::frequency) == 50);
    CHECK(value("221 mW", Dimension::power) == 0.221);
    CHECK(value("19.66 pJ/MAC", Dimension::energy_per_mac) == 19.66e-12);
    CHECK(value("0.252 nJ/B", Dimension::energy_per_byte) == 252e-12);
    CHECK(value("500 MB", Dimension::data_size) == 5e8);
    CHECK(value("2 GiB", Dimension::data_size) == 2147483648.0);
    CHECK(value("1.52 GB/s", Dimension::bandwidth) == 1.52e9);
    CHECK(value("154.3 GMAC/s", Dimension::mac_rate) == 154.3e9);
    CHECK(value("2.0 uW/ALM", Dimension::power_per_alm) == 2e-6);
    CHECK(value("0.40 mW/M20K", Dimension::power_per_m20k) == 4e-4);
    CHECK(value("0 s", Dimension::time, Zero::allowed) == 0);
}

TEST_CASE("a unit that is missing, wrong or unknown is told apart", "[text][quantity]") {
    CHECK(fault("100", Dimension::frequency) ==
          "'100' has no unit (a frequency such as '100 MHz' is needed)");
    CHECK(fault("100 W", Dimension::frequency) ==
          "'100 W' is a power (a frequency such as '100 MHz' is needed)");
    CHECK(fault("100 Mhz", Dimension::frequency) ==
          "'100 Mhz' has the unknown unit 'Mhz' (did you mean 'MHz'?; a frequency in Hz, kHz, MHz or GHz is "
          "needed)");
    CHECK(fault("16 parsecs", Dimension::time) ==
          "'16 parsecs' has the unknown unit 'parsecs' (a time in s, ms, us or ns is needed)");
    CHECK(fault("16 GB", Dimension::bandwidth) ==
          "'16 GB' is a data size (a bandwidth such as '2.5 GB/s' is needed)");
    // Nothing is suggested where several units are as near.
    CHECK(fault("1 THz", Dimension::frequency) ==
          "'1 THz' has the unknown unit 'THz' (a frequency in Hz, kHz, MHz or GHz is needed)");
    CHECK(fault("1 TB", Dimension::data_size).find("did you mean") == std::string::npos);
    CHECK(fault("1 GBs", Dimension::bandwidth).find("did you mean 'GB/s'?") != std::string::npos);
}

TEST_CASE("bits are refused with what they are in bytes", "[text][quantity]") {
    CHECK(fault("64Gb/s", Dimension::bandwidth) == "'64Gb/s' is in bits (8 GB/s is needed)");
    CHECK(fault("5Gbps", Dimension::bandwidth) == "'5Gbps' is in bits (0.625 GB/s is needed)");
    CHECK(fault("100 Mbit/s", Dimension::bandwidth) == "'100 Mbit/s' is in bits (12.5 MB/s is needed)");
    CHECK(fault("800 mbps", Dimension::bandwidth) == "'800 mbps' is in bits (100 MB/s is needed)");
    CHECK(fault("1 Tb/s", Dimension::bandwidth) == "'1 Tb/s' is in bits (125 GB/s is needed)");
    CHECK(fault("8 b/s", Dimension::bandwidth) == "'8 b/s' is in bits (1 B/s is needed)");
    CHECK(fault("16 Kbit", Dimension::data_size) == "'16 Kbit' is in bits (2 kB is needed)");
    CHECK(fault("-8 Gb/s", Dimension::bandwidth) ==
          "'-8 Gb/s' is in bits (a bandwidth such as '2.5 GB/s' is needed)");
}

TEST_CASE("numbers that no device has are refused", "[text][quantity]") {
    for (const char* text : {"-1 W", "-0 W"}) {
        CHECK(fault(text, Dimension::power, Zero::allowed).find("is negative") != std::string::npos);
    }
    for (const char* text : {".nan W", "nan W", "NaN", "inf W", "-.inf W", "Infinity W"}) {
        CHECK(fault(text, Dimension::power).find("is not a finite number") != std::string::npos);
    }
    for (const char* text : {"", "fast", "W", "+5 W", "- 5 W", "0x10 W", "1_000 W", "1,5 W"}) {
        CAPTURE(text);
        CHECK(!fault(text, Dimension::power).empty());
    }
    CHECK(fault("0 W", Dimension::power) == "'0 W' is zero (a power such as '0.64 W' is needed)");
    CHECK(fault("010 W", Dimension::power).find("has a leading zero") != std::string::npos);
    for (const char* text : {"1e400 W", "1e99999999999 W", "1e300 W", "1e-300 W", "1e-400 W"}) {
        CHECK(fault(text, Dimension::power).find("is out of range") != std::string::npos);
    }
}

TEST_CASE("plain numbers are decimal and finite", "[text][quantity]") {
    CHECK(std::get<double>(read_number("-83.9")) == -83.9);
    CHECK(std::get<double>(read_number("0.7")) == 0.7);
    CHECK(std::get<double>(read_number("1e3")) == 1000);
    for (const char* text :
         {"", "1 ", " 1", "0x1p3", "1e", "--1", "nan", "inf", ".inf", "010", "1e999", "1.2.3", "1,2"}) {
        CAPTURE(text);
        CHECK(std::holds_alternative<std::string>(read_number(text)));
    }
}
