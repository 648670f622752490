// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/disk.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

/// Contents of files by name; names may have folders in them.
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

/// Writes a file under a temporary name beside it, flushes it to the disk and renames it: readers see the old
/// content or the new, never a part. A device or pipe of that name is written into. @throws WriteError
void write_file(const std::string& path, std::string_view content);

/// Files to be written to a folder together.
class OutputFolder {
public:
    explicit OutputFolder(std::string path) : path_(std::move(path)) {}

    /// Whether the folder can be written to, as far as can be told before there is something to write: it, or
    /// the nearest folder above it that exists, is one and is writable. @throws WriteError
    void require_writable() const;

    /// Adds a file; `name` may have folders in it.
    void add(std::string name, std::string content) {
        files_.emplace_back(std::move(name), std::move(content));
    }

    /// Removes files of an earlier run that this one does not replace: regular files in the sub-folder `name`
    /// whose names start with `prefix` and end with `suffix`; and the sub-folder, if nothing is left in it.
    void replace_all(std::string name, std::string prefix, std::string suffix);

    /// Writes every file under its temporary name first, and only when all are written renames them, in the
    /// order they were added: a full disk leaves earlier results as they were. @throws WriteError
    void commit() const;

private:
    struct Sweep {
        std::string folder;
        std::string prefix;
        std::string suffix;
    };
    std::string path_;
    NamedFiles files_;
    std::vector<Sweep> sweeps_;
};

}  // namespace cleave
