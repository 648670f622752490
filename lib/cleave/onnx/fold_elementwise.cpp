// SPDX-License-Identifier: Apache-2.0
#include "cleave/onnx/attributes.hpp"
#include "cleave/onnx/constant.hpp"
#include "cleave/onnx/element_type.hpp"
#include "cleave/onnx/reshape.hpp"

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>

// Constants that are computed element by element: weights in parts, and arithmetic on shapes.
namespace cleave {
namespace {

using Dims = std::vector<std::int64_t>;
using Result = std::optional<Constant>;

/// Whole numbers that a double and an int64 both hold.
bool is_exact(double number) { return std::abs(number) < 9e15 && number == std::trunc(number); }

Result cast(const OnnxNode& node, const Constant& in) {
    const OnnxType to = element_type(integer_attribute(node, "to", 0));
    const bool is_half_byte = to == OnnxType::int4 || to == OnnxType::uint4;
    if (to == OnnxType::other || is_half_byte || in.count() > kMostFolded) {
        return std::nullopt;
    }
    if (to == in.type() || (is_float(to) && in.is_float())) {
        return in.with_type(to);
    }
    std::vector<double> numbers;
    numbers.reserve(static_cast<std::size_t>(in.count()));
    for (std::int64_t i = 0; i < in.count(); ++i) {
        double number = in.number(i);
        if (to == OnnxType::boolean) {
            number = number != 0 ? 1 : 0;
        } else if (is_integer(to)) {
            number = std::trunc(number);
        }
        if (!is_float(to) && !is_exact(number)) {
            return std::nullopt;
        }
        numbers.push_back(number);
    }
    Constant result = make_constant(to, in.dims(), numbers);
    result.origin = in.origin;
    return result;
}

using Unary = double (*)(double);
const std::map<std::string, Unary>& unary_operators() {
    static const std::map<std::string, Unary> table{
        {"Floor", [](double x) { return std::floor(x); }},
        {"Ceil", [](double x) { return std::ceil(x); }},
        {"Round", [](double x) { return std::nearbyint(x); }},
        {"Sqrt", [](double x) { return std::sqrt(x); }},
        {"Exp", [](double x) { return std::exp(x); }},
        {"Log", [](double x) { return std::log(x); }},
        {"Abs", [](double x) { return std::abs(x); }},
        {"Neg", [](double x) { return -x; }},
        {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }},
        {"Reciprocal", [](double x) { return 1 / x; }},
        {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
        {"Tanh", [](double x) { return std::tanh(x); }},
        {"Relu", [](double x) { return x > 0 ? x : 0; }},
        {"Sign", [](double x) { return x > 0   ? 1.0
                                       : x < 0 ? -1.0
                                               : 0.0; }},
    };
    return table;
}

/// Result of an operator with two inputs, on integers if `whole`; nothing where it has none.
std::optional<double> compute(const std::string& op, double x, double y, bool whole) {
    if (op == "Add") {
        return x + y;
    }
    if (op == "Sub") {
        return x - y;
    }
    if (op == "Mul") {
        return x * y;
    }
    if (op == "Div") {
        return !whole ? std::optional(x / y) : y == 0 ? std::nullopt : std::optional(std::trunc(x / y));
    }
    if (op == "Mod") {
        return !whole || y == 0 ? std::nullopt : std::optional(x - y * std::floor(x / y));
    }
    if (op == "Pow") {
        return std::pow(x, y);
    }
    if (op == "Max") {
        return std::fmax(x, y);
    }
    if (op == "Min") {
        return std::fmin(x, y);
    }
    const bool truth = op == "Equal"            ? x == y
                       : op == "Greater"        ? x > y
                       : op == "GreaterOrEqual" ? x >= y
                       : op == "Less"           ? x < y
                       : op == "LessOrEqual"    ? x <= y
                       : op == "And"            ? x != 0 && y != 0
                                                : x != 0 || y != 0;
    return truth ? 1 : 0;
}

bool is_arithmetic(const std::string& op) {
    return op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Mod" || op == "Pow" ||
           op == "Max" || op == "Min";
}
bool is_comparison(const std::string& op) {
    return op == "Equal" || op == "Greater" || op == "GreaterOrEqual" || op == "Less" ||
           op == "LessOrEqual" || op == "And" || op == "Or";
}

/// Calls `visit` with the indices in two arrays for each element that they broadcast to.
template <class Visit>
bool each_pair(const Dims& a, const Dims& b, const Dims& to, const Visit& visit) {
    const auto count = count_elements(to);
    if (!count || *count > kMostFolded) {
        return false;
    }
    const Dims a_strides = broadcast_strides(a, to);
    const Dims b_strides = broadcast_strides(b, to);
    std::vector<std::int64_t> from_b;
    from_b.reserve(static_cast<std::size_t>(*count));
    Transposed{to, b_strides}.each_source([&](std::int64_t i) { from_b.push_back(i); });
    std::size_t at = 0;
    Transposed{to, a_strides}.each_source([&](std::int64_t i) { visit(i, from_b[at++]); });
    return true;
}

Result binary(const std::string& op, const Constant& a, const Constant& b) {
    const bool raises = op == "Pow" && a.is_float();
    if (a.type() != b.type() && !(a.is_float() && b.is_float()) && !raises) {
        return std::nullopt;
    }
    const bool whole = !a.is_float();
    const auto dims = broadcast(a.dims(), b.dims());
    std::vector<double> numbers;
    bool known = true;
    const auto visit = [&](std::int64_t i, std::int64_t j) {
        const auto number = compute(op, a.number(i), b.number(j), whole);
        const bool exact = !whole || (is_exact(a.number(i)) && is_exact(b.number(j)));
        known = known && number && exact && (!whole || is_exact(*number));
        numbers.push_back(known ? *number : 0);
    };
    if (!dims || !each_pair(a.dims(), b.dims(), *dims, visit) || !known) {
        return std::nullopt;
    }
    return make_constant(is_comparison(op) ? OnnxType::boolean : a.type(), *dims, numbers);
}

Result unary(Unary function, const Constant& in) {
    if (in.count() > kMostFolded) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    numbers.reserve(static_cast<std::size_t>(in.count()));
    for (std::int64_t i = 0; i < in.count(); ++i) {
        numbers.push_back(function(in.number(i)));
        if (!in.is_float() && !is_exact(numbers.back())) {
            return std::nullopt;
        }
    }
    return make_constant(in.type(), in.dims(), numbers);
}

Result where(const Constant& condition, const Constant& a, const Constant& b) {
    auto dims = broadcast(a.dims(), b.dims());
    dims = dims ? broadcast(*dims, condition.dims()) : std::nullopt;
    if (!dims || a.type() != b.type()) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    const bool sound = each_pair(a.dims(), b.dims(), *dims, [&](std::int64_t i, std::int64_t j) {
        numbers.push_back(a.number(i));
        numbers.push_back(b.number(j));
    });
    if (!sound) {
        return std::nullopt;
    }
    std::vector<double> chosen;
    std::size_t at = 0;
    Transposed{*dims, broadcast_strides(condition.dims(), *dims)}.each_source([&](std::int64_t i) {
        chosen.push_back(numbers[condition.number(i) != 0 ? at : at + 1]);
        at += 2;
    });
    return make_constant(a.type(), *dims, chosen);
}

Result range(const ConstantInputs& inputs) {
    constexpr double kMost = 1 << 20;
    if (inputs.size() != 3 || !inputs[1] || !inputs[2] || inputs[0]->count() != 1 ||
        inputs[1]->count() != 1 || inputs[2]->count() != 1 || inputs[2]->number(0) == 0) {
        return std::nullopt;
    }
    const double start = inputs[0]->number(0);
    const double step = inputs[2]->number(0);
    const double count = std::fmax(std::ceil((inputs[1]->number(0) - start) / step), 0);
    if (!(count <= kMost)) {
        return std::nullopt;
    }
    std::vector<double> numbers;
    for (double i = 0; i < count; ++i) {
        numbers.push_back(start + i * step);
        if (!inputs[0]->is_float() && !is_exact(numbers.back())) {
            return std::nullopt;
        }
    }
    return make_constant(inputs[0]->type(), {static_cast<std::int64_t>(numbers.size())}, numbers);
}

/// Over all elements, of a list.
Result reduce(const OnnxNode& node, const Constant& in) {
    if (in.dims().size() != 1 || in.count() == 0 || in.count() > kMostFolded) {
        return std::nullopt;
    }
    double result = in.number(0);
    for (std::int64_t i = 1; i < in.count(); ++i) {
        const double x = in.number(i);
        result = node.op == "ReduceProd"  ? result * x
                 : node.op == "ReduceSum" ? result + x
                 : node.op == "ReduceMax" ? std::fmax(result, x)
                                          : std::fmin(result, x);
    }
    if (!in.is_float() && !is_exact(result)) {
        return std::nullopt;
    }
    const bool keep = integer_attribute(node, "keepdims", 1) != 0;
    return make_constant(in.type(), keep ? Dims{1} : Dims{}, {result});
}

}  // namespace

std::optional<Constant> fold_elementwise(const OnnxNode& node, const ConstantInputs& inputs) {
    const std::string& op = node.op;
    const Constant& first = *inputs.front();
    const auto known = [&](std::size_t i) {
        return inputs.size() > i && inputs[i] && inputs[i]->is_known() ? &*inputs[i] : nullptr;
    };
    if (op == "Cast") {
        return cast(node, first);
    }
    if (const auto found = unary_operators().find(op); found != unary_operators().end()) {
        return unary(found->second, first);
    }
    if ((is_arithmetic(op) || is_comparison(op)) && inputs.size() == 2 && known(1) != nullptr) {
        return binary(op, first, *known(1));
    }
    if (op == "Where" && known(1) != nullptr && known(2) != nullptr) {
        return where(first, *known(1), *known(2));
    }
    if (op == "Range") {
        return range(inputs);
    }
    if (op == "ReduceProd" || op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin") {
        return reduce(node, first);
    }
    return std::nullopt;
}

}  // namespace cleave
