// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/output_folder.hpp"

#include <string>
#include <vector>

namespace cleave {

/// Keeps others from writing to a folder, which is made if it is not there. The system lets go of the lock
/// when the process ends, however it does. @throws WriteError if another one holds it
class FolderLock {
public:
    explicit FolderLock(const std::string& folder);
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    ~FolderLock();

private:
    int file_ = -1;
};

/// The results of a sweep in DIR: the folders DIR/cases/NAME, and files beside. Each is there as a whole or
/// not at all, whenever the process is killed; what was unfinished then lies in DIR/.unfinished.
class CaseStore {
public:
    /// @param folder  DIR, which its user has locked. What a killed process left unfinished is removed.
    /// @throws WriteError
    explicit CaseStore(std::string folder);

    [[nodiscard]] std::string path(const std::string& name) const;
    /// Writes a case beside, flushes it to the disk and puts it in place of an earlier one of that name. May
    /// be called by several threads for different names. @throws WriteError; then the earlier one is still
    /// there
    void put(const std::string& name, const NamedFiles& files) const;
    /// Writes files of DIR itself, such as an index: none is replaced before all are written and flushed.
    /// @throws WriteError
    void put_files(const NamedFiles& files) const;
    /// Names of all folders that are there, sorted.
    [[nodiscard]] std::vector<std::string> names() const;
    /// Removes a case if it is there. @throws WriteError
    void remove(const std::string& name) const;
    /// Removes what only unfinished cases need.
    void close() const;

private:
    [[nodiscard]] std::string unfinished(const std::string& name) const;

    std::string folder_;
};

}  // namespace cleave
