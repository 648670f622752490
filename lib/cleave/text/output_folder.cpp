// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/output_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

namespace cleave {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, int error) {
    throw WriteError(fmt::format("cannot write '{}': {}", path, std::strerror(error)));
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        fail(folder.string(), error.value());
    }
}

/// A file that removes itself unless it was renamed.
class Temporary {
public:
    explicit Temporary(std::string target) : target_(std::move(target)), path_(target_ + ".XXXXXX") {
        const int file = ::mkstemp(path_.data());
        if (file < 0) {
            fail(target_, errno);
        }
        file_ = file;
        // mkstemp makes the file private; results are as readable as any other file of the user's.
        const mode_t mask = ::umask(0);
        ::umask(mask);
        ::fchmod(file_, 0666 & ~mask);
    }
    Temporary(Temporary&& other) noexcept
        : target_(std::move(other.target_)),
          path_(std::move(other.path_)),
          file_(std::exchange(other.file_, -1)) {
        other.path_.clear();
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary() {
        close();
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    void write(std::string_view content) {
        while (!content.empty()) {
            const ssize_t count = ::write(file_, content.data(), content.size());
            if (count < 0 && errno != EINTR) {
                fail(target_, errno);
            }
            content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        }
        if (::fsync(file_) != 0) {
            fail(target_, errno);
        }
        close();
    }

    void rename() {
        if (::rename(path_.c_str(), target_.c_str()) != 0) {
            fail(target_, errno);
        }
        path_.clear();
    }

private:
    void close() {
        if (file_ >= 0) {
            ::close(std::exchange(file_, -1));
        }
    }
    std::string target_;
    std::string path_;
    int file_ = -1;
};

}  // namespace

void write_file(const std::string& path, std::string_view content) {
    Temporary file(path);
    file.write(content);
    file.rename();
}

void OutputFolder::replace_all(std::string name, std::string prefix, std::string suffix) {
    sweeps_.push_back({std::move(name), std::move(prefix), std::move(suffix)});
}

void OutputFolder::commit() const {
    std::vector<Temporary> written;
    std::set<fs::path> fresh;
    for (const auto& [name, content] : files_) {
        const fs::path target = fs::path(path_) / name;
        make_folder(target.parent_path());
        written.emplace_back(target.string());
        written.back().write(content);
        fresh.insert(target);
    }
    for (Temporary& file : written) {
        file.rename();
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
    }
}

}  // namespace cleave
