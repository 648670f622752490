// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cleave {

/// A file's content is not what it should be; one message for each fault, without the file's name.
class FormatError : public std::runtime_error {
public:
    explicit FormatError(std::vector<std::string> messages)
        : std::runtime_error(messages.empty() ? "bad format" : messages.front()),
          messages_(std::move(messages)) {}
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

private:
    std::vector<std::string> messages_;
};

}  // namespace cleave
