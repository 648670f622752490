#!/usr/bin/python3
"""Sweeps of the built program, from outside. Usage: sweep_test.py ROOT CLEAVE

The same bytes for any number of threads, from shards, after kills and after changes; what goes wrong in a case, in a
folder and on a disk; names that try to be more than names. A test that needs another user or a small disk says so where
it cannot have it.
"""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
DATA = ROOT / "test/rejected/data"
KILLS = 10
HOSTILE = "</script><b>$(id)"
GRID = """cleave_sweep: 1
base: {base}
set: {{search.share_step: {step}}}
grid:
  network: [tiny, tiny_2]
  link.bandwidth: [{bandwidths}]
  fpga.clock: [50 MHz, 100 MHz]
"""


def cleave(*arguments, **options):
    command = [str(CLEAVE), "--data-dir", str(DATA), *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
    environment.update(options.pop("environment", {}))
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **options)


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


def times(folder):
    return {p.parent.name: p.stat().st_mtime_ns for p in sorted(Path(folder).glob("cases/*/case.json"))}


def rows(folder):
    return list(csv.DictReader(io.StringIO((Path(folder) / "index.csv").read_text(encoding="utf-8"))))


class Case(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="cleave-sweep-")
        self.addCleanup(scratch.cleanup)
        self.dir = Path(scratch.name)
        # Other users must be able to reach the program's output.
        self.dir.chmod(0o755)

    def sweep(self, text=None, name="s.yaml", bandwidths="1 GB/s, 2 GB/s", step=1):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or GRID.format(base=DATA / "toy_config.yaml", bandwidths=bandwidths, step=step),
                        encoding="utf-8")
        return path

    def run_cleave(self, *arguments, status=0, **options):
        done = cleave(*arguments, **options)
        self.assertEqual(done.returncode, status, f"cleave {' '.join(map(str, arguments))}\n{done.stderr}")
        return done

    def run_sweep(self, sweep, name, *arguments, **options):
        self.run_cleave("sweep", sweep, "-o", self.dir / name, *arguments, **options)
        return self.dir / name

    def assert_trees_equal(self, first, second):
        one, two = tree(first), tree(second)
        self.assertEqual(one.keys(), two.keys())
        self.assertEqual([name for name in one if one[name] != two[name]], [])


