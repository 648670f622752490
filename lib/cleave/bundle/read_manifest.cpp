// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_manifest.hpp"

#include "cleave/front/write_front.hpp"
#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <utility>

namespace cleave {
namespace {

/// Calls `read` with the object at a key.
template <class Read>
void object(const JsonField& parent, const std::string& key, const Read& read) {
    if (const auto field = parent.require(key)) {
        if (field->value().is_object()) {
            read(*field);
        } else {
            field->fault("must be an object");
        }
    }
}

/// Items of a list that are objects. What is none is one fault, not one for each key.
std::vector<JsonField> objects(const JsonField& parent, const std::string& key) {
    const auto list = parent.require(key);
    std::vector<JsonField> items = list ? list->items() : std::vector<JsonField>{};
    for (const JsonField& item : items) {
        if (!item.value().is_object()) {
            item.fault("must be an object");
            return {};
        }
    }
    return items;
}

/// A text of the form that `fits` tells.
template <class Fits>
std::string text_of(const JsonField& parent, const std::string& key, const Fits& fits, const char* example) {
    std::string text = parent.string(key);
    const auto field = parent.find(key);
    if (field && field->value().is_string() && !fits(text)) {
        parent.fault(fmt::format("{} must be such as '{}'", key, example));
    }
    return text;
}

bool is_version(const std::string& text) {
    static const std::regex kVersion("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}[-+.0-9A-Za-z]{0,32}");
    return std::regex_match(text, kVersion);
}

/// Seeded, or from files of whose SHA-256 `read` makes a list.
template <class ReadHashes>
Origin read_origin(const JsonField& field, const std::string& files, const ReadHashes& read_hashes) {
    const auto source = field.require("source");
    const std::string text = source ? source->string().value_or("") : "";
    if (text == "seed") {
        return Seeded{static_cast<std::uint64_t>(field.integer("seed", 0))};
    }
    if (text != files && source && source->value().is_string()) {
        source->fault(fmt::format("'{}' is none of: seed, {}", text, files));
    }
    return text == files ? FromFiles{read_hashes()} : FromFiles{};
}

std::vector<std::string> read_sample_hashes(const JsonField& field, std::size_t count) {
    std::vector<std::string> hashes;
    if (const auto list = field.require("sha256")) {
        for (const JsonField& item : list->items()) {
            hashes.push_back(item.sha256().value_or(""));
        }
        if (list->value().is_array() && hashes.size() != count) {
            list->fault(fmt::format("must have one for each of the {} inputs", count));
        }
    }
    return hashes;
}

Provenance read_provenance(const JsonField& root) {
    Provenance result;
    object(root, "tool",
           [&](const JsonField& tool) { result.version = text_of(tool, "version", is_version, "1.2.3"); });
    object(root, "point", [&](const JsonField& point) {
        result.point = text_of(point, "id", is_point_id, "p001");
        result.hashes.front = point.sha256("front_sha256");
    });
    object(root, "platform", [&](const JsonField& platform) {
        const auto hash_of = [&](const char* device, std::string& hash) {
            object(platform, device, [&](const JsonField& field) { hash = field.sha256("sha256"); });
        };
        hash_of("gpu", result.hashes.gpu);
        hash_of("fpga", result.hashes.fpga);
        hash_of("link", result.hashes.link);
    });
    object(root, "weights", [&](const JsonField& field) {
        result.weights =
            read_origin(field, "model", [&] { return std::vector<std::string>{field.sha256("sha256")}; });
    });
    object(root, "calibration", [&](const JsonField& field) {
        result.sample_count = static_cast<std::size_t>(field.integer("inputs", 1));
        result.samples =
            read_origin(field, "files", [&] { return read_sample_hashes(field, result.sample_count); });
    });
    return result;
}

std::vector<ListedFile> read_files(const JsonField& root) {
    std::vector<ListedFile> files;
    for (const JsonField& item : objects(root, "files")) {
        files.push_back({item.string("path"), item.integer("bytes", 0), item.sha256("sha256")});
        const auto path = item.find("path");
        if (path && path->value().is_string() && !is_bundle_path(files.back().path)) {
            item.fault(fmt::format("'{}' is no file name that a bundle may have", files.back().path));
        }
    }
    return files;
}

std::optional<int> exponent(const JsonField& parent, const std::string& key) {
    const auto field = parent.find(key);
    const auto number = field ? field->integer(-kLargestExponent, kLargestExponent) : std::nullopt;
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

FixedPointFormats read_formats(const JsonField& root) {
    FixedPointFormats formats;
    for (const JsonField& tensor : objects(root, "tensors")) {
        formats.tensors.push_back(exponent(tensor, "exponent"));
    }
    formats.layers.emplace_back();  // the network's input, which is not listed
    for (const JsonField& layer : objects(root, "layers")) {
        LayerExponents& exponents = formats.layers.emplace_back();
        for (const JsonField& part : objects(layer, "parts")) {
            const auto found = part.find("exponents");
            if (found && !exponents.output) {
                exponents.output = exponent(*found, "output");
            }
        }
    }
    return formats;
}

}  // namespace

bool is_bundle_path(std::string_view path) {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    const auto all = [&](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), plain);
    };
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
        if (!all(path.substr(0, slash))) {
            return false;
        }
        path.remove_prefix(slash + 1);
    }
    const std::size_t dot = path.find('.');
    return dot != std::string_view::npos && all(path.substr(0, dot)) && all(path.substr(dot + 1));
}

Manifest read_manifest(std::string text) {
    const Json json = parse_json(text);
    if (!json.is_object()) {
        throw FormatError({"must be an object"});
    }
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    if (const auto version = root.require("schema_version")) {
        static_cast<void>(version->integer(1, 1));
    }
    Manifest manifest{std::move(text), read_provenance(root), read_files(root), read_formats(root)};
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return manifest;
}

}  // namespace cleave
