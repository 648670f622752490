// SPDX-License-Identifier: Apache-2.0
#include "cleave/config/fault.hpp"
#include "cleave/config/text.hpp"
#include "cleave/io/format_error.hpp"
#include "commands.hpp"
#include "options.hpp"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
    try {
        const cleave::cli::Parsed parsed = cleave::cli::parse(argc, argv);
        std::fputs(parsed.out.c_str(), stdout);
        std::fputs(parsed.err.c_str(), stderr);
        return parsed.options ? cleave::cli::run(*parsed.options) : parsed.status;
    } catch (const cleave::config::InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    } catch (const cleave::io::FormatError& error) {
        for (const std::string& line : error.messages()) {
            std::fprintf(stderr, "%s\n", cleave::config::printable(line).c_str());
        }
        return 2;
    } catch (const std::overflow_error& error) {
        // Figures of the input that no exact arithmetic can hold, such as a link of a byte a second.
        std::fprintf(stderr, "cleave: error: %s: a size, rate or power of the input is out of proportion\n",
                     error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cleave: error: %s\n", error.what());
        return 1;
    }
}