class Results(Case):
    def test_a_case_is_what_explore_writes(self):
        out = self.run_sweep(self.sweep(), "out")
        index = rows(out)
        self.assertEqual(len(index), 8)
        self.assertEqual({row["status"] for row in index}, {"exact"})
        row = next(r for r in index if r["network"] == "tiny_2" and r["link.bandwidth"] == "2 GB/s"
                   and r["fpga.clock"] == "50 MHz")
        self.run_cleave("explore", DATA / "toy_config.yaml", "-o", self.dir / "one", "--set", "search.share_step=1",
                        "--set", "network=tiny_2", "--set", "link.bandwidth=2 GB/s", "--set", "fpga.clock=50 MHz")
        case = out / "cases" / row["case"]
        # An exploration hashes its overrides as they were given.
        ours, theirs = tree(case), tree(self.dir / "one")
        self.assertEqual(ours.keys() - {"case.json"}, theirs.keys() - {"stats.json"})
        self.assertEqual([n for n in theirs if n != "stats.json" and ours[n] != theirs[n]], [])
        front = json.loads(ours["front.json"])
        gpu = front["baseline"]["gpu_only"]
        self.assertEqual(float(row["gpu_latency_s"]), gpu["latency_s"])
        self.assertEqual(int(row["points"]), len(front["front"]))
        self.assertEqual(float(row["min_latency_s"]), front["front"][0]["latency_s"])
        self.assertAlmostEqual(float(row["energy_gain"]), max(p["energy_gain"] for p in front["front"]), delta=1e-12)
        knee = next(p for p in front["front"] if p["id"] == front["selected"]["knee"])
        self.assertEqual(float(row["knee_energy_j"]), knee["energy_j"])

    def test_overview_matches_its_schema(self):
        out = self.run_sweep(self.sweep(), "out")
        schema = json.loads((ROOT / "docs/schema/sweep_summary.schema.json").read_text(encoding="utf-8"))
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator(schema).validate(summary)
        self.assertEqual(summary["cases"], 8)
        best = {(b["network"], b["objective"]): b["value"] for b in summary["best"]}
        for network in ("tiny", "tiny_2"):
            mine = [row for row in rows(out) if row["network"] == network]
            self.assertEqual(best[network, "latency"], min(float(r["min_latency_s"]) for r in mine))
            self.assertEqual(best[network, "energy gain"], max(float(r["energy_gain"]) for r in mine))
        report = (out / "report.md").read_text(encoding="utf-8")
        self.assertIn("| 2 GB/s |", report)
        self.assertTrue((out / "link_sensitivity.svg").read_text(encoding="utf-8").startswith("<svg "))

    def test_bytes_do_not_depend_on_threads_or_place(self):
        first = self.run_sweep(self.sweep(), "first", "--jobs", "1")
        self.assert_trees_equal(first, self.run_sweep(self.sweep(), "second", "--jobs", "7"))
        # From another folder, by a relative path.
        text = self.sweep().read_text(encoding="utf-8")
        (self.dir / "elsewhere").mkdir()
        self.sweep(text, "elsewhere/s.yaml")
        self.run_cleave("sweep", "s.yaml", "-o", "out", cwd=self.dir / "elsewhere")
        self.assert_trees_equal(first, self.dir / "elsewhere/out")

    def test_identical_problems_are_solved_once(self):
        # 76 MHz is the clock of the implementation, and in two spellings.
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\n"
                           "list: [{fpga.clock: 76 MHz}, {fpga.clock: 76MHz}, {energy.scope: system}]\n")
        done = self.run_cleave("sweep", sweep, "-o", self.dir / "out")
        self.assertIn("3 cases: 3 done now as 1 exploration, 0 before", done.stderr)
        texts = []
        for row in rows(self.dir / "out"):
            front = json.loads((self.dir / "out/cases" / row["case"] / "front.json").read_text(encoding="utf-8"))
            texts.append(front["context"].pop("config_sha256") + front["context"]["inputs"].pop("config"))
            self.assertEqual(row["status"], "exact")
            texts.append(json.dumps(front))
        self.assertEqual(len(set(texts[::2])), 3)
        self.assertEqual(len(set(texts[1::2])), 1)

    def test_changes_redo_only_what_changed(self):
        out = self.run_sweep(self.sweep(), "out")
        before = times(out)
        self.assertEqual(len(before), 8)
        done = self.run_cleave("sweep", self.sweep(bandwidths="2 GB/s, 4 GB/s"), "-o", out)
        self.assertIn("8 cases: 4 done now", done.stderr)
        after = times(out)
        self.assertEqual(len(after), 8)
        self.assertEqual({n for n in before.keys() & after.keys() if before[n] == after[n]},
                         {n for n in before if "2GBps" in n})
        self.assert_trees_equal(out, self.run_sweep(self.dir / "s.yaml", "fresh"))

    def test_a_changed_model_redoes_what_uses_it(self):
        shutil.copytree(DATA / "network_specs", self.dir / "specs")
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\n"
                           "grid:\n  network: [specs/tiny.yaml, specs/tiny_2.yaml]\n  fpga.clock: [50 MHz, 100 MHz]\n")
        out = self.run_sweep(sweep, "out")
        before = times(out)
        spec = self.dir / "specs/tiny_2.yaml"
        spec.write_text(spec.read_text(encoding="utf-8").replace("name: tiny_2", "name: tiny_3"), encoding="utf-8")
        self.run_sweep(sweep, "out")
        after = times(out)
        self.assertEqual({n for n in before if before[n] == after[n]}, {n for n in before if "tiny.yaml" in n})
        self.assertEqual([row["network_name"] for row in rows(out)], ["tiny", "tiny", "tiny_3", "tiny_3"])

    def test_damaged_cases_are_done_again(self):
        out = self.run_sweep(self.sweep(), "out")
        expected = tree(out)
        cases = sorted((out / "cases").iterdir())
        (cases[0] / "front.json").write_text("{", encoding="utf-8")
        (cases[1] / "case.json").unlink()
        shutil.rmtree(cases[2])
        done = self.run_cleave("sweep", self.dir / "s.yaml", "-o", out)
        self.assertIn("8 cases: 3 done now", done.stderr)
        self.assertEqual(tree(out), expected)


