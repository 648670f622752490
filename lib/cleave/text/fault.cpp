// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/fault.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace cleave {

Place place_of(std::string_view text, std::size_t offset, std::shared_ptr<const std::string> file) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t line_end = before.rfind('\n');
    return {std::move(file), 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
            static_cast<int>(line_end == std::string_view::npos ? offset + 1 : offset - line_end)};
}

Fault file_fault(std::string file, std::string message) {
    return {std::move(file), kNoLine, 0, "", std::move(message)};
}

std::vector<Fault> file_faults(const std::string& file, const std::vector<std::string>& messages) {
    std::vector<Fault> faults;
    for (const std::string& message : messages) {
        faults.push_back(file_fault(file, message));
    }
    return faults;
}

std::string format_fault(const Fault& fault) {
    const std::string path = fault.path.empty() ? "" : printable(fault.path) + ": ";
    const std::string place = fault.line == kNoLine ? "" : fmt::format(":{}:{}", fault.line, fault.column);
    return fmt::format("{}{}: error: {}{}", printable(fault.file), place, path, printable(fault.message));
}

void FaultList::add(const Place& place, std::string path, std::string message) {
    add({place.file ? *place.file : std::string(), place.line, place.column, std::move(path),
         std::move(message)});
}

void FaultList::throw_if_any() const {
    if (!faults_.empty()) {
        throw InputError(faults_);
    }
}

InputError::InputError(std::vector<Fault> faults) : faults_(std::move(faults)) {
    std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    // A value behind several aliases is read several times and would be reported as often.
    std::vector<Fault> once;
    for (Fault& fault : faults_) {
        if (once.empty() || once.back().line != fault.line || once.back().file != fault.file ||
            std::find(once.begin(), once.end(), fault) == once.end()) {
            once.push_back(std::move(fault));
        }
    }
    faults_ = std::move(once);
    for (const Fault& fault : faults_) {
        text_ += (text_.empty() ? "" : "\n") + format_fault(fault);
    }
}

}  // namespace cleave
