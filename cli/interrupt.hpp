// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace cleave::cli {

/// While one exists, the first Ctrl-C (SIGINT) or SIGTERM only notes that the user wants to end; the second
/// one ends the program as usual.
class InterruptWatch {
public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;
    [[nodiscard]] static bool interrupted();

private:
    struct sigaction before_int_ {};
    struct sigaction before_term_ {};
};

}  // namespace cleave::cli