class Shards(Case):
    def test_merged_shards_equal_one_run(self):
        sweep = self.sweep(bandwidths="1 GB/s, 2 GB/s, 3 GB/s, 4 GB/s")
        whole = self.run_sweep(sweep, "whole")
        for count in (1, 3, 20):
            shards = [self.run_sweep(sweep, f"{count}-{i}", "--shard", f"{i}/{count}") for i in range(1, count + 1)]
            self.assertEqual(sum(len(rows(s)) for s in shards), 16)
            self.run_cleave("merge", *reversed(shards), "-o", self.dir / f"merged{count}")
            self.assert_trees_equal(self.dir / f"merged{count}", whole)

    def test_an_array_task_is_a_shard(self):
        sweep = self.sweep()
        for number in range(2):
            self.run_sweep(sweep, f"task{number}", environment={
                "SLURM_ARRAY_TASK_ID": str(10 + 5 * number), "SLURM_ARRAY_TASK_COUNT": "2",
                "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_STEP": "5"})
            shard = self.run_sweep(sweep, f"shard{number}", "--shard", f"{number + 1}/2")
            self.assert_trees_equal(self.dir / f"task{number}", shard)
        done = self.run_cleave("sweep", sweep, "-o", self.dir / "odd", status=2, environment={
            "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_ARRAY_TASK_MIN": "1"})
        self.assertIn("not evenly spaced", done.stderr)

    def test_what_cannot_be_merged(self):
        sweep = self.sweep()
        one = self.run_sweep(sweep, "one", "--shard", "1/2")
        done = self.run_cleave("merge", one, "-o", self.dir / "out", status=2)
        self.assertIn("4 of 8 cases are not finished in any of the folders", done.stderr)
        other = self.run_sweep(self.sweep(name="t.yaml", step=2), "other", "--shard", "2/2")
        done = self.run_cleave("merge", one, other, "-o", self.dir / "out", status=2)
        self.assertIn("other/sweep.json:1:1: error: is of another sweep", done.stderr)
        done = self.run_cleave("merge", one, self.dir / "nowhere", "-o", self.dir / "out", status=2)
        self.assertIn("nowhere/sweep.json: error: cannot read the file", done.stderr)
        self.assertFalse((self.dir / "out").exists())

    def test_shards_that_are_none(self):
        for shard in ("0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/"):
            done = self.run_cleave("sweep", self.sweep(), "-o", self.dir / "out", f"--shard={shard}", status=2)
            self.assertIn("is no part of a sweep", done.stderr)


