// SPDX-License-Identifier: Apache-2.0
#include "cleave/text/output_folder.hpp"

#include "support/folder.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> names(const fs::path& folder) {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        found.insert(entry.path().filename().string());
    }
    return found;
}

}  // namespace

TEST_CASE("written files are as readable as the umask says", "[text]") {
    const Folder folder;
    const mode_t before = ::umask(0027);
    write_file((folder.path() / "a").string(), "one");
    ::umask(0002);
    write_file((folder.path() / "b").string(), "two");
    const mode_t after = ::umask(before);
    CHECK(after == 0002);
    CHECK(fs::status(folder.path() / "a").permissions() == fs::perms{0640});
    CHECK(fs::status(folder.path() / "b").permissions() == fs::perms{0664});
    CHECK(read(folder.path() / "a") == "one");
}

TEST_CASE("a file is replaced, and what another run left half-written is let alone", "[text]") {
    const Folder folder;
    folder.write("a", "old");
    folder.write("a.000000", "half");
    write_file((folder.path() / "a").string(), "new");
    CHECK(read(folder.path() / "a") == "new");
    CHECK(read(folder.path() / "a.000000") == "half");
    CHECK(names(folder.path()) == std::set<std::string>{"a", "a.000000"});
}

TEST_CASE("files of a folder are replaced together or not at all", "[text]") {
    const Folder folder;
    folder.write("a", "old");
    folder.write("b", "a file, so that nothing can lie in it");
    OutputFolder output(folder.path().string());
    output.add("a", "new");
    output.add("b/c", "new");
    CHECK_THROWS_AS(output.commit(), WriteError);
    CHECK(read(folder.path() / "a") == "old");
    CHECK(names(folder.path()) == std::set<std::string>{"a", "b"});

    fs::remove(folder.path() / "b");
    output.commit();
    CHECK(read(folder.path() / "a") == "new");
    CHECK(read(folder.path() / "b/c") == "new");
}

TEST_CASE("what is no file is written into, not replaced", "[text]") {
    const Folder folder;
    const fs::path pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    write_file(pipe.string(), "through");
    std::array<char, 16> got{};
    CHECK(::read(reader, got.data(), got.size()) == 7);
    ::close(reader);
    CHECK(std::string(got.data()) == "through");
    CHECK(fs::is_fifo(pipe));
    CHECK(names(folder.path()) == std::set<std::string>{"pipe"});
}
