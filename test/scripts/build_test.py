"""Scripts that build: cleave, test, tidy, fuzz, format, check_search and check_circuits, with stand-ins for what they build with."""
import re

from support import ROOT, Script

SLURM = ["munge", "slurm-client", "slurmctld", "slurmd"]


class Cleave(Script):
    PROGRAM = "build/release/cli/cleave"

    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("cleave", "common.bash", "packages")
        for name in ("CMakeLists.txt", "CMakePresets.json", "cli/main.cpp", "lib/units.cpp"):
            self.write(f"tree/{name}", "")
        self.stand_in_packages()
        self.stand_in("npm", "")
        self.stand_in_cmake({self.PROGRAM: 'echo "ran: $*"\nexit 4\n'})

    def cleave(self, *arguments, status=4):
        return self.run_script(self.tree / "scripts/cleave", *arguments, status=status)

    def builds(self):
        return sum(line.startswith("cmake --build") for line in self.log())

    def test_builds_once_and_then_when_something_changed(self):
        done = self.cleave("explore", "two words")
        self.assertEqual(done.stdout, "ran: explore two words\n")
        self.assertIn("cleave: building cleave, once", done.stderr)
        self.assertEqual(self.log(), ["cmake --preset release",
                                      f"cmake --build {self.tree}/build/release --target cleave_cli"])
        self.assertEqual(self.cleave().stderr, "")
        self.assertEqual(self.builds(), 1)
        changes = (self.tree / "lib/units.cpp").touch, (self.tree / "cli/main.cpp").unlink, \
            (self.tree / "scripts/packages").touch, (self.tree / self.PROGRAM).unlink
        for number, change in enumerate(changes, 2):
            change()
            self.assertEqual(self.cleave().stdout, "ran: \n")
            self.assertEqual(self.builds(), number)

    def test_a_moved_tree_is_built_anew(self):
        self.cleave()
        self.write("tree/build/release/CMakeCache.txt", f"CMAKE_HOME_DIRECTORY:INTERNAL={self.tree}\n")
        moved = self.tree.rename(self.dir / "moved")
        self.run_script(moved / "scripts/cleave", status=4)
        self.assertEqual(self.log()[-2:], ["cmake --preset release --fresh",
                                           f"cmake --build {moved}/build/release --target cleave_cli"])

    def test_says_why_it_could_not_build(self):
        for step, words in (("--preset", "the tree could not be configured"), ("--build", "the build failed")):
            self.environment["FAILS"] = step
            done = self.cleave(status=1)
            self.assertEqual(done.stdout, "")
            self.assertIn(f"this {step} fails\n", done.stderr)
            self.assertTrue(done.stderr.endswith(f"cleave: {words}\n"), done.stderr)
        self.environment["FAILS"] = ""
        self.cleave()

    def test_is_built_without_tests_where_their_packages_are_missing(self):
        self.stand_in_packages(["catch2"])
        self.cleave()
        self.assertEqual(self.log()[0], "cmake --preset release -DCLEAVE_BUILD_TESTS=OFF")


