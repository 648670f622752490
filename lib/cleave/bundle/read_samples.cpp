// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_samples.hpp"

#include "cleave/text/yaml_file.hpp"
#include "cleave/units/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <system_error>

namespace cleave {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNpyMagic("\x93NUMPY", 6);
/// More than a header of any map takes.
constexpr std::size_t kLongestHeader = 4096;

[[noreturn]] void fail(const std::string& file, std::string message) {
    throw InputError(file_fault(file, std::move(message)));
}

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

std::string dims_text(const Shape& s) { return fmt::format("({}, {}, {})", s.channels, s.height, s.width); }

/// What follows `'key':` in the header of a NumPy file, without blanks, up to the comma or brace that ends
/// it.
std::string header_value(const std::string& file, std::string_view header, const std::string& key) {
    const std::size_t at = header.find("'" + key + "':");
    if (at == std::string_view::npos) {
        fail(file, "the NumPy header has no " + key);
    }
    std::string value;
    int depth = 0;
    for (std::size_t i = at + key.size() + 3; i < header.size(); ++i) {
        const char c = header[i];
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && (c == ',' || c == '}')) {
            break;
        }
        if (c != ' ') {
            value += c;
        }
    }
    return value;
}

}  // namespace

Values read_raw_map(const std::string& file, std::string_view bytes, const Shape& shape) {
    const auto count = static_cast<std::size_t>(shape.elements());
    if (bytes.size() != 4 * count) {
        fail(file, fmt::format("has {} bytes, but float32 of shape {} take {}", bytes.size(),
                               dims_text(shape), 4 * count));
    }
    Values values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto value = std::bit_cast<float>(little_endian(bytes.substr(4 * i, 4)));
        if (!std::isfinite(value)) {
            fail(file, fmt::format("number {} is not finite", i));
        }
        values[i] = static_cast<double>(value);
    }
    return values;
}

Values read_npy_map(const std::string& file, std::string_view bytes, const Shape& shape) {
    if (!bytes.starts_with(kNpyMagic) || bytes.size() < 12) {
        fail(file, "is no NumPy file");
    }
    const int version = static_cast<unsigned char>(bytes[6]);
    if (version < 1 || version > 3) {
        fail(file, fmt::format("is of version {} of the NumPy format (1 to 3 are read)", version));
    }
    const std::size_t start = version == 1 ? 10 : 12;
    const std::size_t length = little_endian(bytes.substr(8, start - 8));
    if (length > kLongestHeader || bytes.size() < start + length) {
        fail(file, "its NumPy header is cut off");
    }
    const std::string_view header = bytes.substr(start, length);
    const std::string type = header_value(file, header, "descr");
    if (type != "'<f4'") {
        fail(file, fmt::format("holds {}, not little-endian float32 ('<f4')", type));
    }
    if (header_value(file, header, "fortran_order") != "False") {
        fail(file, "is stored column by column (fortran_order), not row by row");
    }
    std::string dims = header_value(file, header, "shape");
    const std::string three = fmt::format("({},{},{})", shape.channels, shape.height, shape.width);
    const std::string four = fmt::format("(1,{},{},{})", shape.channels, shape.height, shape.width);
    if (dims != three && dims != four) {
        fail(file, fmt::format("is of shape {}, not {}", dims, dims_text(shape)));
    }
    return read_raw_map(file, bytes.substr(start + length), shape);
}

std::vector<Sample> read_samples(const std::string& folder, const Shape& shape) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const std::string ending = it->path().extension().string();
        std::error_code unknown;
        const bool special = it->is_other(unknown);
        if ((ending == ".bin" || ending == ".npy") && !special) {
            paths.push_back(it->path());
        }
    }
    if (error) {
        fail(folder, "cannot read the folder: " + error.message());
    }
    if (paths.empty()) {
        fail(folder, "has no file that ends in .bin or .npy");
    }
    std::sort(paths.begin(), paths.end());
    FaultList faults;
    std::vector<Sample> samples;
    const auto most = 4 * static_cast<std::size_t>(shape.elements()) + kLongestHeader + 12;
    for (const fs::path& path : paths) {
        const std::string file = path.string();
        const std::optional<std::string> bytes = read_file(file, std::nullopt, faults, most);
        if (!bytes) {
            continue;
        }
        try {
            const auto read = path.extension() == ".npy" ? read_npy_map : read_raw_map;
            samples.push_back({read(file, *bytes, shape), sha256(*bytes)});
        } catch (const InputError& wrong) {
            faults.add(wrong.faults().front());
        }
    }
    faults.throw_if_any();
    return samples;
}

}  // namespace cleave
