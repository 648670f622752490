// SPDX-License-Identifier: Apache-2.0
#include "cleave/bundle/read_manifest.hpp"

#include "cleave/front/write_front.hpp"
#include "cleave/text/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <regex>
#include <string_view>
#include <utility>

namespace cleave {
namespace {

template <class T, std::size_t N>
T choose(const JsonField& parent, const std::string& key,
         const std::array<std::pair<const char*, T>, N>& choices) {
    const auto field = parent.require(key);
    const auto text = field ? field->string() : std::nullopt;
    if (!text) {
        return choices.front().second;
    }
    std::string allowed;
    for (const auto& [name, value] : choices) {
        if (*text == name) {
            return value;
        }
        allowed += (allowed.empty() ? "" : ", ") + std::string(name);
    }
    field->fault(fmt::format("'{}' is none of: {}", *text, allowed));
    return choices.front().second;
}

constexpr std::array<std::pair<const char*, StepDevice>, 3> kDevices{
    {{"gpu", StepDevice::gpu}, {"fpga", StepDevice::fpga}, {"link", StepDevice::link}}};
constexpr std::array<std::pair<const char*, StepDevice>, 2> kComputers{
    {{"gpu", StepDevice::gpu}, {"fpga", StepDevice::fpga}}};
constexpr std::array<std::pair<const char*, Direction>, 2> kDirections{
    {{"to_fpga", Direction::to_fpga}, {"to_gpu", Direction::to_gpu}}};
constexpr std::array<std::pair<const char*, TensorContent>, 2> kContents{
    {{"map", TensorContent::map}, {"partial_sums", TensorContent::partial_sums}}};
constexpr std::array<std::pair<const char*, TensorType>, 3> kTypes{
    {{"float32", TensorType::float32}, {"int8", TensorType::int8}, {"int32", TensorType::int32}}};
const std::array<std::pair<const char*, std::optional<SplitAxis>>, 4> kAxes{
    {{"whole", std::nullopt},
     {"channels", SplitAxis::channels},
     {"filters", SplitAxis::filters},
     {"groups", SplitAxis::groups}}};

constexpr std::int64_t kLargestExponent = 1000;

/// Faults of keys that this version of the format does not have.
void allow(const JsonField& field, std::initializer_list<std::string_view> keys) {
    for (auto it = field.value().begin(); field.value().is_object() && it != field.value().end(); ++it) {
        if (std::find(keys.begin(), keys.end(), it.key()) == keys.end()) {
            field.fault(fmt::format("unknown key '{}'", it.key()));
        }
    }
}

/// A text that is not empty.
std::string text_of(const JsonField& parent, const std::string& key) {
    const auto field = parent.require(key);
    const auto text = field ? field->string() : std::nullopt;
    if (text && text->empty()) {
        field->fault("must not be empty");
    }
    return text.value_or("");
}

std::vector<std::int64_t> integers(const JsonField& parent, const std::string& key, std::size_t count,
                                   std::int64_t least) {
    std::vector<std::int64_t> numbers;
    const auto field = parent.require(key);
    if (field) {
        for (const JsonField& item : field->items()) {
            numbers.push_back(item.integer(least).value_or(least));
        }
        if (field->value().is_array() && numbers.size() != count) {
            field->fault(fmt::format("must have {} numbers, not {}", count, numbers.size()));
        }
    }
    numbers.resize(count, least);
    return numbers;
}

Range range(const JsonField& parent, const std::string& key) {
    const std::vector<std::int64_t> numbers = integers(parent, key, 2, 0);
    return {numbers[0], numbers[1]};
}

std::vector<std::size_t> step_ids(const JsonField& parent, const std::string& key) {
    std::vector<std::size_t> ids;
    if (const auto field = parent.require(key)) {
        for (const JsonField& item : field->items()) {
            ids.push_back(static_cast<std::size_t>(item.integer(0).value_or(0)));
        }
    }
    return ids;
}

std::vector<std::string> texts(const JsonField& parent, const std::string& key) {
    std::vector<std::string> result;
    if (const auto field = parent.require(key)) {
        for (const JsonField& item : field->items()) {
            result.push_back(item.string().value_or(""));
        }
    }
    return result;
}

std::optional<int> exponent(const JsonField& parent, const std::string& key) {
    const auto field = parent.find(key);
    const auto number = field ? field->integer(-kLargestExponent, kLargestExponent) : std::nullopt;
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::string file_name(const JsonField& parent, const std::string& key) {
    const std::string name = text_of(parent, key);
    if (!name.empty() && !is_bundle_path(name)) {
        parent.fault(fmt::format("'{}' is no file name that a bundle may have", name));
    }
    return name;
}

/// Reads the items of a list one by one.
template <class Read>
auto list(const JsonField& parent, const std::string& key, const Read& read) {
    std::vector<decltype(read(parent))> result;
    if (const auto field = parent.require(key)) {
        for (const JsonField& item : field->items()) {
            // What is no object is one fault, not one for each key.
            if (item.value().is_object()) {
                result.push_back(read(item));
            } else {
                item.fault("must be an object");
            }
        }
        if (field->value().is_array() && field->value().empty()) {
            field->fault("must not be empty");
        }
    }
    return result;
}

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

/// scale = 2^exponent and zero point 0, as the schema wants them beside it.
void check_quantisation(const JsonField& field, const DescribedTensor& tensor) {
    const bool fixed = tensor.type != TensorType::float32;
    for (const char* key : {"exponent", "scale", "zero_point"}) {
        if (field.find(key).has_value() != fixed) {
            field.fault(fmt::format("key '{}' is {}", key, fixed ? "missing" : "not allowed for float32"));
        }
    }
    const auto scale = field.find("scale");
    const auto number = scale ? scale->real() : std::nullopt;
    if (number && tensor.exponent && *number != std::ldexp(1.0, *tensor.exponent)) {
        scale->fault(fmt::format("is not 2^{}", *tensor.exponent));
    }
    if (const auto zero = field.find("zero_point")) {
        static_cast<void>(zero->integer(0, 0));
    }
}

DescribedTensor read_tensor(const JsonField& field) {
    DescribedTensor tensor;
    allow(field, {"name", "layer", "content", "channels", "shape", "dtype", "exponent", "scale", "zero_point",
                  "from", "to", "crossing"});
    tensor.name = text_of(field, "name");
    tensor.layer = text_of(field, "layer");
    tensor.content = choose(field, "content", kContents);
    tensor.channels = range(field, "channels");
    const std::vector<std::int64_t> shape = integers(field, "shape", 4, 1);
    if (shape[0] != 1) {
        field.fault("shape: must start with 1");
    }
    tensor.shape = {shape[1], shape[2], shape[3]};
    tensor.type = choose(field, "dtype", kTypes);
    tensor.exponent = exponent(field, "exponent");
    check_quantisation(field, tensor);
    const auto from = field.require("from");
    if (from && !from->value().is_null()) {
        if (const auto step = from->integer(0)) {
            tensor.from = static_cast<std::size_t>(*step);
        }
    }
    tensor.to = step_ids(field, "to");
    if (field.find("crossing")) {
        object(field, "crossing", [&](const JsonField& crossing) {
            allow(crossing, {"step", "direction", "bits", "bytes"});
            tensor.crossing = DescribedCrossing{static_cast<std::size_t>(crossing.integer("step", 0)),
                                                choose(crossing, "direction", kDirections),
                                                crossing.integer("bits", 1), crossing.integer("bytes", 1)};
        });
    }
    return tensor;
}

DescribedStep read_step(const JsonField& field) {
    DescribedStep step;
    step.device = choose(field, "device", kDevices);
    const bool link = step.device == StepDevice::link;
    allow(field, {"id", "device", "kind", link ? "direction" : "file", "depends_on", "inputs", "outputs",
                  "expected"});
    const std::string kind = text_of(field, "kind");
    if (!kind.empty() && kind != (link ? "transfer" : "compute")) {
        field.fault(fmt::format("kind '{}' does not fit the device", kind));
    }
    if (link) {
        step.direction = choose(field, "direction", kDirections);
    } else {
        step.file = file_name(field, "file");
    }
    step.depends_on = step_ids(field, "depends_on");
    step.inputs = texts(field, "inputs");
    step.outputs = texts(field, "outputs");
    object(field, "expected", [&](const JsonField& expected) {
        allow(expected, {"start_ns", "duration_ns", "energy_pj"});
        step.start_ns = expected.integer("start_ns", 0);
        step.duration_ns = expected.integer("duration_ns", 0);
        step.energy_pj = expected.integer("energy_pj", 0);
    });
    return step;
}

DescribedPart read_part(const JsonField& field) {
    DescribedPart part;
    allow(field, {"step", "device", "axis", "first", "count", "node", "exponents"});
    part.step = static_cast<std::size_t>(field.integer("step", 0));
    part.device = choose(field, "device", kComputers);
    part.axis = choose(field, "axis", kAxes);
    part.range = {field.integer("first", 0), field.integer("count", 0)};
    if (const auto node = field.find("node")) {
        part.node = node->string();
    }
    if (const auto found = field.find("exponents")) {
        if (part.device == StepDevice::gpu) {
            found->fault("is not allowed for the GPU");
        }
        object(field, "exponents", [&](const JsonField& exponents) {
            allow(exponents, {"weights", "bias", "output"});
            part.exponents = {exponent(exponents, "weights"), exponent(exponents, "bias"),
                              exponent(exponents, "output")};
        });
    }
    return part;
}

DescribedLayer read_layer(const JsonField& field) {
    allow(field, {"name", "op", "parts"});
    return {text_of(field, "name"), text_of(field, "op"), list(field, "parts", read_part)};
}

DescribedVector read_vector(const JsonField& field) {
    allow(field, {"tensors", "float_output"});
    const auto read_recorded = [](const JsonField& item) {
        allow(item, {"tensor", "file"});
        return DescribedVector::Recorded{text_of(item, "tensor"), file_name(item, "file")};
    };
    return {list(field, "tensors", read_recorded), file_name(field, "float_output")};
}

DescribedFile read_file(const JsonField& field) {
    allow(field, {"path", "bytes", "sha256"});
    return {file_name(field, "path"), field.integer("bytes", 0), field.sha256("sha256")};
}

constexpr std::array<std::pair<const char*, bool>, 2> kWeightSources{{{"seed", true}, {"model", false}}};
constexpr std::array<std::pair<const char*, bool>, 2> kCalibrationSources{{{"seed", true}, {"files", false}}};

void read_weights(const JsonField& field, DescribedBundle& bundle) {
    if (choose(field, "source", kWeightSources)) {
        allow(field, {"source", "seed"});
        bundle.weights_seed = static_cast<std::uint64_t>(field.integer("seed", 0));
    } else {
        allow(field, {"source", "sha256"});
        bundle.weights_sha256 = field.sha256("sha256");
    }
}

/// What nothing here can be compared with, but what must be there.
void check_calibration(const JsonField& field) {
    const std::int64_t inputs = field.integer("inputs", 1);
    const bool seeded = choose(field, "source", kCalibrationSources);
    allow(field, {"source", "inputs", seeded ? "seed" : "sha256"});
    if (seeded) {
        static_cast<void>(field.integer("seed", 0));
    } else if (const auto hashes = field.require("sha256")) {
        const std::vector<JsonField> items = hashes->items();
        for (const JsonField& item : items) {
            static_cast<void>(item.sha256());
        }
        if (hashes->value().is_array() && static_cast<std::int64_t>(items.size()) != inputs) {
            hashes->fault(fmt::format("must have one for each of the {} inputs", inputs));
        }
    }
}

void check_tool(const JsonField& field) {
    allow(field, {"name", "version"});
    if (const std::string name = text_of(field, "name"); name != "cleave" && !name.empty()) {
        field.fault("name must be 'cleave'");
    }
    static const std::regex kVersion("[0-9]{1,9}\\.[0-9]{1,9}\\.[0-9]{1,9}[-+.0-9A-Za-z]{0,32}");
    if (const std::string version = text_of(field, "version");
        !version.empty() && !std::regex_match(version, kVersion)) {
        field.fault("version must be such as '1.2.3'");
    }
}

DescribedPlatform read_platform(const JsonField& field) {
    DescribedPlatform platform;
    allow(field, {"gpu", "fpga", "link"});
    // Of the model files, which platform.yaml repeats but not byte for byte.
    const auto check_hash = [](const JsonField& device) { static_cast<void>(device.sha256("sha256")); };
    object(field, "gpu", [&](const JsonField& gpu) {
        allow(gpu, {"model", "sha256", "profile", "power_mode"});
        platform.gpu = text_of(gpu, "model");
        platform.profile = text_of(gpu, "profile");
        platform.power_mode = text_of(gpu, "power_mode");
        check_hash(gpu);
    });
    object(field, "fpga", [&](const JsonField& fpga) {
        allow(fpga, {"model", "sha256", "implementation", "clock_hz"});
        platform.fpga = text_of(fpga, "model");
        platform.implementation = text_of(fpga, "implementation");
        platform.clock_hz = fpga.real("clock_hz");
        check_hash(fpga);
    });
    object(field, "link", [&](const JsonField& link) {
        allow(link, {"model", "sha256"});
        platform.link = text_of(link, "model");
        check_hash(link);
    });
    return platform;
}

void check_step_ids(const JsonField& root) {
    std::int64_t next = 0;
    if (const auto steps = root.find("steps"); steps && steps->value().is_array()) {
        for (const JsonField& step : steps->items()) {
            if (step.value().is_object() && step.integer("id", 0) != next) {
                step.fault(fmt::format("id is not {}, the step's position", next));
            }
            ++next;
        }
    }
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

DescribedBundle read_manifest(std::string_view text) {
    const Json json = parse_json(text);
    std::vector<std::string> faults;
    const JsonField root(json, "", faults);
    if (!json.is_object()) {
        throw FormatError({"must be an object"});
    }
    DescribedBundle bundle;
    allow(root, {"schema_version", "tool", "network", "platform", "point", "weights", "calibration", "input",
                 "output", "tensors", "steps", "layers", "vectors", "files"});
    if (const auto version = root.require("schema_version")) {
        static_cast<void>(version->integer(1, 1));
    }
    object(root, "tool", check_tool);
    object(root, "network", [&](const JsonField& field) {
        allow(field, {"name", "sha256", "macs", "weights", "params", "layers"});
        bundle.network = text_of(field, "name");
        bundle.network_sha256 = field.sha256("sha256");
        bundle.totals = {field.integer("macs", 0), field.integer("weights", 0), field.integer("params", 0)};
        bundle.layer_count = field.integer("layers", 0);
    });
    object(root, "platform", [&](const JsonField& field) { bundle.platform = read_platform(field); });
    object(root, "point", [&](const JsonField& field) {
        allow(field, {"id", "front_sha256", "strategies", "latency_ns", "energy_pj", "standing_power_mw",
                      "standing_energy_pj", "link_bytes"});
        bundle.point = text_of(field, "id");
        if (!bundle.point.empty() && !is_point_id(bundle.point)) {
            field.fault("id must be such as 'p001'");
        }
        static_cast<void>(field.sha256("front_sha256"));
        bundle.strategies = texts(field, "strategies");
        bundle.latency_ns = field.integer("latency_ns", 0);
        bundle.energy_pj = field.integer("energy_pj", 0);
        bundle.standing_power_mw = field.integer("standing_power_mw", 0);
        bundle.standing_energy_pj = field.integer("standing_energy_pj", 0);
        bundle.link_bytes = field.integer("link_bytes", 0);
    });
    object(root, "weights", [&](const JsonField& field) { read_weights(field, bundle); });
    object(root, "calibration", check_calibration);
    bundle.input = text_of(root, "input");
    bundle.output = text_of(root, "output");
    bundle.tensors = list(root, "tensors", read_tensor);
    bundle.steps = list(root, "steps", read_step);
    check_step_ids(root);
    bundle.layers = list(root, "layers", read_layer);
    bundle.vectors = list(root, "vectors", read_vector);
    bundle.files = list(root, "files", read_file);
    if (!faults.empty()) {
        throw FormatError(std::move(faults));
    }
    return bundle;
}

}  // namespace cleave
