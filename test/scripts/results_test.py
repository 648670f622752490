"""Scripts that add up and list results: count_tests and result_table."""
import shutil

from support import CLEAVE, ROOT, Script

PASSED = "<testcase name='{}' status='run'/>"
FAILED = "<testcase name='{}' status='fail'><failure message=''/></testcase>"
SKIPPED = "<testcase name='{}' status='notrun'><skipped message='SKIP_RETURN_CODE=77'/></testcase>"
DISABLED = "<testcase name='{}' status='disabled'/>"
SKIPPED_CASE = "dominance_test.cpp:67: warning:\n  skipped: this processor has no AVX2\n\n"
SOURCE = "<testcase name='search/dominance' status='{}'><system-out>{}</system-out></testcase>"


class CountTests(Script):
    def count(self, *presets, status):
        """presets: the test cases of each."""
        given = []
        for number, cases in enumerate(presets):
            path = self.write(f"{number}.xml", f"<testsuite>{''.join(cases)}</testsuite>")
            given.append(f"preset{number}={path}")
        return self.run_script(ROOT / "scripts/count_tests", *given, status=status).stdout.splitlines()

    def test_the_tests_of_all_presets_are_added(self):
        lines = self.count([PASSED.format("search/a"), PASSED.format("cli"), SKIPPED.format("slurm"), DISABLED.format("b")],
                           [PASSED.format("search/a")], status=0)
        self.assertEqual(lines, ["preset0: 2 passed, 0 failed, 2 skipped", "preset1: 1 passed, 0 failed",
                                 "3 passed, 0 failed, 2 skipped"])

    def test_what_failed_or_did_not_run_is_counted(self):
        lines = self.count([FAILED.format("search/a"), "<testcase name='deploy' status='notrun'/>", PASSED.format("cli")],
                           [PASSED.format("search/a")], status=1)
        self.assertEqual(lines[-1], "2 passed, 2 failed")

    def test_a_source_counts_as_its_cases(self):
        lines = self.count([SOURCE.format("run", "=====\nAll tests passed (1 assertion in 1 test case)\n")],
                           [SOURCE.format("run", "All tests passed (7123 assertions in 12 test cases)\n")],
                           [SOURCE.format("run", f"{SKIPPED_CASE}All tests passed (9 assertions in 3 test cases)\n")],
                           [SOURCE.format("fail", f"{SKIPPED_CASE}test cases:  5 |  3 passed | 2 failed\n"
                                                  "assertions: 9 | 7 passed | 2 failed\n")],
                           [SOURCE.format("fail", "test cases: 1 | 1 failed\nassertions: 1 | 1 failed\n")],
                           # A sanitizer ended it.
                           [SOURCE.format("fail", "==1==ERROR: AddressSanitizer: heap-use-after-free\n")], status=1)
        self.assertEqual(lines, ["preset0: 1 passed, 0 failed", "preset1: 12 passed, 0 failed",
                                 "preset2: 2 passed, 0 failed, 1 skipped", "preset3: 2 passed, 2 failed, 1 skipped",
                                 "preset4: 0 passed, 1 failed", "preset5: 0 passed, 1 failed",
                                 "17 passed, 4 failed, 2 skipped"])

    def test_a_preset_without_results_is_a_failure(self):
        done = self.run_script(ROOT / "scripts/count_tests", f"release={self.dir}/none.xml", status=1)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 1 failed")
        self.assertEqual(self.count([], status=1)[-1], "0 passed, 1 failed")

    def test_only_skipped_tests_are_no_success(self):
        self.assertEqual(self.count([SKIPPED.format("slurm")], status=1)[-1], "0 passed, 1 failed, 1 skipped")


class ResultTable(Script):
    def setUp(self):
        super().setUp()
        self.tree = self.copy_scripts("result_table")
        self.write("tree/scripts/cleave", f"#!/usr/bin/env bash\nexec '{CLEAVE}' \"$@\"\n")
        (self.tree / "configs").mkdir()

    def rows(self, *arguments):
        done = self.run_script(self.tree / "scripts/result_table", *arguments)
        return done.stdout.splitlines()

    def test_prints_the_table_of_the_readme(self):
        shutil.copy(ROOT / "configs/squeezenet_1.1.yaml", self.tree / "configs")
        readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        lines = self.rows()
        self.assertEqual(len(lines), 3)
        for line in lines:
            self.assertIn(line, readme)
        # Nothing fits, so the best is the GPU alone.
        row = self.rows("fpga.capacity.alm=1")[2].split(" | ")
        self.assertEqual(row[0], "| squeezenet_1.1")
        self.assertEqual(row[1:3], row[2:4])
        self.assertEqual(row[4:], ["1.00x", "1.00x", "0", "0", "0", "1 point |"])

    def test_ends_where_a_configuration_fails(self):
        self.write("tree/configs/wrong.yaml", "cleave_config: 1\n")
        done = self.run_script(self.tree / "scripts/result_table", status=1)
        self.assertIn("configs/wrong.yaml ended with status 2", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_refuses_what_it_cannot_do(self):
        self.assertIn("no configurations", self.run_script(self.tree / "scripts/result_table", status=1).stderr)
        self.assertIn("Usage: ", self.run_script(self.tree / "scripts/result_table", "--help", status=2).stderr)
