// SPDX-License-Identifier: Apache-2.0
#include "cleave/sweep/run_cases.hpp"

#include "support/folder.hpp"
#include "support/source_tree.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace cleave;
using namespace cleave::testing;

namespace {

/// Three cases: one that is solved, one that nothing meets, one that is wrong.
class ThreeCases {
public:
    ThreeCases() {
        folder_.write("base.yaml",
                      "cleave_config: 1\n"
                      "network: tiny\n"
                      "gpu: {model: toy_gpu, profile: plain, power_mode: fast}\n"
                      "fpga: {model: toy_fpga, implementation: simple}\n"
                      "link: {model: toy_link}\n");
        folder_.write("s.yaml",
                      "cleave_sweep: 1\n"
                      "base: base.yaml\n"
                      "list:\n"
                      "  - {search.threads: 1}\n"
                      "  - {constraints.max_latency: 1 ns, constraints.max_energy: 1 pJ}\n"
                      "  - {gpu.profile: none}\n");
        const std::string file = (folder_.path() / "s.yaml").string();
        input_ = {load_sweep(file), file, {source_dir() + "/test/rejected/data"}, {}};
        prepared_ = prepare_cases(input_, 1, done_);
        listing_ = listing_of(input_.sweep, prepared_, Shard{});
    }

    [[nodiscard]] std::uint64_t prepared() const { return done_; }
    /// How many cases have a result after a run into `store` that is stopped, or not.
    std::uint64_t run(const CaseStore& store, bool stopped) const {
        std::atomic<std::uint64_t> finished{0};
        run_groups(
            input_, prepared_, pending_groups(listing_, prepared_, store), 2, store, [=] { return stopped; },
            finished);
        return finished;
    }
    [[nodiscard]] std::optional<StoredCase> result(const CaseStore& store, std::size_t index) const {
        return finished_case(store, listing_.cases.at(index));
    }
    [[nodiscard]] std::string folder() const { return folder_.path().string(); }

private:
    Folder folder_;
    SweepInput input_;
    std::atomic<std::uint64_t> done_{0};
    std::vector<PreparedCase> prepared_;
    SweepListing listing_;
};

}  // namespace

TEST_CASE("every case of a sweep gets a result that says in one line what is wrong", "[sweep]") {
    const ThreeCases sweep;
    CHECK(sweep.prepared() == 3);
    const CaseStore store(sweep.folder() + "/out");
    CHECK(sweep.run(store, false) == 3);

    const auto good = sweep.result(store, 0);
    REQUIRE(good);
    CHECK(good->record.status == CaseStatus::exact);
    CHECK(good->record.error.empty());

    const auto unmet = sweep.result(store, 1);
    REQUIRE(unmet);
    CHECK(unmet->record.status == CaseStatus::infeasible);
    CHECK(unmet->record.error.starts_with(
        "constraints.max_latency is 1.00 ns, but the least possible latency"));
    CHECK(unmet->record.error.find("; constraints.max_energy is 1.00 pJ, but") != std::string::npos);
    CHECK(unmet->record.error.find('\n') == std::string::npos);

    const auto bad = sweep.result(store, 2);
    REQUIRE(bad);
    CHECK(bad->record.status == CaseStatus::bad_input);
    CHECK(bad->record.error.find(sweep.folder()) == std::string::npos);
    CHECK(bad->record.error.find("error: gpu.profile: ") != std::string::npos);

    CHECK(sweep.run(store, false) == 0);
}

TEST_CASE("a sweep that is stopped stores nothing more", "[sweep]") {
    const ThreeCases sweep;
    const CaseStore store(sweep.folder() + "/out");
    CHECK(sweep.run(store, true) == 0);
    CHECK(store.names().empty());
    CHECK(sweep.run(store, false) == 3);
}
