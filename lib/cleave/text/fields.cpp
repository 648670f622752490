// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace cleave {
namespace {

constexpr std::size_t kLongestName = 128;

/// First key and meaning of every format.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFormats{{
    {"cleave_network", "network"},
    {"cleave_config", "configuration"},
    {"cleave_mapping", "mapping"},
    {"cleave_platform", "platform"},
    {"cleave_gpu", "GPU model"},
    {"cleave_fpga", "FPGA model"},
    {"cleave_link", "link model"},
    {"cleave_sweep", "sweep"},
}};

std::string kind_name(const Node& node) {
    switch (node.kind) {
        case NodeKind::null: return "has no value";
        case NodeKind::scalar:
            return !node.literal                                 ? "is a text"
                   : node.text == "true" || node.text == "false" ? "is " + node.text
                                                                 : "is a number";
        case NodeKind::sequence: return "is a list";
        case NodeKind::map: return "is a map";
    }
    return "";
}

std::string describe(IntegerRange range) {
    const bool open = range.most == IntegerRange{}.most;
    if (range.least == IntegerRange{}.least) {
        return open ? "an integer" : fmt::format("an integer of at most {}", range.most);
    }
    return open ? fmt::format("an integer of at least {}", range.least)
                : fmt::format("an integer from {} to {}", range.least, range.most);
}

std::string describe(RealRange range) {
    const bool open = range.most == RealRange{}.most;
    if (range.least == RealRange{}.least) {
        return open ? "a number" : fmt::format("a number of at most {}", range.most);
    }
    return open ? fmt::format("a number of at least {}", range.least)
                : fmt::format("a number from {} to {}", range.least, range.most);
}

}  // namespace

const std::string* Field::scalar(std::string_view needed) const {
    if (node_->kind == NodeKind::scalar) {
        return &node_->text;
    }
    fault(fmt::format("{} ({} is needed)", kind_name(*node_), needed));
    return nullptr;
}

const std::string* Field::plain_scalar(std::string_view needed) const {
    const std::string* text = scalar(needed);
    if (text != nullptr && node_->quoted) {
        fault(fmt::format("{} is in quotes and so a text ({} is needed)", quote(*text), needed));
        return nullptr;
    }
    return text;
}

std::optional<std::string> Field::text() const {
    const std::string* text = scalar("a text");
    if (text != nullptr && node_->literal) {
        fault(kind_name(*node_) + " (a text is needed)");
        return std::nullopt;
    }
    return text != nullptr ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string> Field::string() const {
    std::optional<std::string> given = text();
    if (given && given->empty()) {
        fault("is empty (a text is needed)");
        return std::nullopt;
    }
    return given;
}

std::optional<std::string> Field::sha256() const {
    const std::optional<std::string> digits = text();
    if (digits &&
        (digits->size() != 64 || digits->find_first_not_of("0123456789abcdef") != std::string::npos)) {
        fault("must be a SHA-256: 64 digits of 0-9 and a-f");
        return std::nullopt;
    }
    return digits;
}

std::optional<std::string> Field::name(Slash slash) const {
    std::optional<std::string> text = string();
    if (!text) {
        return std::nullopt;
    }
    if (text->size() > kLongestName) {
        fault(fmt::format("the name {} is too long (at most {} bytes are allowed)", quote(*text),
                          kLongestName));
    } else if (slash == Slash::forbidden && text->find('/') != std::string::npos) {
        fault(fmt::format("the name {} contains '/' (which separates module and layer)", quote(*text)));
    } else if (printable(*text) != *text) {
        fault(fmt::format("the name {} contains control characters", quote(*text)));
    } else {
        return text;
    }
    return std::nullopt;
}

std::optional<bool> Field::boolean() const {
    const std::string* text = plain_scalar("true or false");
    if (text == nullptr) {
        return std::nullopt;
    }
    if (*text == "true" || *text == "false") {
        return *text == "true";
    }
    fault(fmt::format("{} is neither true nor false", quote(*text)));
    return std::nullopt;
}

std::optional<std::int64_t> Field::integer(IntegerRange range) const {
    const std::string needed = describe(range);
    const std::string* text = plain_scalar(needed);
    if (text == nullptr) {
        return std::nullopt;
    }
    const std::size_t sign = text->substr(0, 1) == "-" ? 1 : 0;
    const std::string_view digits = std::string_view(*text).substr(sign);
    std::string wrong;
    std::int64_t value = 0;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        wrong = "is not an integer";
    } else if (digits.size() > 1 && digits.front() == '0') {
        wrong = "has a leading zero";
    } else {
        const bool fits = std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc();
        if (fits && value >= range.least && value <= range.most) {
            return value;
        }
        wrong = "is out of range";
    }
    fault(fmt::format("{} {} ({} is needed)", quote(*text), wrong, needed));
    return std::nullopt;
}

std::optional<double> Field::real(RealRange range) const {
    const std::string needed = describe(range);
    const std::string* text = plain_scalar(needed);
    if (text == nullptr) {
        return std::nullopt;
    }
    const auto result = read_number(*text);
    std::string wrong;
    if (const auto* value = std::get_if<double>(&result)) {
        if (*value >= range.least && *value <= range.most) {
            return *value;
        }
        wrong = quote(*text) + " is out of range";
    } else {
        wrong = std::get<std::string>(result);
    }
    fault(fmt::format("{} ({} is needed)", wrong, needed));
    return std::nullopt;
}

