// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/text/messages.hpp"
#include "cleave/text/node.hpp"
#include "cleave/text/quantity_text.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cleave {

struct IntegerRange {
    std::int64_t least = std::numeric_limits<std::int64_t>::min();
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

struct RealRange {
    double least = std::numeric_limits<double>::lowest();
    double most = std::numeric_limits<double>::max();
};

/// Whether a name may have a '/': not if it becomes part of a layer's full name or stands where paths stand
/// too.
enum class Slash { forbidden, allowed };

/// Names of the values of a closed set, in the order in which messages list them.
template <class E>
using Choices = std::vector<std::pair<std::string, E>>;

/// Those of the enum's table.
template <class E>
[[nodiscard]] Choices<E> choices_of() {
    Choices<E> choices;
    for (const auto& [value, name] : names_of(E{})) {
        choices.emplace_back(name, value);
    }
    return choices;
}

/// A value together with its path and the list that takes its faults. The typed getters report what is wrong
/// and then return nothing, so that a reader goes on with a default of its own.
class Field {
public:
    Field(const Node& node, std::string path, FaultList& faults)
        : node_(&node), path_(std::move(path)), faults_(&faults) {}

    [[nodiscard]] const Node& node() const { return *node_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] FaultList& faults() const { return *faults_; }
    [[nodiscard]] bool is(NodeKind kind) const { return node_->kind == kind; }
    /// Reports a fault at this value.
    void fault(std::string message) const { faults_->add(node_->place, path_, std::move(message)); }
    /// A value inside this one; `step` is ".key" or "[index]".
    [[nodiscard]] Field child(const Node& node, const std::string& step) const {
        return {node, path_ + step, *faults_};
    }

    /// Text, which may be empty.
    [[nodiscard]] std::optional<std::string> text() const;
    /// Text that is not empty.
    [[nodiscard]] std::optional<std::string> string() const;
    /// A name: not empty, at most 128 bytes, no control characters, and no '/' unless allowed.
    [[nodiscard]] std::optional<std::string> name(Slash slash = Slash::forbidden) const;
    /// `true` or `false`, no other spelling.
    [[nodiscard]] std::optional<bool> boolean() const;
    [[nodiscard]] std::optional<std::int64_t> integer(IntegerRange range) const;
    [[nodiscard]] std::optional<double> real(RealRange range) const;
    [[nodiscard]] std::optional<double> quantity(Dimension dimension, Zero zero) const;
    template <class Q>
    [[nodiscard]] std::optional<Q> quantity(Zero zero = Zero::forbidden) const {
        const std::optional<double> si = quantity(kDimensionOf<Q>, zero);
        return si ? std::optional<Q>(*si) : std::nullopt;
    }
    /// One of a closed set of names.
    template <class E>
    [[nodiscard]] std::optional<E> choice(const Choices<E>& choices, std::string_view what) const {
        std::vector<std::string> names;
        for (const auto& [name, value] : choices) {
            names.push_back(name);
        }
        const std::optional<std::size_t> index = one_of(names, what);
        return index ? std::optional<E>(choices[*index].second) : std::nullopt;
    }
    /// A value of an enum, by its name.
    template <class E>
    [[nodiscard]] std::optional<E> choice(std::string_view what) const {
        return choice(choices_of<E>(), what);
    }
    /// Index of the name that the text equals; `what` says what it names ("profile").
    [[nodiscard]] std::optional<std::size_t> one_of(const std::vector<std::string>& names,
                                                    std::string_view what) const;
    /// 64 digits of 0-9 and a-f.
    [[nodiscard]] std::optional<std::string> sha256() const;
    /// Items of a sequence; empty, with a fault, for anything else.
    [[nodiscard]] std::vector<Field> items(std::string_view what) const;
    /// The keys of a map, which are names that the user chose, with their values.
    [[nodiscard]] std::vector<std::pair<Key, Field>> named_items(std::string_view what) const;

private:
    /// Text of a scalar; reports anything else, saying that `needed` is needed.
    [[nodiscard]] const std::string* scalar(std::string_view needed) const;
    [[nodiscard]] const std::string* plain_scalar(std::string_view needed) const;

    const Node* node_;
    std::string path_;
    FaultList* faults_;
};

/// Whether a map may have keys that are not looked up, such as those of a later version.
enum class OtherKeys { forbidden, allowed };

/// The fields of a map. Every key must be looked up once by find() or require(); done() reports the rest.
class Fields {
public:
    /// Reports a value that is not a map; all look-ups then give nothing.
    explicit Fields(const Field& map, OtherKeys others = OtherKeys::forbidden);
    Fields(const Node& root, FaultList& faults, OtherKeys others = OtherKeys::forbidden)
        : Fields(Field(root, "", faults), others) {}

    [[nodiscard]] const Field& self() const { return self_; }
    /// An optional key. A key without a value is reported.
    [[nodiscard]] std::optional<Field> find(const std::string& key);
    /// A key that must be there; a missing one is reported by done(), or at once if other keys are allowed,
    /// since none of them is taken for a misspelling of it.
    [[nodiscard]] std::optional<Field> require(const std::string& key);
    // The value of a key that must be there; with a fault, one that does not matter.
    [[nodiscard]] std::string text(const std::string& key);
    [[nodiscard]] std::string sha256(const std::string& key);
    [[nodiscard]] std::int64_t integer(const std::string& key, IntegerRange range);
    [[nodiscard]] double real(const std::string& key, RealRange range);
    /// Whether the key is there; the key still has to be looked up.
    [[nodiscard]] bool has(std::string_view key) const { return self_.node().find(key) != nullptr; }
    /// Reports missing keys and keys that were not looked up. To be called when all keys have been, unless
    /// other keys are allowed.
    void done();

private:
    Field self_;
    OtherKeys others_;
    std::vector<std::string> known_;
    std::vector<std::string> missing_;
};

/// Checks `KEY: 1`, the kind and version of the format.
/// @return false, with a fault, if this is a document of another kind or version: then reading on makes no
/// sense.
[[nodiscard]] bool check_version(Fields& root, const std::string& key);

}  // namespace cleave
