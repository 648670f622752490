// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace cleave {
namespace {

constexpr int kDeepest = 64;

/// What nlohmann's parser lets pass: it drops all but the last of repeated keys.
class Watch {
public:
    bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
        switch (event) {
            case Json::parse_event_t::object_start:
                too_deep_ = too_deep_ || depth > kDeepest;
                keys_.emplace_back();
                break;
            case Json::parse_event_t::array_start: too_deep_ = too_deep_ || depth > kDeepest; break;
            case Json::parse_event_t::key: {
                const auto& key = parsed.get_ref<const std::string&>();
                if (!keys_.back().insert(key).second) {
                    faults_.push_back(fmt::format("key '{}' occurs twice in one object", key));
                }
                break;
            }
            case Json::parse_event_t::object_end: keys_.pop_back(); break;
            case Json::parse_event_t::array_end:
            case Json::parse_event_t::value: break;
        }
        return !too_deep_;
    }

    [[nodiscard]] std::vector<std::string> faults() const {
        std::vector<std::string> all = faults_;
        if (too_deep_) {
            all.push_back(fmt::format("is nested more than {} deep", kDeepest));
        }
        return all;
    }

private:
    std::vector<std::set<std::string>> keys_;
    std::vector<std::string> faults_;
    bool too_deep_ = false;
};

std::string kind_of(const Json& value) {
    return value.is_number() ? fmt::format("the number {}", value.dump()) : std::string(value.type_name());
}

}  // namespace

Json parse_json(std::string_view text) {
    Watch watch;
    Json json;
    try {
        json = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
            return watch(depth, event, parsed);
        });
    } catch (const Json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without the brackets.
        const std::string what = error.what();
        const std::size_t end = what.find("] ");
        throw FormatError({"is no JSON: " + (end == std::string::npos ? what : what.substr(end + 2))});
    }
    std::vector<std::string> faults = watch.faults();
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return json;
}

void JsonField::fault(const std::string& message) const {
    faults_->push_back(path_.empty() ? message : path_ + ": " + message);
}

std::optional<JsonField> JsonField::find(const std::string& key) const {
    if (!value_->is_object()) {
        fault(fmt::format("must be an object, not {}", kind_of(*value_)));
        return std::nullopt;
    }
    const auto found = value_->find(key);
    return found == value_->end()
               ? std::nullopt
               : std::optional(JsonField(*found, path_.empty() ? key : path_ + "." + key, *faults_));
}

std::optional<JsonField> JsonField::require(const std::string& key) const {
    const std::optional<JsonField> found = find(key);
    if (!found && value_->is_object()) {
        fault(fmt::format("key '{}' is missing", key));
    }
    return found;
}

std::vector<JsonField> JsonField::items() const {
    std::vector<JsonField> fields;
    if (!value_->is_array()) {
        fault(fmt::format("must be a list, not {}", kind_of(*value_)));
        return fields;
    }
    for (std::size_t i = 0; i < value_->size(); ++i) {
        fields.emplace_back((*value_)[i], fmt::format("{}[{}]", path_, i), *faults_);
    }
    return fields;
}

std::optional<std::string> JsonField::string() const {
    if (!value_->is_string()) {
        fault(fmt::format("must be a text, not {}", kind_of(*value_)));
        return std::nullopt;
    }
    return value_->get<std::string>();
}

std::optional<std::int64_t> JsonField::integer(std::int64_t least, std::int64_t most) const {
    const bool fits = value_->is_number_integer() &&
                      !(value_->is_number_unsigned() &&
                        value_->get<std::uint64_t>() >
                            static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    if (!fits || value_->get<std::int64_t>() < least || value_->get<std::int64_t>() > most) {
        const bool open = most == std::numeric_limits<std::int64_t>::max();
        fault(fmt::format("must be a whole number from {}{}, not {}", least,
                          open ? " up" : fmt::format(" to {}", most), kind_of(*value_)));
        return std::nullopt;
    }
    return value_->get<std::int64_t>();
}

std::optional<double> JsonField::real() const {
    if (!value_->is_number() || !std::isfinite(value_->get<double>()) || value_->get<double>() < 0) {
        fault(fmt::format("must be a number that is not negative, not {}", kind_of(*value_)));
        return std::nullopt;
    }
    return value_->get<double>();
}

std::optional<std::string> JsonField::sha256() const {
    const std::optional<std::string> text = string();
    if (!text) {
        return std::nullopt;
    }
    const bool hex = text->size() == 64 && std::all_of(text->begin(), text->end(), [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                     });
    if (!hex) {
        fault("must be a SHA-256: 64 digits of 0-9 and a-f");
        return std::nullopt;
    }
    return text;
}

std::string JsonField::string(const std::string& key) const {
    const auto field = require(key);
    return field ? field->string().value_or("") : "";
}

std::int64_t JsonField::integer(const std::string& key, std::int64_t least) const {
    const auto field = require(key);
    return field ? field->integer(least).value_or(least) : least;
}

double JsonField::real(const std::string& key) const {
    const auto field = require(key);
    return field ? field->real().value_or(0) : 0;
}

std::string JsonField::sha256(const std::string& key) const {
    const auto field = require(key);
    return field ? field->sha256().value_or("") : "";
}

}  // namespace cleave
