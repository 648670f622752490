// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/onnx/model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

/// A constant of a model: numbers, or one number repeated. Cheap to copy; a filled constant of any size takes
/// no memory.
class Constant {
public:
    /// @param tensor  must outlive the constant
    explicit Constant(const OnnxTensor& tensor);
    /// Takes a tensor over.
    explicit Constant(OnnxTensor&& tensor);
    /// `number` repeated. @param dims  their product is below 2^40
    Constant(OnnxType type, std::vector<std::int64_t> dims, double number);
    /// The same numbers in another shape of as many elements.
    [[nodiscard]] Constant with_dims(std::vector<std::int64_t> dims) const;
    /// The same numbers as another type that is floating-point if this is.
    [[nodiscard]] Constant with_type(OnnxType type) const;

    [[nodiscard]] OnnxType type() const { return type_; }
    [[nodiscard]] const std::vector<std::int64_t>& dims() const { return dims_; }
    [[nodiscard]] std::int64_t count() const { return count_; }
    /// Whether numbers are known: false for element types that are not read.
    [[nodiscard]] bool is_known() const { return type_ != OnnxType::other; }
    [[nodiscard]] bool is_float() const { return cleave::is_float(type_); }
    [[nodiscard]] double number(std::int64_t i) const;
    /// The same of integers, of all 64 bits.
    [[nodiscard]] std::int64_t integer(std::int64_t i) const;
    /// All numbers; only for constants whose count() has been checked.
    [[nodiscard]] std::vector<float> floats() const;
    [[nodiscard]] std::vector<std::int64_t> integers() const;

    /// Name of the value that the numbers come from.
    std::string origin;
    /// The numbers are no more than placeholders (0) for those of a tensor that is not at hand.
    bool absent = false;

private:
    OnnxType type_;
    std::vector<std::int64_t> dims_;
    std::int64_t count_ = 0;
    std::shared_ptr<const OnnxTensor> owned_;
    const OnnxTensor* tensor_ = nullptr;
    double fill_ = 0;
};

/// Product of dimensions; nothing if one is negative or the product is not below 2^40.
[[nodiscard]] std::optional<std::int64_t> count_elements(const std::vector<std::int64_t>& dims);

/// The constant's numbers as a tensor without a name; floating-point ones in 32 bits. For constants whose
/// count() has been checked.
[[nodiscard]] OnnxTensor to_tensor(const Constant& constant);

/// A constant of these numbers; integers are cut to whole ones.
[[nodiscard]] Constant make_constant(OnnxType type, std::vector<std::int64_t> dims,
                                     const std::vector<double>& numbers);

/// Shape that arrays of both shapes broadcast to, as NumPy has it; nothing if they do not fit.
[[nodiscard]] std::optional<std::vector<std::int64_t>> broadcast(const std::vector<std::int64_t>& a,
                                                                 const std::vector<std::int64_t>& b);
/// Distance of neighbours along each axis of `to` in an array of shape `from` that broadcasts to it.
[[nodiscard]] std::vector<std::int64_t> broadcast_strides(const std::vector<std::int64_t>& from,
                                                          const std::vector<std::int64_t>& to);

using ConstantInputs = std::vector<std::optional<Constant>>;

/// What a node computes if all its inputs are constants: the first outputs, as many as are known; an absent
/// optional input is nothing.
/// @return empty for operators that are not folded, for inputs they do not take, and for results of more
/// elements than weights have.
[[nodiscard]] std::vector<Constant> fold_constants(const OnnxNode& node, const ConstantInputs& inputs);

/// The parts of it, each with one output. @return nothing for nodes that are of another part, or as above
[[nodiscard]] std::optional<Constant> fold_elementwise(const OnnxNode& node, const ConstantInputs& inputs);
[[nodiscard]] std::optional<Constant> fold_rearranged(const OnnxNode& node, const ConstantInputs& inputs);
[[nodiscard]] std::optional<Constant> fold_quantised(const OnnxNode& node, const ConstantInputs& inputs);

/// Constants are computed or rearranged number by number up to this size.
inline constexpr std::int64_t kMostFolded = std::int64_t{1} << 28;

}  // namespace cleave
