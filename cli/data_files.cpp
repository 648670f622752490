// SPDX-License-Identifier: Apache-2.0
#include "data_files.hpp"

#include "cleave/config/read_onnx_network.hpp"
#include "cleave/text/fault.hpp"
#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace cleave::cli {

namespace fs = std::filesystem;

std::vector<std::string> list_names(const Session& session, const std::string& folder) {
    std::set<std::string> names;
    for (const std::string& dir : session.data_dirs) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(fs::path(dir) / folder, error)) {
            if (entry.path().extension() == ".yaml") {
                names.insert(entry.path().stem().string());
            }
        }
    }
    return {names.begin(), names.end()};
}

std::string find_file(const Session& session, const std::string& folder, const std::string& name) {
    if (name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml") ||
        name.ends_with(".onnx")) {
        return name;
    }
    for (const std::string& dir : session.data_dirs) {
        const fs::path file = fs::path(dir) / folder / (name + ".yaml");
        std::error_code error;
        if (fs::is_regular_file(file, error)) {
            return file.string();
        }
    }
    throw InputError(
        Fault{"command line", 1, 1, "",
              fmt::format("there is no {} {}", folder == "network_specs" ? "network" : "model",
                          quote(name) + " " + hint(name, list_names(session, folder), "available"))});
}

std::string front_path(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error) ? (fs::path(path) / "front.json").string() : path;
}

void require_config(const Session& session, const std::string& path) {
    std::error_code error;
    if (path.empty() || path.find('/') != std::string::npos || fs::exists(path, error)) {
        return;
    }
    const std::string name = path.ends_with(".yaml") ? path : path + ".yaml";
    std::vector<fs::path> folders{"."};
    folders.insert(folders.end(), session.data_dirs.begin(), session.data_dirs.end());
    for (const fs::path& folder : folders) {
        const fs::path meant = (folder == "." ? fs::path("configs") : folder / "configs") / name;
        if (fs::is_regular_file(meant, error)) {
            throw InputError(file_fault(
                path, fmt::format("there is no such file (did you mean {}?)", quote(meant.string()))));
        }
    }
}

NetworkFile load_with_shapes(const std::string& path, const std::vector<std::string>& input_shapes) {
    FaultList faults;
    const auto shapes = parse_input_shapes(input_shapes, faults);
    faults.throw_if_any();
    return load_network(path, shapes);
}

}  // namespace cleave::cli
