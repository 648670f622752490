// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cleave/rtl/circuit_modules.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace cleave {

/// `valid` and `ready` of all streams of a circuit in a clock.
struct Handshakes {
    std::vector<std::uint8_t> valid;
    std::vector<std::uint8_t> ready;

    [[nodiscard]] bool passes(std::size_t stream) const { return valid[stream] != 0 && ready[stream] != 0; }
};

/// What of a module says when beats pass, register by register as in its Verilog: no number that passes
/// matters for that. All registers are as after a reset.
class ModuleControl {
public:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    virtual ~ModuleControl() = default;

    /// Says what is valid of what leaves, knowing that of what comes.
    virtual void offer(Handshakes& streams) const = 0;
    /// Then says what is ready of what comes, knowing that of what leaves.
    virtual void accept(Handshakes& streams) const = 0;
    /// The edge at the end of a clock. @return whether what it offers or accepts, or does next, may have
    ///         changed; if not, nothing does before wake(), as long as its streams are the same
    virtual bool edge(const Handshakes& streams, std::int64_t clock) = 0;
    [[nodiscard]] virtual std::int64_t wake() const { return kNever; }
};

/// Of one stream in and one out.
class OneStreamControl : public ModuleControl {
public:
    explicit OneStreamControl(const CircuitModule& module)
        : in_(module.in.front()), out_(module.out.front()) {}

protected:
    const std::size_t in_;
    const std::size_t out_;
};

[[nodiscard]] std::unique_ptr<ModuleControl> converter_control(const CircuitModule& module,
                                                               const CircuitStream& from,
                                                               const CircuitStream& to);
/// Of a converter, queue, fork or an operation on streams.
/// @param module  of any other kind: nothing
[[nodiscard]] std::unique_ptr<ModuleControl> stream_control(const Circuit& circuit,
                                                            const CircuitModules& modules,
                                                            const CircuitModule& module);
/// Of a convolution or pool, and of what is in front of it.
/// @param module  of any other kind: nothing
[[nodiscard]] std::unique_ptr<ModuleControl> layer_control(const Circuit& circuit,
                                                           const CircuitModule& module);

}  // namespace cleave
