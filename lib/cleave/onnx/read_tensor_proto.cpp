// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/read_tensor_proto.hpp"

#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/element_type.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cleave {
namespace {

// Numbers are copied as they lie in the file.
static_assert(std::endian::native == std::endian::little, "ONNX files hold little-endian numbers");

/// IEEE 754 binary16: sign, five bits of exponent, ten of mantissa.
float from_half(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const int mantissa = bits & 1023;
    float value = 0;
    if (exponent == 31) {
        value =
            mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    } else {
        value = exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                              : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -value : value;
}

/// The upper half of a float32.
float from_brain(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U); }

std::optional<std::uint64_t> whole_number(const std::string& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

class TensorReader {
public:
    TensorReader(const onnx::TensorProto& proto, const std::string& what, std::vector<std::string>& faults)
        : proto_(proto), what_(what), faults_(faults) {}

    OnnxTensor run(const ExternalReader& external) {
        result_.name = proto_.name();
        result_.type = element_type(proto_.data_type());
        result_.dims.assign(proto_.dims().begin(), proto_.dims().end());
        const std::optional<std::int64_t> counted = count_elements(result_.dims);
        if (!counted) {
            faults_.push_back(fmt::format("{} claims an impossible size", what_));
            return std::move(result_);
        }
        count_ = *counted;
        if (result_.type == OnnxType::other) {
            return std::move(result_);
        }
        if (proto_.data_location() == onnx::TensorProto::EXTERNAL || proto_.external_data_size() > 0) {
            read_external(external);
        } else if (proto_.has_raw_data()) {
            raw_ = proto_.raw_data();
        }
        const bool typed = proto_.float_data_size() + proto_.int32_data_size() + proto_.int64_data_size() +
                               proto_.double_data_size() + proto_.uint64_data_size() >
                           0;
        result_.absent = count_ > 0 && !typed && (!raw_ || raw_->empty());
        if (!result_.absent) {
            read();
        }
        return std::move(result_);
    }

private:
    void read_external(const ExternalReader& external) {
        ExternalData data;
        data.length = static_cast<std::uint64_t>(bytes());
        for (const auto& entry : proto_.external_data()) {
            const bool is_offset = entry.key() == "offset";
            if (entry.key() == "location") {
                data.location = entry.value();
            } else if (is_offset || entry.key() == "length") {
                const auto number = whole_number(entry.value());
                if (!number || (!is_offset && *number != data.length)) {
                    faults_.push_back(
                        fmt::format("{} is stored outside the file with the {} '{}', but has {} bytes", what_,
                                    entry.key(), entry.value().substr(0, 40), data.length));
                    return;
                }
                data.offset = is_offset ? *number : data.offset;
            }
        }
        try {
            if (auto part = external ? external(data) : std::nullopt) {
                held_ = std::move(*part);
                raw_ = held_;
            }
        } catch (const OnnxError& error) {
            faults_.push_back(fmt::format("{} {}", what_, error.what()));
        }
    }

    /// Bytes of all elements in raw data.
    [[nodiscard]] std::int64_t bytes() const {
        switch (result_.type) {
            case OnnxType::float64:
            case OnnxType::int64:
            case OnnxType::uint64: return 8 * count_;
            case OnnxType::float32:
            case OnnxType::int32:
            case OnnxType::uint32: return 4 * count_;
            case OnnxType::float16:
            case OnnxType::bfloat16:
            case OnnxType::int16:
            case OnnxType::uint16: return 2 * count_;
            case OnnxType::int4:
            case OnnxType::uint4: return (count_ + 1) / 2;
            case OnnxType::int8:
            case OnnxType::uint8:
            case OnnxType::boolean:
            case OnnxType::other: break;
        }
        return count_;
    }

    void read() {
        const auto same = [](auto number) { return number; };
        auto& floats = result_.floats;
        auto& ints = result_.ints;
        switch (result_.type) {
            case OnnxType::float32: copy<float>(proto_.float_data(), floats, same); break;
            case OnnxType::float64: copy<double>(proto_.double_data(), floats, same); break;
            case OnnxType::float16: copy<std::uint16_t>(proto_.int32_data(), floats, from_half); break;
            case OnnxType::bfloat16: copy<std::uint16_t>(proto_.int32_data(), floats, from_brain); break;
            case OnnxType::int8: copy<std::int8_t>(proto_.int32_data(), ints, same); break;
            case OnnxType::int16: copy<std::int16_t>(proto_.int32_data(), ints, same); break;
            case OnnxType::int32: copy<std::int32_t>(proto_.int32_data(), ints, same); break;
            case OnnxType::int64: copy<std::int64_t>(proto_.int64_data(), ints, same); break;
            case OnnxType::boolean:
            case OnnxType::uint8: copy<std::uint8_t>(proto_.int32_data(), ints, same); break;
            case OnnxType::uint16: copy<std::uint16_t>(proto_.int32_data(), ints, same); break;
            case OnnxType::uint32: copy<std::uint32_t>(proto_.uint64_data(), ints, same); break;
            case OnnxType::uint64: copy<std::uint64_t>(proto_.uint64_data(), ints, same); break;
            case OnnxType::int4:
            case OnnxType::uint4: copy_halves(); break;
            case OnnxType::other: result_.bytes = proto_.SerializeAsString(); break;
        }
    }

    [[nodiscard]] bool fits(std::int64_t held, std::int64_t needed, bool whole) {
        if (held != needed || !whole) {
            faults_.push_back(
                fmt::format("{} holds {} values where its shape needs {}", what_, held, needed));
        }
        return held == needed && whole;
    }

    /// @tparam Stored  how one element lies in raw data
    template <class Stored, class Typed, class Value, class Convert>
    void copy(const Typed& typed, std::vector<Value>& values, const Convert& convert) {
        const std::size_t held =
            raw_ ? raw_->size() / sizeof(Stored) : static_cast<std::size_t>(typed.size());
        if (!fits(static_cast<std::int64_t>(held), count_, !raw_ || raw_->size() % sizeof(Stored) == 0)) {
            return;
        }
        values.resize(held);
        if (!raw_) {
            std::size_t at = 0;
            for (const auto number : typed) {
                values[at++] = static_cast<Value>(convert(static_cast<Stored>(number)));
            }
        } else if constexpr (std::is_same_v<Stored, Value>) {
            if (held > 0) {
                std::memcpy(values.data(), raw_->data(), raw_->size());
            }
        } else {
            for (std::size_t i = 0; i < held; ++i) {
                Stored stored{};
                std::memcpy(&stored, raw_->data() + i * sizeof(Stored), sizeof(Stored));
                values[i] = static_cast<Value>(convert(stored));
            }
        }
    }

    /// Two elements a byte, the first in the lower half.
    void copy_halves() {
        const std::size_t held = raw_ ? raw_->size() : static_cast<std::size_t>(proto_.int32_data_size());
        if (!fits(static_cast<std::int64_t>(held), bytes(), true)) {
            return;
        }
        const bool has_sign = result_.type == OnnxType::int4;
        for (std::int64_t i = 0; i < count_; ++i) {
            const auto at = static_cast<std::size_t>(i / 2);
            const int byte = raw_ ? static_cast<unsigned char>((*raw_)[at])
                                  : proto_.int32_data(static_cast<int>(at)) & 255;
            const int half = (i % 2 == 0 ? byte : byte >> 4) & 15;
            result_.ints.push_back(has_sign && half >= 8 ? half - 16 : half);
        }
    }

    const onnx::TensorProto& proto_;
    const std::string& what_;
    std::vector<std::string>& faults_;
    OnnxTensor result_;
    std::int64_t count_ = 0;
    /// Raw data, here or of another file.
    std::optional<std::string_view> raw_;
    std::string held_;
};

}  // namespace

OnnxTensor read_tensor(const onnx::TensorProto& proto, const std::string& what,
                       const ExternalReader& external, std::vector<std::string>& faults) {
    return TensorReader(proto, what, faults).run(external);
}

}  // namespace cleave
