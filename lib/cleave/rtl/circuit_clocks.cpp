// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/circuit_clocks.hpp"

#include "cleave/network/layer.hpp"
#include "cleave/rtl/module_control.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cleave {
namespace {

class ClockedCircuit {
public:
    ClockedCircuit(const Circuit& circuit, std::size_t frames)
        : parts_(circuit_modules(circuit)), frames_(static_cast<std::int64_t>(frames)), ends_(frames) {
        streams_.valid.resize(parts_.streams.size());
        streams_.ready.resize(parts_.streams.size());
        for (const CircuitModule& module : parts_.modules) {
            if (const auto* arrival = std::get_if<ArrivalModule>(&module.kind)) {
                arrivals_.push_back(
                    {module.out.front(), wire_format(circuit.inputs[arrival->input]).beats()});
                continue;
            }
            if (const auto* departure = std::get_if<DepartureModule>(&module.kind)) {
                departures_.push_back(
                    {module.in.front(), wire_format(circuit.outputs[departure->output].port).beats()});
            }
            if (module.out.empty()) {
                streams_.ready[module.in.front()] = 1;
            } else if (auto control = stream_control(circuit, parts_, module)) {
                controls_.push_back(std::move(control));
            } else {
                controls_.push_back(layer_control(circuit, module));
            }
        }
    }

    /// @return of each frame, from the clock in which the first beat comes to that in which its last one
    /// leaves
    std::vector<std::int64_t> run() {
        for (std::int64_t clock = 0; !is_done();) {
            settle();
            bool changes = pass(clock);
            for (const auto& control : controls_) {
                changes = control->edge(streams_, clock) || changes;
            }
            clock = changes ? clock + 1 : next_wake();
        }
        for (std::int64_t& end : ends_) {
            end -= begin_;
        }
        return std::move(ends_);
    }

private:
    /// A stream from or to outside: beats of a frame, and those that passed.
    struct Port {
        std::size_t stream = 0;
        std::int64_t beats = 0;
        std::int64_t passed = 0;
    };

    [[nodiscard]] bool is_done() const {
        return std::all_of(departures_.begin(), departures_.end(),
                           [&](const Port& port) { return port.passed == port.beats * frames_; });
    }

    /// What is valid goes along with the streams, what is ready against them.
    void settle() {
        for (const Port& port : arrivals_) {
            streams_.valid[port.stream] = port.passed < port.beats * frames_;
        }
        for (const auto& control : controls_) {
            control->offer(streams_);
        }
        for (auto control = controls_.rbegin(); control != controls_.rend(); ++control) {
            (*control)->accept(streams_);
        }
    }

    /// Counts the beats at the ports. @return whether any passes
    bool pass(std::int64_t clock) {
        bool any = false;
        for (Port& port : arrivals_) {
            if (streams_.passes(port.stream)) {
                ++port.passed;
                begin_ = std::min(begin_, clock);
                any = true;
            }
        }
        for (Port& port : departures_) {
            if (streams_.passes(port.stream)) {
                const std::int64_t frame = port.passed / port.beats;
                if (++port.passed % port.beats == 0) {
                    std::int64_t& end = ends_[static_cast<std::size_t>(frame)];
                    end = std::max(end, clock);
                }
                any = true;
            }
        }
        return any;
    }

    [[nodiscard]] std::int64_t next_wake() const {
        std::int64_t next = ModuleControl::kNever;
        for (const auto& control : controls_) {
            next = std::min(next, control->wake());
        }
        if (next == ModuleControl::kNever) {
            throw std::logic_error("a circuit of the generator hangs");
        }
        return next;
    }

    const CircuitModules parts_;
    std::vector<std::unique_ptr<ModuleControl>> controls_;
    Handshakes streams_;
    std::vector<Port> arrivals_;
    std::vector<Port> departures_;
    std::int64_t frames_;
    std::int64_t begin_ = ModuleControl::kNever;
    std::vector<std::int64_t> ends_;
};

}  // namespace

FrameClocks frame_clocks(const Circuit& circuit, std::size_t frames) {
    FrameClocks clocks;
    clocks.single = ClockedCircuit(circuit, 1).run().front();
    if (frames > 1) {
        const std::vector<std::int64_t> ends = ClockedCircuit(circuit, frames).run();
        clocks.first = ends.front();
        clocks.interval = (ends.back() - ends.front()) / static_cast<std::int64_t>(frames - 1);
    } else {
        clocks.first = clocks.single;
    }
    return clocks;
}

}  // namespace cleave
