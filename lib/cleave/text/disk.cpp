// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace cleave {
namespace {

namespace fs = std::filesystem;

/// An open file or folder; closed at the end.
class Descriptor {
public:
    Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (is_open()) {
            ::close(number_);
        }
    }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    /// These return false with errno set.
    [[nodiscard]] bool write(std::string_view content) const {
        while (!content.empty()) {
            const ssize_t count = ::write(number_, content.data(), content.size());
            if (count < 0 && errno != EINTR) {
                return false;
            }
            content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        }
        return true;
    }
    /// Some file systems cannot flush folders; they have nothing to flush then.
    [[nodiscard]] bool flush() const { return ::fsync(number_) == 0 || errno == EINVAL; }

private:
    int number_;
};

}  // namespace

void fail_to_write(const fs::path& path, int error) {
    throw WriteError(fmt::format("cannot write '{}': {}", path.string(), std::strerror(error)));
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        fail_to_write(folder, error.value());
    }
}

bool write_new_file(const fs::path& path, std::string_view content, const fs::path& shown) {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open() && errno == EEXIST) {
        return false;
    }
    if (!file.is_open() || !file.write(content) || !file.flush()) {
        const int error = errno;
        if (file.is_open()) {
            ::unlink(path.c_str());
        }
        fail_to_write(shown, error);
    }
    return true;
}

bool is_special(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    return fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status);
}

void write_into(const fs::path& path, std::string_view content) {
    const Descriptor file(path, O_WRONLY);
    if (!file.is_open() || !file.write(content)) {
        fail_to_write(path, errno);
    }
}

void move(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        fail_to_write(to, errno);
    }
}

void flush_folder(const fs::path& folder) {
    const Descriptor descriptor(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
    // One may write to a folder that one may not read.
    const bool readable = descriptor.is_open() || errno != EACCES;
    if (readable && (!descriptor.is_open() || !descriptor.flush())) {
        fail_to_write(folder, errno);
    }
}

}  // namespace cleave
