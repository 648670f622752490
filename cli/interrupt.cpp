// SPDX-License-Identifier: Apache-2.0
#include "interrupt.hpp"

#include <atomic>

namespace cleave::cli {
namespace {

// A signal handler can reach nothing but a global; this type is safe to set in one and to read in threads.
std::atomic<bool> noted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void note(int) { noted = true; }

}  // namespace

InterruptWatch::InterruptWatch() {
    noted = false;
    struct sigaction action {};
    action.sa_handler = note;
    // Once: the default action is back for the second signal.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
}

InterruptWatch::~InterruptWatch() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
}

bool InterruptWatch::interrupted() { return noted; }

}  // namespace cleave::cli
