// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/node.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

namespace cleave {
namespace {

/// Builds the tree from the parser's events. They do not say where they are, so that each token is followed
/// in the text; the parser has found it correct by then.
class JsonTreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    JsonTreeBuilder(std::string_view text, std::shared_ptr<const std::string> file, FaultList& faults)
        : text_(text),
          file_(std::move(file)),
          faults_(faults),
          at_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

    /// Nothing if there was a fault.
    [[nodiscard]] std::optional<Node> take() { return good_ ? std::move(root_) : std::nullopt; }

    bool null() override { return add(next(NodeKind::null)); }
    bool boolean(bool /*value*/) override { return literal(); }
    bool number_integer(number_integer_t /*value*/) override { return literal(); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return literal(); }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return literal(); }
    bool string(string_t& value) override {
        Node node = next(NodeKind::scalar);
        node.text = std::move(value);
        node.quoted = true;
        return add(std::move(node));
    }
    bool binary(binary_t& /*value*/) override { return false; }  // there is none in JSON

    bool start_object(std::size_t /*count*/) override { return start(NodeKind::map); }
    bool start_array(std::size_t /*count*/) override { return start(NodeKind::sequence); }
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }
    bool key(string_t& name) override {
        const Place place = next_place();
        Open& map = open_.back();
        if (!map.seen.insert(name).second) {
            fault(place, fmt::format("key '{}' occurs twice in one object", name));
        }
        map.node.keys.push_back({std::move(name), place});
        return true;
    }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::detail::exception& error) override {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: what", without code and place.
        std::string what = error.what();
        what.erase(0, what.find("] ") + 2);
        if (what.starts_with("parse error at ")) {
            what.erase(0, what.find(": ") + 2);
            fault(place_of(text_, std::min(std::max(position, std::size_t{1}) - 1, text_.size()), file_),
                  "is no JSON: " + what);
        } else {
            fault(next_place(), "is no JSON: " + what);  // a number beyond all range
        }
        return false;
    }

private:
    /// A list or object that has begun but not ended.
    struct Open {
        Node node;
        std::unordered_set<std::string> seen;
    };

    void fault(const Place& place, std::string message) {
        good_ = false;
        faults_.add(place, "", std::move(message));
    }

    /// Goes on behind the next token, and says where it starts.
    Place next_place() {
        for (; std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos; ++at_) {
            if (text_[at_] == '\n') {
                ++line_;
                line_start_ = at_ + 1;
            }
        }
        const std::size_t start = at_;
        if (text_[at_] == '"') {
            for (++at_; text_[at_] != '"'; ++at_) {
                at_ += text_[at_] == '\\' ? 1 : 0;
            }
            ++at_;
        } else if (std::string_view("{}[]").find(text_[at_]) != std::string_view::npos) {
            ++at_;
        } else {
            at_ = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        }
        token_ = text_.substr(start, at_ - start);
        return {file_, line_, static_cast<int>(start - line_start_) + 1};
    }

    Node next(NodeKind kind) {
        Node node;
        node.kind = kind;
        node.place = next_place();
        return node;
    }

    bool literal() {
        Node node = next(NodeKind::scalar);
        node.text = token_;
        node.literal = true;
        return add(std::move(node));
    }

    bool start(NodeKind kind) {
        Open open{next(kind), {}};
        if (open_.size() >= kDeepestNesting) {
            fault(open.node.place, fmt::format("is nested more than {} deep", kDeepestNesting));
            return false;
        }
        open_.push_back(std::move(open));
        return true;
    }

    bool end() {
        (void)next_place();
        Node node = std::move(open_.back().node);
        open_.pop_back();
        return add(std::move(node));
    }

    bool add(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
        } else {
            open_.back().node.children.push_back(std::move(node));
        }
        return true;
    }

    std::string_view text_;
    std::shared_ptr<const std::string> file_;
    FaultList& faults_;
    std::size_t at_;
    int line_ = 1;
    std::size_t line_start_ = 0;
    std::string_view token_;
    std::vector<Open> open_;
    std::optional<Node> root_;
    bool good_ = true;
};

}  // namespace

std::optional<Node> parse_json(std::string_view text, const std::string& file_name, FaultList& faults) {
    JsonTreeBuilder builder(text, std::make_shared<const std::string>(file_name), faults);
    nlohmann::json::sax_parse(text, &builder);
    return builder.take();
}

}  // namespace cleave