class WrongCases(Case):
    def test_a_case_that_fails_does_not_stop_the_rest(self):
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\n"
                           "grid:\n  network: [tiny, nowhere, ./missing.yaml]\n  fpga.clock: [50 MHz, 7]\n")
        done = self.run_cleave("sweep", sweep, "-o", self.dir / "out", status=2)
        self.assertIn("unknown network 'nowhere'", done.stderr)
        index = rows(self.dir / "out")
        self.assertEqual([row["status"] for row in index], ["exact"] + 5 * ["bad input"])
        self.assertIn("s.yaml:5:24: error: fpga.clock: '7' has no unit", index[1]["error"])
        folder = self.dir / "out/cases" / index[1]["case"]
        self.assertEqual({p.name for p in folder.iterdir()}, {"case.json", "error.txt"})
        self.assertIn("has no unit", (folder / "error.txt").read_text(encoding="utf-8"))
        # Nothing in the results says where they lie.
        self.assertEqual([n for n, b in tree(self.dir / "out").items() if str(self.dir).encode() in b], [])
        before = times(self.dir / "out")
        self.run_cleave("sweep", sweep, "-o", self.dir / "out", status=2)
        self.assertEqual(times(self.dir / "out"), before)

    def test_constraints_that_are_not_met(self):
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\n"
                           "grid: {constraints.max_latency: [1 ns, 10 s]}\n")
        self.run_cleave("sweep", sweep, "-o", self.dir / "out", status=4)
        index = rows(self.dir / "out")
        self.assertEqual([row["status"] for row in index], ["infeasible", "exact"])
        self.assertIn("the least possible latency is", index[0]["error"])

    def test_a_sweep_without_a_single_good_case_writes_nothing(self):
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\ngrid: {{link.bandwith: [1 GB/s, 2 GB/s]}}\n")
        done = self.run_cleave("sweep", sweep, "-o", self.dir / "out", status=2)
        self.assertEqual(done.stderr.count("s.yaml:3:13: error: link: unknown key 'bandwith'"), 1)
        self.assertFalse((self.dir / "out").exists())

    def test_hostile_names(self):
        folder = self.dir / "out"
        spec = (DATA / "network_specs/tiny.yaml").read_text(encoding="utf-8")
        self.assertIn("name: tiny\n", spec)
        (self.dir / "n.yaml").write_text(spec.replace("name: tiny\n", f"name: '../{HOSTILE}`x`'\n", 1),
                                         encoding="utf-8")
        hostile = self.dir / HOSTILE
        hostile.parent.mkdir(parents=True)
        shutil.copy(self.dir / "n.yaml", str(hostile) + ".yaml")
        sweep = self.sweep(f"cleave_sweep: 1\nbase: {DATA / 'toy_config.yaml'}\n"
                           f"grid:\n  network: [./n.yaml, '{HOSTILE}.yaml', '../../../{HOSTILE}']\n"
                           "  link.bandwidth: [1 GB/s, 2 GB/s]\n")
        self.run_cleave("sweep", sweep, "-o", folder, status=2)
        names = [p.name for p in (folder / "cases").iterdir()]
        self.assertEqual(len(names), 6)
        for entry in names:
            self.assertRegex(entry, r"^[A-Za-z0-9][A-Za-z0-9._+=,-]*$")
        self.assertEqual({p.name for p in self.dir.iterdir()}, {"n.yaml", "<", "s.yaml", "out"})
        for file in ("report.md", "link_sensitivity.svg"):
            text = (folder / file).read_text(encoding="utf-8")
            self.assertIn("&lt;/script&gt;&lt;b&gt;", text)
            self.assertIsNone(re.search(r"<script|<b>|</script", text), file)
        self.assertEqual({row["network_name"] for row in rows(folder)}, {f"../{HOSTILE}`x`", ""})


