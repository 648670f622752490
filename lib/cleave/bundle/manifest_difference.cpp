// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/manifest_difference.hpp"

#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cleave {
namespace {

constexpr std::size_t kMostDifferences = 16;
constexpr std::size_t kLongestValue = 80;

/// Short, on one line, in ASCII: names are a stranger's.
std::string value_text(const Json& value) {
    if (value.is_structured()) {
        return value.is_object() ? "an object" : "a list";
    }
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= kLongestValue ? text : text.substr(0, kLongestValue) + "...";
}

class Comparison {
public:
    std::vector<std::string> run(const Json& found, const Json& expected) {
        compare("", found, expected);
        if (count_ > differences_.size()) {
            differences_.push_back(fmt::format("{} more differences", count_ - differences_.size()));
        }
        return std::move(differences_);
    }

private:
    void add(const std::string& path, const std::string& message) {
        if (++count_ <= kMostDifferences) {
            differences_.push_back(path.empty() ? message : path + ": " + message);
        }
    }

    void compare(const std::string& path, const Json& found, const Json& expected) {
        if (expected.is_object() && found.is_object()) {
            compare_objects(path, found, expected);
        } else if (expected.is_array() && found.is_array()) {
            compare_lists(path, found, expected);
        } else if (!same(found, expected)) {
            add(path, fmt::format("is {}, but the rest of the bundle gives {}", value_text(found),
                                  value_text(expected)));
        }
    }

    /// Texts and whole numbers as they are written; a real number is the same with and without a fraction.
    static bool same(const Json& found, const Json& expected) {
        return expected.is_number_float() ? found.is_number() && found == expected
                                          : found.type() == expected.type() && found == expected;
    }

    void compare_objects(const std::string& path, const Json& found, const Json& expected) {
        for (auto it = found.begin(); it != found.end(); ++it) {
            if (!expected.contains(it.key())) {
                add(path, fmt::format("unknown key '{}'", it.key()));
            }
        }
        for (auto it = expected.begin(); it != expected.end(); ++it) {
            const auto other = found.find(it.key());
            if (other == found.end()) {
                add(path, fmt::format("key '{}' is missing", it.key()));
            } else {
                compare(path.empty() ? it.key() : path + "." + it.key(), *other, it.value());
            }
        }
    }

    void compare_lists(const std::string& path, const Json& found, const Json& expected) {
        if (found.size() != expected.size()) {
            add(path, fmt::format("has {} entries, but the rest of the bundle gives {}", found.size(),
                                  expected.size()));
        }
        // What lies in both says where an entry was left out or put in.
        for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
            compare(fmt::format("{}[{}]", path, i), found[i], expected[i]);
        }
    }

    std::vector<std::string> differences_;
    std::size_t count_ = 0;
};

}  // namespace

std::vector<std::string> manifest_differences(std::string_view found, std::string_view expected) {
    return Comparison().run(parse_json(found), parse_json(expected));
}

}  // namespace cleave
