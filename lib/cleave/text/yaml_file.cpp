// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/yaml_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace cleave {
namespace {

/// Bytes of the file, or why it cannot be read.
std::string read_bytes(const std::string& file_name, std::size_t most, std::string& bytes) {
    std::error_code error;
    if (std::filesystem::is_directory(file_name, error)) {
        return "it is a directory";
    }
    errno = 0;
    std::ifstream file(file_name, std::ios::binary);
    if (!file) {
        return errno != 0 ? std::generic_category().message(errno) : "it cannot be opened";
    }
    // In pieces, since neither a pipe nor a device tells its size.
    std::array<char, 65536> piece{};
    while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
        bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        if (bytes.size() > most) {
            constexpr std::size_t kMiB = std::size_t{1} << 20U;
            return most % kMiB == 0 ? fmt::format("it is larger than {} MiB", most / kMiB)
                                    : fmt::format("it is larger than {} bytes", most);
        }
    }
    return file.bad() ? "reading failed" : "";
}

}  // namespace

std::optional<std::string> read_file(const std::string& file_name, const std::optional<Reference>& reference,
                                     FaultList& faults, std::size_t most) {
    std::string bytes;
    const std::string wrong = read_bytes(file_name, most, bytes);
    if (wrong.empty()) {
        return bytes;
    }
    if (reference) {
        faults.add(reference->place, reference->path, fmt::format("cannot read '{}': {}", file_name, wrong));
    } else {
        faults.add({file_name, kNoLine, 0, "", "cannot read the file: " + wrong});
    }
    return std::nullopt;
}

std::optional<YamlFile> read_yaml_file(const std::string& file_name,
                                       const std::optional<Reference>& reference, FaultList& faults) {
    std::optional<std::string> bytes = read_file(file_name, reference, faults);
    if (!bytes) {
        return std::nullopt;
    }
    std::optional<Node> root = parse_yaml(*bytes, file_name, faults);
    if (!root) {
        return std::nullopt;
    }
    return YamlFile{std::move(*bytes), std::move(*root)};
}

}  // namespace cleave
