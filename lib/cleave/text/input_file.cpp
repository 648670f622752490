// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/input_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace cleave {

std::string fault_line(const std::string& path, const std::string& message) {
    return path + ": error: " + message;
}

std::vector<std::string> fault_lines(const std::string& path, const std::vector<std::string>& messages) {
    std::vector<std::string> lines;
    for (const std::string& message : messages) {
        lines.push_back(fault_line(path, message));
    }
    return lines;
}

std::string read_input_file(const std::string& path, std::size_t most) {
    const auto fail = [&](const std::string& why) {
        throw FormatError({fault_line(path, "cannot read the file: " + why)});
    };
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        fail("it is a directory");
    }
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        fail(errno != 0 ? std::generic_category().message(errno) : "it cannot be opened");
    }
    std::string bytes;
    std::array<char, 65536> piece{};
    while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
        bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        if (bytes.size() > most) {
            fail(fmt::format("it is larger than {} bytes", most));
        }
    }
    if (file.bad()) {
        fail("reading failed");
    }
    return bytes;
}

}  // namespace cleave
