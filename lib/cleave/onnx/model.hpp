// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cleave {

/// ONNX models as plain values. Only read_file.cpp, write_file.cpp, raise_opset.cpp and the files with
/// `proto` or `sound` in their names see the ONNX library's types.

/// Element types; `other` is one whose numbers are not read (texts, complex numbers, floats of 8 bits).
enum class OnnxType {
    float32,
    float16,
    bfloat16,
    float64,
    int4,
    int8,
    int16,
    int32,
    int64,
    uint4,
    uint8,
    uint16,
    uint32,
    uint64,
    boolean,
    other
};
[[nodiscard]] constexpr bool is_float(OnnxType type) { return type <= OnnxType::float64; }
[[nodiscard]] constexpr bool is_integer(OnnxType type) {
    return type >= OnnxType::int4 && type <= OnnxType::boolean;
}

/// A constant tensor. Floating-point types fill `floats`, rounded to 32 bits; integer types fill `ints`;
/// `other` neither.
struct OnnxTensor {
    std::string name;
    OnnxType type = OnnxType::float32;
    std::vector<std::int64_t> dims;
    std::vector<float> floats;
    std::vector<std::int64_t> ints;
    /// The numbers are not there: stripped from the file, or stored in another one that is not at hand.
    bool absent = false;
    /// Of type `other`: the tensor as it lies in a file.
    std::string bytes = {};
};

/// A value of the graph; a dimension that is not a fixed number is -1.
struct OnnxValue {
    std::string name;
    OnnxType type = OnnxType::float32;
    /// Absent: nothing is known of the shape.
    std::optional<std::vector<std::int64_t>> dims;
    /// The type as a file says it (TensorProto.DataType); 0 where it is not known.
    std::int64_t element = 0;
};

/// Subgraphs are not kept; this says that there was one.
struct OnnxSubgraph {};
/// An attribute of another kind, as it lies in a file.
struct OnnxRawAttribute {
    std::string bytes;
};
using OnnxAttribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                                   std::vector<double>, OnnxTensor, OnnxRawAttribute, OnnxSubgraph>;

struct OnnxNode {
    std::string name;
    std::string op;
    /// Empty for the standard operators.
    std::string domain;
    /// An empty name is an optional input that is absent.
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::map<std::string, OnnxAttribute> attributes;
    /// A comment.
    std::string doc = {};
};

struct OnnxModel {
    std::int64_t ir_version = 8;
    std::int64_t opset = 13;
    /// Versions of operators that are not standard ones, by domain.
    std::map<std::string, std::int64_t> domains;
    std::string producer;
    std::string graph_name;
    std::vector<OnnxNode> nodes;
    std::vector<OnnxTensor> initializers;
    /// Without initializers, which old models list as inputs.
    std::vector<OnnxValue> inputs;
    std::vector<OnnxValue> outputs;
    /// Shapes of values inside the graph, as the file states them.
    std::map<std::string, OnnxValue> values;
    /// What the reader left out, or does not know.
    std::vector<std::string> warnings;
};

/// Something is wrong with a model; one message for each fault, without the file's name.
class OnnxError : public std::runtime_error {
public:
    explicit OnnxError(std::vector<std::string> messages)
        : std::runtime_error(messages.empty() ? "bad model" : messages.front()),
          messages_(std::move(messages)) {}
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

private:
    std::vector<std::string> messages_;
};

/// Shapes that replace those of a model's inputs, by name.
using InputShapes = std::map<std::string, std::vector<std::int64_t>>;

/// Part of another file that a tensor is stored in.
struct ExternalData {
    std::string location;
    std::uint64_t offset = 0;
    /// Bytes.
    std::uint64_t length = 0;
};
/// Reads such a part; nothing if there is no such file. @throws OnnxError if it must not or cannot be read
using ExternalReader = std::function<std::optional<std::string>(const ExternalData&)>;

/// Reads the bytes of a .onnx file: local functions are put in the place of their calls.
/// @param external  absent: as if no other file were there
/// @throws OnnxError
[[nodiscard]] OnnxModel read_onnx(std::string_view bytes, const InputShapes& input_shapes = {},
                                  const ExternalReader& external = {});
/// The bytes of a .onnx file; the same model gives the same bytes. @throws OnnxError
[[nodiscard]] std::string write_onnx(const OnnxModel& model);
/// The same model, a file's bytes, in a newer version of the standard operators, as libonnx converts it.
/// @return nothing where it cannot
[[nodiscard]] std::optional<std::string> raise_opset(const std::string& bytes, std::int64_t opset);
/// False if this build has no ONNX library; read_onnx and write_onnx then always throw.
[[nodiscard]] bool has_onnx();

}  // namespace cleave