std::optional<double> Field::quantity(Dimension dimension, Zero zero) const {
    if (node_->kind != NodeKind::scalar) {
        fault(fmt::format("{} {}", kind_name(*node_), needed_text(dimension)));
        return std::nullopt;
    }
    const auto result = read_quantity(node_->text, dimension, zero);
    if (const auto* value = std::get_if<double>(&result)) {
        return *value;
    }
    fault(std::get<std::string>(result));
    return std::nullopt;
}

std::optional<std::size_t> Field::one_of(const std::vector<std::string>& names, std::string_view what) const {
    if (node_->kind != NodeKind::scalar) {
        fault(fmt::format("{} (allowed: {})", kind_name(*node_), join(names)));
        return std::nullopt;
    }
    const auto found = std::find(names.begin(), names.end(), node_->text);
    if (found != names.end()) {
        return static_cast<std::size_t>(found - names.begin());
    }
    fault(fmt::format("unknown {} {} {}", what, quote(node_->text), hint(node_->text, names)));
    return std::nullopt;
}

std::vector<Field> Field::items(std::string_view what) const {
    std::vector<Field> result;
    if (node_->kind != NodeKind::sequence) {
        fault(fmt::format("{} (a list of {} is needed)", kind_name(*node_), what));
        return result;
    }
    for (std::size_t i = 0; i < node_->children.size(); ++i) {
        result.push_back(child(node_->children[i], fmt::format("[{}]", i)));
    }
    return result;
}

std::vector<std::pair<Key, Field>> Field::named_items(std::string_view what) const {
    std::vector<std::pair<Key, Field>> result;
    if (node_->kind != NodeKind::map || node_->children.empty()) {
        fault(fmt::format("{} (a map of {} by name is needed)",
                          node_->kind == NodeKind::map ? "is empty" : kind_name(*node_), what));
        return result;
    }
    for (std::size_t i = 0; i < node_->children.size(); ++i) {
        result.emplace_back(node_->keys[i],
                            child(node_->children[i], (path_.empty() ? "" : ".") + node_->keys[i].text));
    }
    return result;
}

Fields::Fields(const Field& map, OtherKeys others) : self_(map), others_(others) {
    if (!map.is(NodeKind::map)) {
        map.fault(fmt::format("{}{} (a map of keys and values is needed)",
                              map.path().empty() ? "the document " : "", kind_name(map.node())));
    }
}

std::optional<Field> Fields::find(const std::string& key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        known_.push_back(key);
    }
    const Node* node = self_.node().find(key);
    return node != nullptr ? std::optional<Field>(self_.child(*node, (self_.path().empty() ? "" : ".") + key))
                           : std::nullopt;
}

std::optional<Field> Fields::require(const std::string& key) {
    std::optional<Field> field = find(key);
    if (!field && self_.is(NodeKind::map)) {
        if (others_ == OtherKeys::allowed) {
            self_.fault(fmt::format("missing key {}", quote(key)));
        } else {
            missing_.push_back(key);
        }
    }
    return field;
}

std::string Fields::text(const std::string& key) {
    const auto field = require(key);
    return field ? field->text().value_or("") : "";
}

std::string Fields::sha256(const std::string& key) {
    const auto field = require(key);
    return field ? field->sha256().value_or("") : "";
}

std::int64_t Fields::integer(const std::string& key, IntegerRange range) {
    const auto field = require(key);
    return field ? field->integer(range).value_or(range.least) : range.least;
}

double Fields::real(const std::string& key, RealRange range) {
    const auto field = require(key);
    return field ? field->real(range).value_or(range.least) : range.least;
}

void Fields::done() {
    if (!self_.is(NodeKind::map)) {
        return;
    }
    for (const Key& key : self_.node().keys) {
        if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) {
            continue;
        }
        self_.faults().add(key.place, self_.path(),
                           fmt::format("unknown key {} {}", quote(key.text), hint(key.text, known_)));
        // A misspelt key is one fault, not also a missing one.
        if (const std::optional<std::string> near = nearest(key.text, known_)) {
            missing_.erase(std::remove(missing_.begin(), missing_.end(), *near), missing_.end());
        }
    }
    for (const std::string& key : missing_) {
        self_.fault(fmt::format("missing key {}", quote(key)));
    }
}

bool check_version(Fields& root, const std::string& key) {
    const Node& node = root.self().node();
    if (const std::optional<Field> version = root.require(key)) {
        if (version->is(NodeKind::scalar) && version->node().text == "1") {
            return true;
        }
        version->fault(fmt::format("version {} is not supported (this release reads version 1)",
                                   quote(version->node().text)));
        return false;
    }
    for (const Key& other : node.keys) {
        for (const auto& [kind, noun] : kFormats) {
            if (other.text == kind) {
                root.self().faults().add(
                    other.place, "",
                    fmt::format("this file is a {} (one that starts with '{}: 1' is needed)", noun, key));
                return false;
            }
        }
    }
    return node.kind == NodeKind::map;
}

}  // namespace cleave
