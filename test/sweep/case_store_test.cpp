// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/case_store.hpp"

#include "cleave/sweep/case_files.hpp"
#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>

namespace fs = std::filesystem;
using namespace cleave;
using namespace cleave::testing;

namespace {

CaseRecord awkward_record() {
    CaseRecord record;
    record.name = "a=1";
    record.parameters = {{"a", "1"}, {"b,\"", "x\ny"}};
    record.status = CaseStatus::epsilon;
    record.error = "one\ntwo";
    record.problem = CaseProblem{"net", 1.5e9, 0.1, 0.3};
    const CasePoint point{0.05, 0.1 + 0.2, 7, 8, 9, 10};
    record.front = CaseFront{"123456789012345678901234567890", 3, point, point, point};
    return record;
}

NamedFiles files_of(const CaseRecord& record, const std::string& text) {
    NamedFiles files{{"front.csv", text}, {"mappings/p001.yaml", text + "2"}};
    files.emplace_back("case.json", case_json(record, std::string(64, 'a'), files));
    return files;
}

SweepListing listing_of(const std::string& text) {
    FaultList faults;
    const std::optional<Node> document = parse_json(text, "sweep.json", faults);
    std::optional<SweepListing> listing = document ? read_listing(*document, faults) : std::nullopt;
    faults.throw_if_any();
    return listing.value();
}

}  // namespace

TEST_CASE("a case comes back from its folder as it was", "[sweep]") {
    const Folder folder;
    const CaseStore store(folder.path().string());
    const CaseRecord record = awkward_record();
    store.put(record.name, files_of(record, "text"));
    const std::optional<StoredCase> stored = read_case(store.path(record.name));
    REQUIRE(stored);
    CHECK(stored->inputs_sha256 == std::string(64, 'a'));
    CHECK(stored->files == std::vector<std::string>{"front.csv", "mappings/p001.yaml"});
    CHECK(stored->record.parameters == record.parameters);
    CHECK(stored->record.status == CaseStatus::epsilon);
    CHECK(stored->record.error == "one\ntwo");
    CHECK(stored->record.problem.value().link_bandwidth == 1.5e9);
    CHECK(stored->record.front.value().knee.energy_j == 0.1 + 0.2);
    CHECK(stored->record.front.value().design_points == "123456789012345678901234567890");
    CHECK(case_json(stored->record, std::string(64, 'a'), {}) == case_json(record, std::string(64, 'a'), {}));
    CHECK(store.names() == std::vector<std::string>{"a=1"});
}

TEST_CASE("a case that was damaged is none", "[sweep]") {
    const Folder folder;
    const CaseStore store(folder.path().string());
    const fs::path path = store.path("a=1");
    const auto change_mark = [&](const auto& change) {
        std::string mark = read_text(path / "case.json");
        change(mark);
        std::ofstream(path / "case.json") << mark;
    };
    const std::vector<std::pair<std::string, std::function<void()>>> damages{
        {"a file is shorter", [&] { std::ofstream(path / "front.csv") << "tex"; }},
        {"a file is missing", [&] { fs::remove(path / "mappings/p001.yaml"); }},
        {"the mark is missing", [&] { fs::remove(path / "case.json"); }},
        {"the mark is cut", [&] { change_mark([](std::string& mark) { mark.resize(mark.size() / 2); }); }},
        {"the mark names a file outside",
         [&] {
             change_mark([](std::string& mark) { mark.replace(mark.find("front.csv"), 9, "../x/y.cs"); });
         }},
    };
    for (const auto& [what, damage] : damages) {
        CAPTURE(what);
        store.put("a=1", files_of(awkward_record(), "text"));
        CHECK(read_case(path.string()));
        damage();
        CHECK(!read_case(path.string()));
    }
}

TEST_CASE("a case replaces an earlier one as a whole", "[sweep]") {
    const Folder folder;
    const CaseStore store(folder.path().string());
    store.put("a=1", files_of(awkward_record(), "old"));
    store.put("a=1", {{"only.txt", "new"}});
    CHECK(read_text(folder.path() / "cases/a=1/only.txt") == "new");
    CHECK(!fs::exists(folder.path() / "cases/a=1/front.csv"));
    store.remove("a=1");
    CHECK(store.names().empty());
    store.close();
    CHECK(!fs::exists(folder.path() / ".unfinished"));
}

TEST_CASE("what a killed process left is removed, and is no case", "[sweep]") {
    const Folder folder;
    fs::create_directories(folder.path() / ".unfinished/a=1/mappings");
    std::ofstream(folder.path() / ".unfinished/a=1/front.csv") << "half";
    const CaseStore store(folder.path().string());
    CHECK(store.names().empty());
    CHECK(!fs::exists(folder.path() / ".unfinished"));
}

TEST_CASE("only one process writes to a folder", "[sweep]") {
    const Folder folder;
    const std::string path = (folder.path() / "new").string();
    {
        const FolderLock lock(path);
        CHECK_THROWS_WITH(FolderLock(path), Catch::Contains("another sweep or merge is writing to it"));
    }
    CHECK_NOTHROW(FolderLock(path));
}

TEST_CASE("a listing comes back as it was", "[sweep]") {
    SweepListing listing{"x", std::string(64, 'b'), {{"a=1", {{"a", "1"}}, std::string(64, 'c')}}, {2, 3}};
    const SweepListing read_back = listing_of(sweep_json(listing));
    CHECK(read_back.name == "x");
    CHECK(read_back.cases == listing.cases);
    CHECK(read_back.shard == Shard{2, 3});
    listing.cases[0].name = "../a";
    CHECK_THROWS_WITH(listing_of(sweep_json(listing)),
                      "sweep.json:14:5: error: cases[0]: name is no name of a folder");
    CHECK_THROWS_WITH(listing_of("[]"),
                      "sweep.json:1:1: error: the document is a list (a map of keys and values is needed)");
    CHECK_THROWS_AS(listing_of("{"), InputError);
}

TEST_CASE("shards share the cases out", "[sweep]") {
    for (const std::size_t count : {1U, 3U, 7U}) {
        for (std::size_t i = 0; i < 5; ++i) {
            std::size_t owners = 0;
            for (std::size_t index = 1; index <= count; ++index) {
                owners += Shard{index, count}.has(i) ? 1 : 0;
            }
            CHECK(owners == 1);
        }
    }
}

TEST_CASE("index.csv has a field for each column, quoted where needed", "[sweep]") {
    CaseRecord bad;
    bad.name = "a=2";
    bad.parameters = {{"a", "2"}};
    bad.status = CaseStatus::bad_input;
    bad.error = "one\ntwo";
    CaseRecord good = awkward_record();
    good.parameters = {{"a", "1"}};
    const std::string text = index_csv({good, bad});
    std::istringstream lines(text);
    std::string line;
    std::size_t count = 0;
    for (; std::getline(lines, line); ++count) {
        CAPTURE(line);
        CHECK(std::count(line.begin(), line.end(), ',') == 18);
    }
    CHECK(count == 3);
    CHECK(text.find("\na=2,2,bad input,,,,") != std::string::npos);
    CHECK(index_csv({awkward_record()}).find(",\"b,\"\"\",") != std::string::npos);
}
