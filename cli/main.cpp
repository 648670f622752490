// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/fault.hpp"
#include "cleave/units/exact.hpp"
#include "commands.hpp"
#include "options.hpp"

#include <malloc.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>

namespace {

/// Large searches take and give back gigabytes many times. Memory that stays with the process need not be
/// cleared by the kernel anew each time, which took up to a third of an exploration.
void keep_memory() {
    constexpr int kTrimAt = 2'000'000'000;
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, kTrimAt);
}

}  // namespace

int main(int argc, char** argv) {
    keep_memory();
    // A file beyond the limit of its size is an error like a full disk, not the end of the program.
    std::signal(SIGXFSZ, SIG_IGN);
    cleave::cli::Style style(stderr, cleave::cli::ColorMode::automatic);
    const auto complain = [&](const std::string& message) {
        std::fputs((paint_message(style, message) + "\n").c_str(), stderr);
    };
    try {
        const cleave::cli::Parsed parsed = cleave::cli::parse(argc, argv);
        std::fputs(parsed.out.c_str(), stdout);
        std::fputs(parsed.err.c_str(), stderr);
        if (parsed.options) {
            style = cleave::cli::Style(stderr, parsed.options->color);
        }
        const int status = parsed.options ? cleave::cli::run(*parsed.options) : parsed.status;
        // What is still in the buffer may not fit the disk either.
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
            complain(std::string("cleave: error: cannot write standard output: ") + std::strerror(errno));
            return 1;
        }
        return status;
    } catch (const cleave::InputError& error) {
        complain(error.what());
        return 2;
    } catch (const cleave::OutOfProportion& error) {
        complain(std::string("cleave: error: ") + error.what());
        return 2;
    } catch (const std::bad_alloc&) {
        complain("cleave: error: out of memory");
        return 1;
    } catch (const std::exception& error) {
        complain(std::string("cleave: error: ") + error.what());
        return 1;
    }
}
