// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace cleave {

/// A file could not be written; what() names it and gives the system's reason.
class WriteError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// @param error  as in errno
[[noreturn]] void fail_to_write(const std::filesystem::path& path, int error);

/// Makes a folder, and those that it lies in, where there are none. @throws WriteError
void make_folder(const std::filesystem::path& folder);

/// Writes a file that is not there yet and flushes it to the disk. It may be read and written by whom the
/// process's umask lets; on an error it is removed. @throws WriteError
/// @param shown  what messages call it
/// @return false, and nothing is done, if there is something of that name.
[[nodiscard]] bool write_new_file(const std::filesystem::path& path, std::string_view content,
                                  const std::filesystem::path& shown);

/// Whether a path is a device, a pipe or a socket: something to write into, which no file may replace.
[[nodiscard]] bool is_special(const std::filesystem::path& path);

/// Writes into something that is there. @throws WriteError
void write_into(const std::filesystem::path& path, std::string_view content);

/// Renames a file, or a folder to a name that is not taken. @throws WriteError
void move(const std::filesystem::path& from, const std::filesystem::path& to);

/// Flushes to the disk which files a folder has, where the system can do that. @throws WriteError
void flush_folder(const std::filesystem::path& folder);

}  // namespace cleave
