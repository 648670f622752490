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

    [[nodiscard]] OnnxType type() const { return type_; }
    [[nodiscard]] const std::vector<std::int64_t>& dims() const { return dims_; }
    [[nodiscard]] std::int64_t count() const { return count_; }
    /// Whether numbers are known: false for element types that are not read.
    [[nodiscard]] bool is_known() const { return type_ != OnnxType::other; }
    [[nodiscard]] bool is_float() const { return type_ == OnnxType::float32; }
    [[nodiscard]] double number(std::int64_t i) const;
    /// All numbers; only for constants whose count() has been checked.
    [[nodiscard]] std::vector<float> floats() const;
    [[nodiscard]] std::vector<std::int64_t> integers() const;

    /// Name of the value that the numbers come from.
    std::string origin;

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

/// What a node computes if all its inputs are constants; an absent optional input is nothing.
/// @return nothing for operators that are not folded, for inputs they do not take, and for results of more
/// elements than a shape has (except rearranged constants).
[[nodiscard]] std::optional<Constant> fold_constants(const OnnxNode& node,
                                                     const std::vector<std::optional<Constant>>& inputs);

}  // namespace cleave
