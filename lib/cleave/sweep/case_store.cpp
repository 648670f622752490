// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/case_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

void erase(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) {
        fail_to_write(path, error.value());
    }
}

void write_files(const fs::path& folder, const NamedFiles& files) {
    std::set<fs::path> folders{folder};
    for (const auto& [name, content] : files) {
        const fs::path path = folder / name;
        if (folders.insert(path.parent_path()).second) {
            make_folder(path.parent_path());
        }
        if (!write_new_file(path, content, path)) {
            fail_to_write(path, EEXIST);
        }
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
        fail_to_write(path, errno);
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        ::close(file_);
        if (error == EWOULDBLOCK) {
            throw WriteError(
                fmt::format("cannot write '{}': another sweep or merge is writing to it", folder));
        }
        fail_to_write(path, error);
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
