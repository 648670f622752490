// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/quantity_text.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <vector>

namespace cleave {
namespace {

struct Unit {
    std::string name;
    /// SI value of one unit: factor * 10^exponent.
    int exponent = 0;
    double factor = 1;
};

struct DimensionInfo {
    Dimension dimension;
    std::string noun;
    std::string example;
    std::vector<Unit> units;
    /// Bounds in SI units that no device comes near; they keep sums and quotients of quantities finite.
    double least;
    double most;
    std::string range;
};

const std::vector<DimensionInfo>& dimensions() {
    static const std::vector<DimensionInfo> table{
        {Dimension::time,
         "a time",
         "13 us",
         {{"s", 0}, {"ms", -3}, {"us", -6}, {"ns", -9}},
         1e-15,
         1e6,
         "0.000001 ns to 1000000 s"},
        {Dimension::frequency,
         "a frequency",
         "100 MHz",
         {{"Hz", 0}, {"kHz", 3}, {"MHz", 6}, {"GHz", 9}},
         1,
         1e12,
         "1 Hz to 1000 GHz"},
        {Dimension::power,
         "a power",
         "0.64 W",
         {{"W", 0}, {"mW", -3}, {"uW", -6}},
         1e-12,
         1e6,
         "0.000001 uW to 1000000 W"},
        {Dimension::energy,
         "an energy",
         "5 mJ",
         {{"J", 0}, {"mJ", -3}, {"uJ", -6}, {"nJ", -9}, {"pJ", -12}},
         1e-18,
         1e6,
         "0.000001 pJ to 1000000 J"},
        {Dimension::data_size,
         "a data size",
         "500 MB",
         {{"B", 0},
          {"kB", 3},
          {"MB", 6},
          {"GB", 9},
          {"KiB", 0, 0x1p10},
          {"MiB", 0, 0x1p20},
          {"GiB", 0, 0x1p30}},
         1,
         1e15,
         "1 B to 1000000 GB"},
        {Dimension::bandwidth,
         "a bandwidth",
         "2.5 GB/s",
         {{"B/s", 0}, {"kB/s", 3}, {"MB/s", 6}, {"GB/s", 9}},
         1,
         1e15,
         "1 B/s to 1000000 GB/s"},
        {Dimension::mac_rate,
         "a rate of multiply-accumulates",
         "154 GMAC/s",
         {{"MAC/s", 0}, {"MMAC/s", 6}, {"GMAC/s", 9}, {"TMAC/s", 12}},
         1,
         1e18,
         "1 MAC/s to 1000000 TMAC/s"},
        {Dimension::energy_per_mac,
         "an energy per multiply-accumulate",
         "19.7 pJ/MAC",
         {{"pJ/MAC", -12}, {"nJ/MAC", -9}},
         1e-18,
         1,
         "0.000001 pJ/MAC to 1000000000 nJ/MAC"},
        {Dimension::energy_per_byte,
         "an energy per byte",
         "150 pJ/B",
         {{"pJ/B", -12}, {"nJ/B", -9}},
         1e-18,
         1,
         "0.000001 pJ/B to 1000000000 nJ/B"},
        {Dimension::power_per_alm,
         "a power per ALM",
         "2.0 uW/ALM",
         {{"mW/ALM", -3}, {"uW/ALM", -6}},
         1e-12,
         1,
         "0.000001 uW/ALM to 1000 mW/ALM"},
        {Dimension::power_per_m20k,
         "a power per M20K block",
         "0.40 mW/M20K",
         {{"mW/M20K", -3}, {"uW/M20K", -6}},
         1e-12,
         1,
         "0.000001 uW/M20K to 1000 mW/M20K"},
        {Dimension::power_per_dsp,
         "a power per DSP block",
         "0.95 mW/DSP",
         {{"mW/DSP", -3}, {"uW/DSP", -6}},
         1e-12,
         1,
         "0.000001 uW/DSP to 1000 mW/DSP"},
    };
    return table;
}

const DimensionInfo& info(Dimension dimension) { return dimensions()[static_cast<std::size_t>(dimension)]; }

const Unit* find_unit(const DimensionInfo& dimension, std::string_view name) {
    for (const Unit& unit : dimension.units) {
        if (unit.name == name) {
            return &unit;
        }
    }
    return nullptr;
}

std::string unit_list(const DimensionInfo& dimension) {
    std::string list;
    for (std::size_t i = 0; i < dimension.units.size(); ++i) {
        list += i == 0 ? "" : i + 1 == dimension.units.size() ? " or " : ", ";
        list += dimension.units[i].name;
    }
    return list;
}

/// The number at the start of the text: its length, or 0. Only digits, one point and an exponent belong to
/// it, so that the "e" of a unit never does.
std::size_t number_length(std::string_view text) {
    const std::size_t start = text.substr(0, 1) == "-" ? 1 : 0;
    if (text.size() == start || (text[start] != '.' && (text[start] < '0' || text[start] > '9'))) {
        return 0;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc::invalid_argument ? 0 : static_cast<std::size_t>(end - text.data());
}

bool has_leading_zero(std::string_view number) {
    const std::size_t start = number.substr(0, 1) == "-" ? 1 : 0;
    return number.size() > start + 1 && number[start] == '0' && number[start + 1] >= '0' &&
           number[start + 1] <= '9';
}

/// number * 10^exponent, rounded once; nothing if it is beyond the range of a double.
std::optional<double> scaled(std::string_view number, int exponent) {
    const std::size_t e = number.find_first_of("eE");
    const std::string_view mantissa = number.substr(0, e);
    if (e != std::string_view::npos) {
        std::string_view digits = number.substr(e + 1);
        digits.remove_prefix(digits.substr(0, 1) == "+" ? 1 : 0);
        int given = 0;
        if (std::from_chars(digits.data(), digits.data() + digits.size(), given).ec != std::errc() ||
            given > 1000 || given < -1000) {
            return std::nullopt;
        }
        exponent += given;
    }
    const std::string text = fmt::format("{}e{}", mantissa, exponent);
    double value = 0;
    const bool good = std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
    return good && std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

bool is_not_finite(std::string_view text) {
    text.remove_prefix(text.substr(0, 1) == "-" || text.substr(0, 1) == "+" ? 1 : 0);
    text.remove_prefix(text.substr(0, 1) == "." ? 1 : 0);
    static const std::vector<std::string> names{"nan", "NaN", "NAN",      "inf",
                                                "Inf", "INF", "infinity", "Infinity"};
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return text == name || text.starts_with(name + " "); });
}

/// A unit that counts bits, such as Gb/s, Gbps or Mbit, but not Gb, which is more
/// often a slip for GB: 1000 to the power of how much; nothing if it does
/// not.
std::optional<int> bits_power(std::string_view name, Dimension dimension) {
    constexpr std::string_view kPrefixes = "kMGT";
    const bool lower_case = name.ends_with("bps") || name.ends_with("bit") || name.ends_with("bit/s");
    int power = 0;
    if (!name.empty() && name.front() != 'b') {
        const char prefix =
            name.front() == 'K' || (lower_case && kPrefixes.find(name.front()) == std::string_view::npos)
                ? static_cast<char>(name.front() ^ 0x20)
                : name.front();
        const std::size_t found = kPrefixes.find(prefix);
        if (found == std::string_view::npos) {
            return std::nullopt;
        }
        power = static_cast<int>(found) + 1;
        name.remove_prefix(1);
    }
    const bool bits = dimension == Dimension::bandwidth
                          ? name == "b/s" || name == "bps" || name == "bit/s" || name == "bits/s"
                          : dimension == Dimension::data_size && (name == "bit" || name == "bits");
    return bits ? std::optional(power) : std::nullopt;
}

/// That many bits in bytes: "8 GB/s".
std::string bits_in_bytes(std::string_view number, int power, Dimension dimension) {
    static const std::vector<std::string> kUnits{"B", "kB", "MB", "GB"};
    const int unit = std::min(power, 3);
    const double bytes = scaled(number, 3 * (power - unit)).value_or(0) / 8;
    return fmt::format("{:g} {}{}", bytes, kUnits[static_cast<std::size_t>(unit)],
                       dimension == Dimension::bandwidth ? "/s" : "");
}

/// The unit that was probably meant: nothing where several are as near, as for THz.
std::optional<std::string> likely_unit(std::string_view name, const DimensionInfo& wanted) {
    std::vector<std::string> names;
    for (const Unit& unit : wanted.units) {
        names.push_back(unit.name);
    }
    const std::optional<std::string> near = nearest(name, names);
    if (near) {
        std::erase(names, *near);
        const std::optional<std::string> next = nearest(name, names);
        if (next && next->size() == near->size() && near->size() == name.size() &&
            std::tolower(static_cast<unsigned char>(name.front())) !=
                std::tolower(static_cast<unsigned char>(near->front()))) {
            return std::nullopt;
        }
    }
    return near;
}

std::string wrong_unit(std::string_view text, std::string_view name, const DimensionInfo& wanted) {
    const std::string needed = needed_text(wanted.dimension);
    if (name.empty()) {
        return fmt::format("{} has no unit {}", quote(text), needed);
    }
    const auto& all = dimensions();
    const auto other = std::find_if(all.begin(), all.end(),
                                    [&](const DimensionInfo& d) { return find_unit(d, name) != nullptr; });
    if (other != all.end()) {
        return fmt::format("{} is {} {}", quote(text), other->noun, needed);
    }
    if (const auto power = bits_power(name, wanted.dimension)) {
        const std::string_view number = text.substr(0, number_length(text));
        return number.front() == '-' || has_leading_zero(number)
                   ? fmt::format("{} is in bits {}", quote(text), needed)
                   : fmt::format("{} is in bits ({} is needed)", quote(text),
                                 bits_in_bytes(number, *power, wanted.dimension));
    }
    const std::optional<std::string> near = likely_unit(name, wanted);
    return fmt::format("{} has the unknown unit {} ({}{} in {} is needed)", quote(text), quote(name),
                       near ? fmt::format("did you mean '{}'?; ", *near) : "", wanted.noun,
                       unit_list(wanted));
}

}  // namespace

std::string needed_text(Dimension dimension) {
    return fmt::format("({} such as '{}' is needed)", info(dimension).noun, info(dimension).example);
}

std::variant<double, std::string> read_quantity(std::string_view text, Dimension dimension, Zero zero) {
    const DimensionInfo& wanted = info(dimension);
    const std::string needed = needed_text(dimension);
    const std::size_t length = number_length(text);
    if (length == 0) {
        return fmt::format("{} is not {} {}", quote(text),
                           is_not_finite(text) ? "a finite number" : "a number with a unit", needed);
    }
    const std::string_view number = text.substr(0, length);
    std::string_view name = text.substr(length);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    const Unit* unit = find_unit(wanted, name);
    if (unit == nullptr) {
        return wrong_unit(text, name, wanted);
    }
    if (has_leading_zero(number)) {
        return fmt::format("{} has a leading zero {}", quote(text), needed);
    }
    if (number.front() == '-') {
        return fmt::format("{} is negative {}", quote(text), needed);
    }
    const std::optional<double> scaled_value = scaled(number, unit->exponent);
    const double value = scaled_value.value_or(wanted.most) * unit->factor;
    if (scaled_value && value == 0 && zero == Zero::forbidden) {
        return fmt::format("{} is zero {}", quote(text), needed);
    }
    if (!scaled_value || value > wanted.most || (value < wanted.least && value != 0)) {
        return fmt::format("{} is out of range ({} from {} is needed)", quote(text), wanted.noun,
                           wanted.range);
    }
    return value;
}

std::variant<double, std::string> read_number(std::string_view text) {
    const std::size_t length = number_length(text);
    if (length == 0 || length != text.size()) {
        return fmt::format("{} is not {}", quote(text), is_not_finite(text) ? "finite" : "a number");
    }
    if (has_leading_zero(text)) {
        return fmt::format("{} has a leading zero", quote(text));
    }
    const std::optional<double> value = scaled(text, 0);
    return value ? std::variant<double, std::string>(*value) : fmt::format("{} is out of range", quote(text));
}

}  // namespace cleave
