// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/format_error.hpp"
#include "cleave/text/json.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

/// Reads JSON that comes from outside. Beyond what the grammar says, repeated keys and nesting deeper than 64
/// are faults. @throws FormatError
[[nodiscard]] Json parse_json(std::string_view text);

/// A value of a JSON document with its path; a getter that cannot give what is asked for adds a fault and
/// returns nothing, so that reading goes on.
class JsonField {
public:
    JsonField(const Json& value, std::string path, std::vector<std::string>& faults)
        : value_(&value), path_(std::move(path)), faults_(&faults) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const Json& value() const { return *value_; }
    [[nodiscard]] std::vector<std::string>& faults() const { return *faults_; }
    /// "path: message"
    void fault(const std::string& message) const;

    /// Nothing, without a fault, if the key is absent.
    [[nodiscard]] std::optional<JsonField> find(const std::string& key) const;
    [[nodiscard]] std::optional<JsonField> require(const std::string& key) const;
    [[nodiscard]] std::vector<JsonField> items() const;
    [[nodiscard]] std::optional<std::string> string() const;
    [[nodiscard]] std::optional<std::int64_t> integer(
        std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
    /// A finite number that is not negative.
    [[nodiscard]] std::optional<double> real() const;
    [[nodiscard]] std::optional<std::string> sha256() const;

    // The same of a key that must be there, with a value that does not matter if there is a fault.
    [[nodiscard]] std::string string(const std::string& key) const;
    [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t least) const;
    [[nodiscard]] double real(const std::string& key) const;
    [[nodiscard]] std::string sha256(const std::string& key) const;

private:
    const Json* value_;
    std::string path_;
    std::vector<std::string>* faults_;
};

}  // namespace cleave
