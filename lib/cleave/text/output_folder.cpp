// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/output_folder.hpp"

#include "cleave/text/disk.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// A file written beside its target, which removes itself unless it was put in its place.
class Temporary {
public:
    Temporary(fs::path target, std::string_view content) : target_(std::move(target)) {
        for (unsigned number = 0; path_.empty(); ++number) {
            const fs::path free = target_.string() + fmt::format(".{:06}", number);
            if (write_new_file(free, content, target_)) {
                path_ = free;
            }
        }
    }
    Temporary(Temporary&& other) noexcept
        : target_(std::move(other.target_)), path_(std::exchange(other.path_, {})) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary() {
        std::error_code ignored;
        if (!path_.empty()) {
            fs::remove(path_, ignored);
        }
    }

    void put_in_place() {
        move(path_, target_);
        path_.clear();
    }

private:
    fs::path target_;
    fs::path path_;
};

}  // namespace

void write_file(const std::string& path, std::string_view content) {
    if (is_special(path)) {
        write_into(path, content);
        return;
    }
    Temporary(path, content).put_in_place();
    flush_folder(fs::path(path).parent_path());
}

void OutputFolder::require_writable() const {
    std::error_code error;
    fs::path nearest = fs::absolute(path_, error);
    while (!fs::exists(nearest, error) && nearest.has_relative_path()) {
        nearest = nearest.parent_path();
    }
    const bool is_folder = fs::is_directory(nearest, error);
    if (!is_folder || ::access(nearest.c_str(), W_OK | X_OK) != 0) {
        fail_to_write(path_, is_folder ? errno : ENOTDIR);
    }
}

void OutputFolder::replace_all(std::string name, std::string prefix, std::string suffix) {
    sweeps_.push_back({std::move(name), std::move(prefix), std::move(suffix)});
}

void OutputFolder::commit() const {
    std::vector<Temporary> written;
    std::set<fs::path> fresh;
    std::set<fs::path> folders;
    for (const auto& [name, content] : files_) {
        const fs::path target = fs::path(path_) / name;
        if (folders.insert(target.parent_path()).second) {
            make_folder(target.parent_path());
        }
        written.emplace_back(target, content);
        fresh.insert(target);
    }
    for (Temporary& file : written) {
        file.put_in_place();
    }
    for (const fs::path& folder : folders) {
        flush_folder(folder);
    }
    for (const Sweep& sweep : sweeps_) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(fs::path(path_) / sweep.folder, error)) {
            const std::string name = entry.path().filename().string();
            const bool ours = name.starts_with(sweep.prefix) && name.ends_with(sweep.suffix);
            if (ours && entry.is_regular_file(error) && fresh.count(entry.path()) == 0) {
                fs::remove(entry.path(), error);
            }
        }
        // A folder of which nothing is left goes as well; others stay.
        fs::remove(fs::path(path_) / sweep.folder, error);
    }
}

}  // namespace cleave
