// SPDX-License-Identifier: Apache-2.0
#include "cleave/rtl/module_control.hpp"
#include "cleave/rtl/stream_verilog.hpp"

namespace cleave {
namespace {

/// Beats of a map, of which the last one may be filled with less.
class MapBeats {
public:
    explicit MapBeats(const Beats& beats)
        : bytes_(beats.bytes),
          rest_(beats.rest()),
          count_(rest_ > 0 ? beats.map_bytes / beats.bytes + 1 : 1) {}

    /// Bytes of the beat that passes next.
    [[nodiscard]] std::int64_t bytes() const { return rest_ > 0 && beat_ == count_ - 1 ? rest_ : bytes_; }
    void pass() { beat_ = beat_ == count_ - 1 ? 0 : beat_ + 1; }

private:
    std::int64_t bytes_;
    std::int64_t rest_;
    std::int64_t count_;
    std::int64_t beat_ = 0;
};

class ShiftingControl : public OneStreamControl {
public:
    ShiftingControl(const CircuitModule& module, const Beats& in, const Beats& out)
        : OneStreamControl(module), come_(in), leave_(out), room_(shifting_room(in, out)) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = held_ >= leave_.bytes(); }
    void accept(Handshakes& streams) const override { streams.ready[in_] = held_ <= room_; }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool give = streams.passes(out_);
        const bool take = streams.passes(in_);
        if (give) {
            held_ -= leave_.bytes();
            leave_.pass();
        }
        if (take) {
            held_ += come_.bytes();
            come_.pass();
        }
        return give || take;
    }

private:
    MapBeats come_;
    MapBeats leave_;
    std::int64_t room_;
    std::int64_t held_ = 0;
};

class GatheringControl : public OneStreamControl {
public:
    GatheringControl(const CircuitModule& module, std::int64_t slots)
        : OneStreamControl(module), slots_(slots) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = whole_; }
    void accept(Handshakes& streams) const override {
        streams.ready[in_] = !whole_ || streams.ready[out_] != 0;
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool give = streams.passes(out_);
        const bool take = streams.passes(in_);
        whole_ = whole_ && !give;
        if (take && ++slot_ == slots_) {
            slot_ = 0;
            whole_ = true;
        }
        return give || take;
    }

private:
    std::int64_t slots_;
    std::int64_t slot_ = 0;
    bool whole_ = false;
};

class DealingControl : public OneStreamControl {
public:
    DealingControl(const CircuitModule& module, const Beats& in, std::int64_t out_bytes)
        : OneStreamControl(module), come_(in), out_bytes_(out_bytes) {}

    void offer(Handshakes& streams) const override { streams.valid[out_] = left_ != 0; }
    void accept(Handshakes& streams) const override {
        streams.ready[in_] = left_ == 0 || (left_ == 1 && streams.ready[out_] != 0);
    }
    bool edge(const Handshakes& streams, std::int64_t /*clock*/) override {
        const bool give = streams.passes(out_);
        const bool take = streams.passes(in_);
        if (take) {
            left_ = come_.bytes() / out_bytes_;
            come_.pass();
        } else if (give) {
            --left_;
        }
        return give || take;
    }

private:
    MapBeats come_;
    std::int64_t out_bytes_;
    std::int64_t left_ = 0;
};

}  // namespace

std::unique_ptr<ModuleControl> converter_control(const CircuitModule& module, const CircuitStream& from,
                                                 const CircuitStream& to) {
    const Beats in{from.bytes, from.map_bytes};
    const Beats out{to.bytes, to.map_bytes};
    switch (converter_kind(in, out)) {
        case ConverterKind::gathering:
            return std::make_unique<GatheringControl>(module, out.bytes / in.bytes);
        case ConverterKind::dealing: return std::make_unique<DealingControl>(module, in, out.bytes);
        case ConverterKind::shifting: break;
    }
    return std::make_unique<ShiftingControl>(module, in, out);
}

}  // namespace cleave
