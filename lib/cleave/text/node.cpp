// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/node.hpp"

#include "cleave/text/messages.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <unordered_set>
#include <utility>

namespace cleave {
namespace {

/// Ends parsing; the fault has been reported.
struct GivenUp {};

/// The parser's message in words that say what to do, where there are better ones.
std::string explain(const std::string& message) {
    static const std::map<std::string, std::string> better{
        {YAML::ErrorMsg::END_OF_MAP_FLOW, "',' or '}' is missing"},
        {YAML::ErrorMsg::END_OF_SEQ_FLOW, "',' or ']' is missing"},
        {YAML::ErrorMsg::END_OF_MAP, "a key was expected here (is the indentation that of the keys before?)"},
        {YAML::ErrorMsg::END_OF_SEQ, "'- ' was expected here (is the indentation that of the items before?)"},
        {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is not closed"},
        {YAML::ErrorMsg::MAP_VALUE, "':' is not allowed here (a text that contains ': ' needs quotes)"},
        {YAML::ErrorMsg::BLOCK_ENTRY, "'- ' is not allowed here (a list starts on a line of its own)"},
        {YAML::ErrorMsg::UNKNOWN_ANCHOR, "no value before has the anchor that this alias names"},
        {YAML::ErrorMsg::UNKNOWN_TOKEN, "no value starts with this character (a text needs quotes here)"},
        {YAML::ErrorMsg::FLOW_END, "']' or '}' without its beginning"},
    };
    const auto found = better.find(message);
    return found == better.end() ? message : found->second;
}

/// Checks the bytes before the parser sees them: its own complaints about these are hard to understand or
/// missing.
class TextCheck {
public:
    TextCheck(const std::string& text, std::shared_ptr<const std::string> file, FaultList& faults)
        : text_(text), file_(std::move(file)), faults_(faults) {}

    [[nodiscard]] bool run() {
        if (text_.size() > kLargestFile) {
            return fail(0, fmt::format("is larger than {} MiB", kLargestFile >> 20U));
        }
        if (const std::optional<std::size_t> bad = first_invalid_utf8(text_)) {
            return fail(*bad, fmt::format("byte 0x{:02x} is not UTF-8 text",
                                          static_cast<unsigned char>(text_[*bad])));
        }
        bool indentation = true;
        std::optional<std::size_t> tab;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const char c = text_[i];
            const auto byte = static_cast<unsigned char>(c);
            const bool line_end = c == '\n' || (c == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n');
            if ((byte < 0x20 && c != '\t' && !line_end) || byte == 0x7F) {
                return fail(i, fmt::format("control character 0x{:02x} is not allowed", byte));
            }
            if (line_end) {
                indentation = true;
                tab.reset();
            } else if (indentation && c == '\t') {
                tab = tab ? tab : i;
            } else if (indentation && c != ' ') {
                indentation = false;
                if (tab && c != '#') {
                    fail(*tab, "a tab in the indentation (use spaces)");
                    good_ = false;
                }
            }
        }
        return good_;
    }

private:
    bool fail(std::size_t offset, std::string message) {
        faults_.add(place_of(text_, offset, file_), "", std::move(message));
        return false;
    }

    const std::string& text_;
    std::shared_ptr<const std::string> file_;
    FaultList& faults_;
    bool good_ = true;
};

/// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(std::shared_ptr<const std::string> file, FaultList& faults)
        : file_(std::move(file)), faults_(faults) {}

    [[nodiscard]] std::optional<Node> take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (documents_++ > 0) {
            give_up(at(mark),
                    "a second document starts here (a file holds one document; is the indentation right?)");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node node;
        node.place = at(mark);
        if (!open_.empty() && open_.back().key) {
            node.place = open_.back().key->place;  // the mark of a missing value is that of what comes next
        }
        finish(std::move(node), anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check_tag(mark, tag);
        Node node;
        node.kind = NodeKind::scalar;
        node.place = at(mark);
        node.text = value;
        node.quoted = tag == "!";
        finish(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            give_up(at(mark), "the alias stands inside the value that it refers to");
        }
        values_ += found->second.values;
        check_size(at(mark));
        Node copy = found->second.node;
        finish(std::move(copy), YAML::anchor_t{0});
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        start(NodeKind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        start(NodeKind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { end(); }

private:
    /// A sequence or map that has begun but not ended.
    struct Open {
        Node node;
        YAML::anchor_t anchor = 0;
        std::size_t values_before = 0;
        /// A map's key whose value comes next.
        std::optional<Key> key;
        /// Whether that value is thrown away, since its key is wrong.
        bool skip = false;
        std::unordered_set<std::string> seen;
    };
    struct Anchored {
        Node node;
        std::size_t values = 0;
    };

    [[nodiscard]] Place at(const YAML::Mark& mark) const {
        return {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
    }

    [[noreturn]] void give_up(const Place& place, std::string message) {
        faults_.add(place, path(), std::move(message));
        root_.reset();
        throw GivenUp{};
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            static const std::string standard = "tag:yaml.org,2002:";
            const std::string text = tag.starts_with(standard) ? "!!" + tag.substr(standard.size()) : tag;
            faults_.add(at(mark), path(),
                        fmt::format("the tag {} is not allowed (tags have no meaning here)", quote(text)));
        }
    }

    void check_size(const Place& place) {
        if (values_ > kMostValues) {
            give_up(place,
                    fmt::format("more than {} values (aliases count as what they stand for)", kMostValues));
        }
    }

    void start(NodeKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        check_tag(mark, tag);
        if (open_.size() >= kDeepestNesting) {
            faults_.add(at(mark), "", fmt::format("nested more than {} levels deep", kDeepestNesting));
            throw GivenUp{};
        }
        Open open;
        open.node.kind = kind;
        open.node.place = at(mark);
        open.anchor = anchor;
        open.values_before = values_;
        open_.push_back(std::move(open));
    }

    void end() {
        Open open = std::move(open_.back());
        open_.pop_back();
        finish(std::move(open.node), open.anchor, values_ - open.values_before);
    }

    void finish(Node node, YAML::anchor_t anchor, std::size_t inside = 0) {
        ++values_;
        if (anchor != 0) {
            values_ += inside + 1;  // the copy kept for aliases
            anchors_[anchor] = {node, inside + 1};
        }
        check_size(node.place);
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == NodeKind::sequence) {
            parent.node.children.push_back(std::move(node));
        } else if (!parent.key) {
            take_key(parent, node);
        } else {
            if (!parent.skip) {
                parent.node.keys.push_back(std::move(*parent.key));
                parent.node.children.push_back(std::move(node));
            }
            parent.key.reset();
        }
    }

    void take_key(Open& map, const Node& node) {
        map.skip = true;
        std::string wrong;
        if (node.kind == NodeKind::null) {
            wrong = "a key is missing or null (a key is a text)";
        } else if (node.kind != NodeKind::scalar) {
            wrong = "a key must be a text, not a list or a map";
        } else if (node.text == "<<" && !node.quoted) {
            wrong = "merge keys '<<' are not supported (write the keys out)";
        } else if (!map.seen.insert(node.text).second) {
            const auto first = std::find_if(map.node.keys.begin(), map.node.keys.end(),
                                            [&](const Key& key) { return key.text == node.text; });
            wrong = fmt::format("duplicate key {}", quote(node.text));
            if (first != map.node.keys.end()) {
                wrong += fmt::format(" (first given in line {})", first->place.line);
            }
        } else {
            map.skip = false;
        }
        if (map.skip) {
            faults_.add(node.place, path(), wrong);
        }
        map.key = Key{node.text, node.place};
    }

    /// Path of the innermost open value.
    [[nodiscard]] std::string path() const {
        std::string result;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
            const Open& open = open_[i];
            if (open.node.kind == NodeKind::sequence) {
                result += fmt::format("[{}]", open.node.children.size());
            } else if (open.key) {
                result += (result.empty() ? "" : ".") + open.key->text;
            }
        }
        return result;
    }

    std::shared_ptr<const std::string> file_;
    FaultList& faults_;
    std::optional<Node> root_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Anchored> anchors_;
    std::size_t values_ = 0;
    int documents_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.text == key; });
    return found == keys.end() ? nullptr : &children[static_cast<std::size_t>(found - keys.begin())];
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

std::optional<Node> parse_yaml(const std::string& text, const std::string& file_name, FaultList& faults) {
    const auto file = std::make_shared<const std::string>(file_name);
    if (!TextCheck(text, file, faults).run()) {
        return std::nullopt;
    }
    TreeBuilder builder(file, faults);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const GivenUp&) {
        return std::nullopt;
    } catch (const YAML::Exception& error) {
        Place place{file, error.mark.line + 1, error.mark.column + 1};
        if (error.mark.line <= 0 && error.mark.column <= 0 && error.msg.starts_with("end of")) {
            place = place_of(text, text.size(), file);  // what is missing at the end has no mark
        }
        place.line = std::max(place.line, 1);
        place.column = std::max(place.column, 1);
        faults.add(place, "", "not valid YAML: " + explain(error.msg));
        return std::nullopt;
    }
    std::optional<Node> root = builder.take();
    if (!root) {
        faults.add({file, 1, 1}, "", "the file is empty");
    }
    return root;
}

}  // namespace cleave