class Crashes(Case):
    def test_kills(self):
        done = subprocess.run([ROOT / "scripts/kill_sweep", str(KILLS), "--cleave", CLEAVE], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(f"{KILLS} kills, "), done.stdout)

    def test_ending_it_keeps_what_is_done(self):
        sweep = self.sweep((ROOT / "configs/sweeps/link_bandwidth.yaml").read_text(encoding="utf-8").replace(
            "../squeezenet", str(ROOT / "configs/squeezenet")))
        out = self.dir / "out"
        command = [CLEAVE, "sweep", sweep, "-o", out, "--jobs", "1", "--shard", "1/4"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while len(times(out)) < 3 and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            error = process.communicate()[1]
        self.assertEqual(process.returncode, 3, error)
        self.assertIn("cases still to do; the same command goes on", error)
        self.assertFalse((out / ".unfinished").exists())
        kept = times(out)
        self.assertGreaterEqual(len(kept), 3)
        self.run_cleave("sweep", sweep, "-o", out, "--shard", "1/4")
        after = times(out)
        self.assertEqual(len(after), 32)
        self.assertEqual({n: t for n, t in after.items() if n in kept}, kept)

    def test_two_at_once(self):
        out = self.run_sweep(self.sweep(), "out")
        before = tree(out)
        with subprocess.Popen(["flock", out / ".lock", "cat"], stdin=subprocess.PIPE) as holder:
            # Until the other one has the lock.
            while subprocess.run(["flock", "--nonblock", out / ".lock", "true"], check=False).returncode == 0:
                time.sleep(0.01)
            done = self.run_cleave("sweep", self.sweep(step=2), "-o", out, status=1)
            self.assertIn("another sweep or merge is writing to it", done.stderr)
            holder.stdin.close()
            holder.wait()
        self.assertEqual(tree(out), before)


class Disks(Case):
    def assert_refused(self, out, before, reason, **options):
        done = cleave("sweep", self.sweep(bandwidths="2 GB/s, 8 GB/s, 16 GB/s", step=1), "-o", out, **options)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, rf"^cleave: error: cannot write '[^']*': {reason}\n$")
        after = tree(out)
        # Earlier cases, index and report are what they were; cases finished before the disk was full may be new.
        changed = [n for n in before if n != "sweep.json" and after.get(n) != before[n]]
        self.assertEqual(changed, [])
        self.assertEqual([n for n in after if ".unfinished" in n], [])
        return after

    def test_files_too_large(self):
        """As on a full disk, without one: files end at a limit of the process."""
        out = self.run_sweep(self.sweep(), "out")
        self.assert_refused(out, tree(out), "File too large", preexec_fn=limit_files)
        self.assert_trees_equal(self.run_sweep(self.dir / "s.yaml", "out"), self.run_sweep(self.dir / "s.yaml", "fresh"))

    def test_full_disk(self):
        disk = self.dir / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "cleave-test", disk], capture_output=True,
                                 text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no small disk can be mounted here ({mounted.stderr.strip()})")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        out = self.run_sweep(self.sweep(), "disk/out")
        before = tree(out)
        # Leave too little for the new cases.
        (disk / "ballast").write_bytes(bytes(os.statvfs(disk).f_bavail * 4096 - 40_000))
        self.assert_refused(out, before, "No space left on device")
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        self.assert_trees_equal(self.run_sweep(self.dir / "s.yaml", "disk/out"),
                                self.run_sweep(self.dir / "s.yaml", "fresh"))

    def test_read_only_disk(self):
        disk = self.dir / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "cleave-test", disk], capture_output=True, text=True,
                                 check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no disk can be mounted here ({mounted.stderr.strip()})")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        out = self.run_sweep(self.sweep(), "disk/out")
        before = tree(out)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        self.assertEqual(self.assert_refused(out, before, "Read-only file system"), before)

    def test_missing_permissions(self):
        out = self.run_sweep(self.sweep(), "out")
        before = tree(out)
        if os.geteuid() == 0:
            def other_user():
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            probe = subprocess.run([CLEAVE, "--version"], capture_output=True, check=False, preexec_fn=other_user) \
                if reachable(CLEAVE) and reachable(DATA) else None
            if probe is None or probe.returncode != 0:
                self.skipTest("other users cannot reach this tree")
            self.assertEqual(self.assert_refused(out, before, "Permission denied", preexec_fn=other_user), before)
        else:
            for path in (out / ".lock", out):
                path.chmod(0o555 if path.is_dir() else 0o444)
            self.addCleanup(out.chmod, 0o755)
            self.assertEqual(self.assert_refused(out, before, "Permission denied"), before)


def limit_files():
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def reachable(path):
    """Whether users besides the owner can follow the path."""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents) and path.stat().st_mode & 0o005 == 0o005


if __name__ == "__main__":
    unittest.main()
