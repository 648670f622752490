// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/read_onnx_network.hpp"
#include "cleave/onnx/show_values.hpp"
#include "cleave/onnx/structure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// The file of this name inside a folder; nothing if there is none.
/// @throws OnnxError if the name, or a link that it leads through, leaves the folder
std::optional<fs::path> file_inside(const fs::path& folder, const std::string& name) {
    const fs::path relative(name);
    const bool leaves =
        relative.is_absolute() ||
        std::any_of(relative.begin(), relative.end(), [](const fs::path& part) { return part == ".."; });
    std::error_code error;
    const fs::path path = fs::canonical(folder / relative, error);
    if (!leaves && (error || name.empty() || name.find('\0') != std::string::npos)) {
        return std::nullopt;
    }
    const fs::path root = fs::canonical(folder, error);
    const auto [end, at] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    if (leaves || error || end != root.end() || !fs::is_regular_file(path, error)) {
        throw OnnxError({fmt::format("is stored in {}, which is no file inside the model's folder",
                                     cleave::quoted(name))});
    }
    return path;
}

}  // namespace

ExternalReader external_files(const std::string& file_name) {
    const fs::path folder = fs::path(file_name).parent_path();
    return [folder = folder.empty() ? fs::path(".")
                                    : folder](const ExternalData& data) -> std::optional<std::string> {
        const auto path = file_inside(folder, data.location);
        if (!path) {
            return std::nullopt;
        }
        std::error_code error;
        const std::uintmax_t size = fs::file_size(*path, error);
        if (error || data.offset > size || data.length > size - data.offset) {
            throw OnnxError(
                {fmt::format("is stored in {} at {} with {} bytes, beyond its end at {}",
                             cleave::quoted(data.location), data.offset, data.length, error ? 0 : size)});
        }
        std::string bytes(data.length, '\0');
        std::ifstream file(*path, std::ios::binary);
        file.seekg(static_cast<std::streamoff>(data.offset));
        file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!file) {
            throw OnnxError(
                {fmt::format("is stored in {}, which cannot be read", cleave::quoted(data.location))});
        }
        return bytes;
    };
}

std::string missing_weights(const std::vector<std::string>& names) {
    return fmt::format("the numbers of {} weight{} ({}) are neither in the file nor beside it", names.size(),
                       names.size() == 1 ? "" : "s", list_names(names));
}

}  // namespace cleave
