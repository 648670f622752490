// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/manifest_difference.hpp"

#include "cleave/text/json.hpp"
#include "cleave/text/quantity_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cleave {
namespace {

constexpr std::size_t kMostDifferences = 16;
constexpr std::size_t kLongestValue = 80;

/// Short, on one line, in ASCII: names are a stranger's.
std::string value_text(const Node& value) {
    switch (value.kind) {
        case NodeKind::null: return "null";
        case NodeKind::map: return "an object";
        case NodeKind::sequence: return "a list";
        case NodeKind::scalar: break;
    }
    const std::string text =
        value.quoted ? Json(value.text).dump(-1, ' ', true, Json::error_handler_t::replace) : value.text;
    return text.size() <= kLongestValue ? text : text.substr(0, kLongestValue) + "...";
}

/// Texts and whole numbers as they are written; a real number is the same with and without a fraction.
bool same(const Node& found, const Node& expected) {
    if (found.kind != expected.kind || found.quoted != expected.quoted) {
        return false;
    }
    if (found.text == expected.text || found.quoted ||
        expected.text.find_first_of(".e") == std::string::npos) {
        return found.text == expected.text;
    }
    const auto number = read_number(found.text);
    return std::holds_alternative<double>(number) && number == read_number(expected.text);
}

class Comparison {
public:
    explicit Comparison(FaultList& faults) : faults_(faults) {}

    void run(const Node& found, const Node& expected) {
        compare("", found, expected);
        if (count_ > kMostDifferences) {
            // Behind the others, also when they are sorted.
            faults_.add(last_, "", fmt::format("{} more differences", count_ - kMostDifferences));
        }
    }

private:
    void add(const Place& place, const std::string& path, std::string message) {
        if (++count_ <= kMostDifferences) {
            faults_.add(place, path, std::move(message));
            if (std::pair(place.line, place.column) > std::pair(last_.line, last_.column)) {
                last_ = place;
            }
        }
    }

    void compare(const std::string& path, const Node& found, const Node& expected) {
        if (expected.kind == NodeKind::map && found.kind == NodeKind::map) {
            compare_objects(path, found, expected);
        } else if (expected.kind == NodeKind::sequence && found.kind == NodeKind::sequence) {
            compare_lists(path, found, expected);
        } else if (!same(found, expected)) {
            add(found.place, path,
                fmt::format("is {}, but the rest of the bundle gives {}", value_text(found),
                            value_text(expected)));
        }
    }

    void compare_objects(const std::string& path, const Node& found, const Node& expected) {
        for (const Key& key : found.keys) {
            if (expected.find(key.text) == nullptr) {
                add(key.place, path, fmt::format("unknown key '{}'", key.text));
            }
        }
        for (std::size_t i = 0; i < expected.keys.size(); ++i) {
            const std::string& key = expected.keys[i].text;
            if (const Node* other = found.find(key)) {
                compare(path.empty() ? key : path + "." + key, *other, expected.children[i]);
            } else {
                add(found.place, path, fmt::format("missing key '{}'", key));
            }
        }
    }

    void compare_lists(const std::string& path, const Node& found, const Node& expected) {
        const std::size_t size = found.children.size();
        if (size != expected.children.size()) {
            add(found.place, path,
                fmt::format("has {} entries, but the rest of the bundle gives {}", size,
                            expected.children.size()));
        }
        // What lies in both says where an entry was left out or put in.
        for (std::size_t i = 0; i < std::min(size, expected.children.size()); ++i) {
            compare(fmt::format("{}[{}]", path, i), found.children[i], expected.children[i]);
        }
    }

    FaultList& faults_;
    Place last_;
    std::size_t count_ = 0;
};

}  // namespace

void report_differences(const Node& found, const Node& expected, FaultList& faults) {
    Comparison(faults).run(found, expected);
}

}  // namespace cleave
