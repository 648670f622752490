// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

/// A place in an input. The file name is shared by all places of one file.
struct Place {
    std::shared_ptr<const std::string> file;
    int line = 1;
    int column = 1;
};

/// The place of a byte of a file's text.
[[nodiscard]] Place place_of(std::string_view text, std::size_t offset,
                             std::shared_ptr<const std::string> file);

/// In place of a line, for files that have none.
inline constexpr int kNoLine = 0;

/// Something wrong in an input: where (1-based line and column, columns in bytes), which value, what is wrong
/// and what would be right.
struct Fault {
    std::string file;
    int line = 1;
    int column = 1;
    /// Path of the value in the document ("fpga.clock"); empty for the document as a whole.
    std::string path;
    std::string message;

    friend bool operator==(const Fault&, const Fault&) = default;
};

/// A fault, or several, of a file as a whole.
[[nodiscard]] Fault file_fault(std::string file, std::string message);
[[nodiscard]] std::vector<Fault> file_faults(const std::string& file,
                                             const std::vector<std::string>& messages);

/// `file:line:column: error: path: message`, or `file: error: message` where there is no line; control
/// characters escaped.
[[nodiscard]] std::string format_fault(const Fault& fault);

/// Faults of one or more inputs, collected while reading goes on.
class FaultList {
public:
    void add(Fault fault) { faults_.push_back(std::move(fault)); }
    void add(const std::vector<Fault>& faults) {
        faults_.insert(faults_.end(), faults.begin(), faults.end());
    }
    void add(const Place& place, std::string path, std::string message);

    [[nodiscard]] bool empty() const { return faults_.empty(); }
    [[nodiscard]] std::size_t size() const { return faults_.size(); }
    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
    /// @throws InputError with all faults, if there are any.
    void throw_if_any() const;

private:
    std::vector<Fault> faults_;
};

/// An input that cannot be used, with everything that is wrong with it.
class InputError : public std::exception {
public:
    explicit InputError(std::vector<Fault> faults);
    explicit InputError(Fault fault) : InputError(std::vector<Fault>{std::move(fault)}) {}

    /// Sorted by file, line and column; the same fault is listed once.
    [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
    /// One line for each fault.
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    std::vector<Fault> faults_;
    std::string text_;
};

}  // namespace cleave