class Test(Script):
    """scripts/test, also where packages are missing and cannot be installed."""

    RESULT = '<testsuite><testcase name="one" status="run"/></testsuite>'

    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("test", "common.bash", "packages", "count_tests")
        for preset in ("release", "asan-ubsan"):
            (self.tree / "build" / preset).mkdir(parents=True)
        self.stand_in_packages()
        self.stand_in("sudo", 'shift\nexec "$@"\n')
        self.stand_in("apt-get", f"echo \"$@\" >>'{self.dir}/asked'\n[[ $* == *update ]]\n")
        self.stand_in_cmake()
        self.stand_in("ctest", 'echo "ctest $2" >>"$log"\n'
                      f"while [[ $1 != --output-junit ]]; do shift; done\necho '{self.RESULT}' >\"$2\"\n")

    def run_tests(self, *arguments, status):
        return self.run_script(self.tree / "scripts/test", *arguments, status=status)

    def test_both_presets_are_built_and_tested(self):
        done = self.run_tests(status=0)
        self.assertEqual(self.log(), [line for preset in ("release", "asan-ubsan") for line in (
            f"cmake --preset {preset} -DCLEAVE_BUILD_TESTS=ON", f"cmake --build {self.tree}/build/{preset}",
            f"ctest {preset}")])
        self.assertEqual(done.stdout.splitlines()[-1], "2 passed, 0 failed")

    def test_continuous_integration_builds_rooms_as_one_and_without_debug_information(self):
        self.environment["CI"] = "true"
        self.run_tests(status=0)
        self.assertEqual([line for line in self.log() if "--preset" in line],
                         [f"cmake --preset {preset} -DCLEAVE_BUILD_TESTS=ON -DCMAKE_UNITY_BUILD=ON "
                          "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g0"
                          for preset in ("release", "asan-ubsan")])

    def test_a_build_that_fails_is_a_failure(self):
        self.write("tree/build/release/tests.xml", self.RESULT)  # of an earlier run
        self.environment["FAILS"] = "--build"
        done = self.run_tests("--quick", status=1)
        self.assertIn("test: preset release: the build failed", done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")

    def test_other_options_are_refused(self):
        self.assertIn("--quik", self.run_tests("--quik", status=2).stderr)
        self.assertEqual(self.log(), [])

    def test_slurm_is_gone_without(self):
        self.stand_in_packages(SLURM)
        done = self.run_tests("--quick", status=0)
        self.assertIn("going on without Slurm", done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "1 passed, 0 failed")
        asked = (self.dir / "asked").read_text(encoding="utf-8").splitlines()[-1].split()
        self.assertEqual(sorted(asked[asked.index("--no-install-recommends") + 1:]), SLURM)

    def test_what_is_needed_is_needed(self):
        self.stand_in_packages(["catch2"])
        done = self.run_tests("--quick", status=1)
        self.assertEqual(done.stdout, "")
        self.assertIn("could not be installed", done.stderr)


class Tidy(Script):
    def test_builds_the_preset_with_the_options(self):
        tree = self.copy_scripts("tidy", "common.bash")
        self.stand_in_cmake()
        self.run_script(tree / "scripts/tidy", "-j", "2")
        self.assertEqual(self.log(), ["cmake --preset tidy", f"cmake --build {tree}/build/tidy -j 2"])
        for step in ("--preset", "--build"):
            self.environment["FAILS"] = step
            self.run_script(tree / "scripts/tidy", status=1)


class Fuzz(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("fuzz", "common.bash")
        self.stand_in("clang++", "")
        self.stand_in_cmake({"build/fuzz/test/import_fuzzer": 'printf "%s\\n" "$@" >"$log.fuzzer"\nexit 77\n'})
        self.only_stand_ins()

    def fuzz(self, *arguments, status=77):
        """Arguments of the fuzzer, whose status is the script's."""
        done = self.run_script(self.tree / "scripts/fuzz", *arguments, status=status)
        path = self.dir / "log.fuzzer"
        return done, path.read_text(encoding="utf-8").splitlines() if path.exists() else None

    def test_runs_on_the_corpus_for_a_minute_or_as_told(self):
        build, corpus = self.tree / "build/fuzz", self.tree / "test/fuzz/corpus"
        _, given = self.fuzz()
        self.assertIn("-max_total_time=60", given)
        self.assertIn(f"-artifact_prefix={build}/", given)
        self.assertEqual(given[-2:], [f"{build}/corpus", str(corpus)])
        self.assertTrue((build / "corpus").is_dir())
        self.assertTrue((ROOT / corpus.relative_to(self.tree)).is_dir())
        self.assertRegex(self.log()[1], rf"^cmake --build {build} --target import_fuzzer -j \d+$")
        _, given = self.fuzz("5", "-runs=3", "-seed=1")
        self.assertIn("-max_total_time=5", given)
        self.assertEqual(given[-4:-2], ["-runs=3", "-seed=1"])

    def test_refuses_what_is_no_time(self):
        done, given = self.fuzz("--help", status=2)
        self.assertIn("usage: ", done.stderr)
        self.assertEqual((given, self.log()), (None, []))

    def test_ends_without_clang_and_without_a_build(self):
        self.environment["FAILS"] = "--build"
        self.fuzz(status=1)
        (self.dir / "bin/clang++").unlink()
        done, given = self.fuzz(status=1)
        self.assertIn("apt-get install -y clang libclang-rt-dev", done.stderr)
        self.assertIsNone(given)


class Format(Script):
    SOURCES = ("bench/a.cpp", "cli/b.hpp", "lib/deep/er/c d.cpp", "test/e.cpp")

    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("format")
        for name in (*self.SOURCES, "lib/CMakeLists.txt", "scripts/other.cpp"):
            self.write(f"tree/{name}", "")
        self.clang_format("14.0.6")

    def clang_format(self, version):
        self.stand_in("clang-format", f"""if [[ $1 == --version ]]; then
    echo "Debian clang-format version {version}"
    exit
fi
for given; do echo "$given" >>"$log"; done
[[ -z ${{UNFORMATTED-}} || $1 == -i ]]
""")

    def format(self, *arguments, status=0):
        (self.dir / "log").unlink(missing_ok=True)
        done = self.run_script(self.tree / "scripts/format", *arguments, status=status)
        return done, self.log()

    def test_every_source_is_formatted_or_checked(self):
        _, given = self.format()
        self.assertEqual((given[0], sorted(given[1:])), ("-i", sorted(self.SOURCES)))
        _, given = self.format("--check")
        self.assertEqual((given[:2], sorted(given[2:])), (["--dry-run", "-Werror"], sorted(self.SOURCES)))

    def test_a_source_that_is_not_formatted_fails_the_check(self):
        self.environment["UNFORMATTED"] = "1"
        self.format()
        self.format("--check", status=123)

    def test_other_options_change_nothing(self):
        done, given = self.format("--chek", status=2)
        self.assertIn("usage: ", done.stderr)
        self.assertEqual(given, [])

    def test_other_versions_change_nothing(self):
        self.clang_format("15.0.1")
        done, given = self.format("--check", status=77)
        self.assertIn("clang-format 14 is not installed", done.stderr)
        self.assertEqual(given, [])


class CheckCircuits(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("check_circuits", "common.bash", "packages")
        self.stand_in_packages()
        self.stand_in_cmake({"build/release/test/cleave_tests": """echo "circuits $CLEAVE_CIRCUITS $*" >>"$log"
echo "Filters: $*"
if [[ ${FAULT-} && $CLEAVE_CIRCUITS == "7919 20" ]]; then echo "seed := 9"; exit 1; fi
echo "All tests passed (42 assertions in 1 test case)"
"""})

    def test_pieces_have_seeds_of_their_own(self):
        done = self.run_script(self.tree / "scripts/check_circuits", 41)
        self.assertEqual(done.stdout, "60 circuits: all bit-exact in the clocks predicted, none hangs\n")
        tried = sorted(line for line in self.log() if line.startswith("circuits "))
        self.assertEqual(tried, [f"circuits {seed} 20 [.many]" for seed in (15838, 23757, 7919)])

    def test_a_wrong_circuit_is_a_failure(self):
        self.environment["FAULT"] = "yes"
        done = self.run_script(self.tree / "scripts/check_circuits", 41, status=1)
        self.assertIn("seed := 9\n", done.stdout)
        self.assertIn("those above are wrong", done.stdout)

    def test_usage(self):
        for arguments in (["0"], ["many"], ["1", "2"]):
            self.run_script(self.tree / "scripts/check_circuits", *arguments, status=2)


class CheckSearch(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("check_search", "common.bash", "packages")
        self.stand_in_packages()
        # Its closing line, from the program's own source: each count is (first seed + position) % 100.
        source = next((ROOT / "test").rglob("check_fronts.cpp")).read_text(encoding="utf-8")
        form = re.search(r'"(%llu problems from seed [^;]*?)\\n"', re.sub(r'"\s*"', "", source))[1]
        self.assertEqual(form.count("%"), 6)
        self.stand_in_cmake({"build/release/test/cleave_check_fronts": f"""echo "seeds $1 $2" >>"$log"
case ${{FAULT-}} in
crash) (($1 == 1)) || exit 139 ;;
wrong) wrong=1 && echo "seed $1: the front is not that of all paths" ;;
esac
printf '{form.replace("%llu", "%d").replace("%u", "%d")}\\n' "$2" "$1" 2 3 4 "${{wrong:-0}}"
exit "${{wrong:-0}}"
"""})

    def check_search(self, *arguments, status=0):
        return self.run_script(self.tree / "scripts/check_search", *arguments, status=status)

    def test_every_seed_is_tried_once_and_counts_are_added(self):
        for count, pieces in ((7, 7), (101, 51)):
            (self.dir / "log").unlink(missing_ok=True)
            done = self.check_search(count)
            self.assertEqual(done.stdout, f"{count} problems: {2 * pieces} infeasible, {3 * pieces} with several "
                             f"points, {4 * pieces} in several passes, 0 wrong\n")
            tried = [line.split()[1:] for line in self.log() if line.startswith("seeds ")]
            self.assertEqual(len(tried), pieces)
            self.assertEqual(sorted(seed for first, number in tried
                                    for seed in range(int(first), int(first) + int(number))),
                             list(range(1, count + 1)))
        self.assertIn(f"cmake --build {self.tree}/build/release --target cleave_check_fronts", self.log())

    def test_a_wrong_front_and_a_crash_are_failures(self):
        self.environment["FAULT"] = "wrong"
        done = self.check_search(2, status=1)
        self.assertIn("seed 2: the front is not that of all paths\n", done.stdout)
        self.assertTrue(done.stdout.endswith(" 2 wrong\n"), done.stdout)
        self.environment["FAULT"] = "crash"
        self.assertTrue(self.check_search(3, status=1).stdout.startswith("1 problems: "))

    def test_what_is_no_count_is_refused(self):
        for arguments in (("0",), ("-1",), ("1e6",), ("5", "6")):
            self.assertIn("usage: ", self.check_search(*arguments, status=2).stderr)
        self.assertEqual(self.log(), [])
