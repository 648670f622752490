// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/case_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

namespace cleave {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCases = "cases";
constexpr const char* kUnfinished = ".unfinished";
constexpr const char* kLock = ".lock";
constexpr const char* kReplaced = ".replaced";
/// No case has a name that begins so.
constexpr const char* kFiles = ".files";

[[noreturn]] void fail(const fs::path& path, int error) {
    throw WriteError(fmt::format("cannot write '{}': {}", path.string(), std::strerror(error)));
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        fail(folder, error.value());
    }
}

void erase(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
        fail(path, error.value());
    }
}

/// Renames a file, or a folder to a name that is not taken.
void move(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        fail(to, errno);
    }
}

/// A file or folder that is closed at the end.
class Descriptor {
public:
    Descriptor(const fs::path& path, int flags) : path_(path), number_(::open(path.c_str(), flags, 0666)) {
        if (number_ < 0) {
            fail(path_, errno);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { ::close(number_); }

    void write(std::string_view content) const {
        while (!content.empty()) {
            const ssize_t count = ::write(number_, content.data(), content.size());
            if (count < 0 && errno != EINTR) {
                fail(path_, errno);
            }
            content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        }
    }
    void flush() const {
        // Some file systems cannot flush folders; they have nothing to flush then.
        if (::fsync(number_) != 0 && errno != EINVAL) {
            fail(path_, errno);
        }
    }

private:
    fs::path path_;
    int number_;
};

void flush_folder(const fs::path& folder) { Descriptor(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC).flush(); }

void write_files(const fs::path& folder, const NamedFiles& files) {
    std::set<fs::path> folders{folder};
    for (const auto& [name, content] : files) {
        const fs::path path = folder / name;
        if (folders.insert(path.parent_path()).second) {
            make_folder(path.parent_path());
        }
        const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
        file.write(content);
        file.flush();
    }
    for (const fs::path& one : folders) {
        flush_folder(one);
    }
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
    make_folder(folder);
    const fs::path path = fs::path(folder) / kLock;
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) {
        fail(path, errno);
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        ::close(file_);
        if (error == EWOULDBLOCK) {
            throw WriteError(
                fmt::format("cannot write '{}': another sweep or merge is writing to it", folder));
        }
        fail(path, error);
    }
}

FolderLock::~FolderLock() { ::close(file_); }

CaseStore::CaseStore(std::string folder) : folder_(std::move(folder)) {
    erase(fs::path(folder_) / kUnfinished);
    make_folder(fs::path(folder_) / kCases);
}

std::string CaseStore::path(const std::string& name) const {
    return (fs::path(folder_) / kCases / name).string();
}

std::string CaseStore::unfinished(const std::string& name) const {
    return (fs::path(folder_) / kUnfinished / name).string();
}

void CaseStore::put(const std::string& name, const NamedFiles& files) const {
    const fs::path target = path(name);
    const fs::path fresh = unfinished(name);
    try {
        make_folder(fresh);
        write_files(fresh, files);
        std::error_code error;
        if (fs::exists(fs::symlink_status(target, error))) {
            // A folder cannot be renamed over one that has files. Killed in between, the case is redone.
            move(target, unfinished(name + kReplaced));
        }
        move(fresh, target);
    } catch (const WriteError&) {
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        throw;
    }
    flush_folder(target.parent_path());
    erase(unfinished(name + kReplaced));
}

void CaseStore::put_files(const NamedFiles& files) const {
    const fs::path fresh = unfinished(kFiles);
    try {
        make_folder(fresh);
        write_files(fresh, files);
        for (const auto& [name, content] : files) {
            move(fresh / name, fs::path(folder_) / name);
        }
    } catch (const WriteError&) {
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        throw;
    }
    flush_folder(folder_);
    erase(fresh);
}

std::vector<std::string> CaseStore::names() const {
    std::vector<std::string> found;
    std::error_code error;
    for (fs::directory_iterator it(fs::path(folder_) / kCases, error), end; !error && it != end;
         it.increment(error)) {
        found.push_back(it->path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

void CaseStore::remove(const std::string& name) const {
    make_folder(fs::path(folder_) / kUnfinished);
    move(path(name), unfinished(name));
    erase(unfinished(name));
}

void CaseStore::close() const { erase(fs::path(folder_) / kUnfinished); }

}  // namespace cleave
