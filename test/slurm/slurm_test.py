#!/usr/bin/python3
"""A sweep as a job array on an emulated cluster. Usage: slurm_test.py ROOT CLEAVE

Starts Slurm with three nodes on this machine, submits 72 cases as nine tasks by scripts/slurm/submit, kills one node with
its job in the middle of a task, brings it back, waits for the merge, and compares every byte with the sweep run in one
process. Exits 77 where Slurm's programs are missing.
"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import Cluster, missing_programs, wait_for

ROOT, CLEAVE = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
NODES = ["n1", "n2", "n3"]
TASKS = 9
SWEEP = f"""cleave_sweep: 1
base: {ROOT}/test/configs/shufflenet_v2_0.5.yaml
set: {{search.share_step: 2}}
grid:
  link.bandwidth: [0.5 GB/s, 1 GB/s, 2 GB/s, 4 GB/s, 8 GB/s, 16 GB/s]
  link.overhead: [2 us, 5 us, 10 us, 20 us]
  fpga.clock: [60 MHz, 76 MHz, 90 MHz]
"""
CASES = 72


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def finished(shard):
    return len(list(shard.glob("cases/*/case.json")))


def task_in_the_middle(cluster, array, out):
    """A running task that has finished some of its cases, but not all."""
    for task in cluster.job(array):
        if task.get("JobState") == "RUNNING" and task["NodeList"] in NODES:
            shard = out / "shards" / task["ArrayTaskId"]
            if 0 < finished(shard) < CASES // TASKS - 1:
                return task, shard
    return None


def run(scratch):
    sweep = scratch / "clock.yaml"
    sweep.write_text(SWEEP, encoding="utf-8")
    start = time.monotonic()
    subprocess.run([CLEAVE, "--quiet", "sweep", sweep, "-o", scratch / "alone", "--shard", "1/1"], check=True)
    alone = time.monotonic() - start
    expected = tree(scratch / "alone")
    check(sum(name.endswith("/case.json") for name in expected) == CASES, f"not {CASES} cases")

    (scratch / "cluster").mkdir()
    with Cluster(scratch / "cluster", NODES) as cluster:
        try:
            start = time.monotonic()
            out = scratch / "out"
            cluster.environment["CLEAVE"] = str(CLEAVE)
            array, merge = cluster.run(ROOT / "scripts/slurm/submit", sweep, out, str(TASKS)).split()
            task, shard = wait_for(lambda: task_in_the_middle(cluster, array, out), "a task in the middle of its part")
            node = task["NodeList"]
            killed = cluster.crash_node(node)
            kept = {p.parent.name: p.stat().st_mtime_ns for p in shard.glob("cases/*/case.json")}
            check(killed > 0, f"{node} had no processes to kill")
            check(len(kept) < CASES // TASKS, "the task was through before its node was killed")
            cluster.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=killed")
            wait_for(lambda: cluster.states()[node].startswith("down"), f"{node} down")
            cluster.start_node(node)
            wait_for(lambda: cluster.states()[node] in ("idle", "alloc", "mix"), f"{node} back")

            ends = {"COMPLETED", "FAILED", "CANCELLED", "NODE_FAIL", "BOOT_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}
            wait_for(lambda: cluster.job(merge)[0]["JobState"] in ends, "the end of the merge")
            seconds = time.monotonic() - start
            states = [t["JobState"] for t in [*cluster.job(array), *cluster.job(merge)]]
            check(states == ["COMPLETED"] * (TASKS + 1), f"jobs ended as {states}")
            restarts = {t["ArrayTaskId"]: int(t["Restarts"]) for t in cluster.job(array)}
            check(restarts[task["ArrayTaskId"]] >= 1, f"the task was not queued again: {restarts}")
            used = {t["NodeList"] for t in cluster.job(array)}
            check(used == set(NODES), f"only {used} had tasks")
        except BaseException:
            print(cluster.logs(), file=sys.stderr)
            for log in sorted((scratch / "out").glob("logs/*")):
                print(f"== {log.name}\n{log.read_text(encoding='utf-8', errors='replace')}", file=sys.stderr)
            raise
    check(finished(shard) == CASES // TASKS, "the task that was queued again is not whole")
    again = [n for n, t in kept.items() if (shard / "cases" / n / "case.json").stat().st_mtime_ns != t]
    check(not again, f"finished cases were run again: {again}")
    found = tree(out / "merged")
    wrong = [n for n in sorted(found.keys() | expected.keys()) if found.get(n) != expected.get(n)]
    check(not wrong, f"not as in one process: {wrong[:10]}")
    print(f"{CASES} cases as {TASKS} tasks on {len(NODES)} nodes: {node} killed with {len(kept)} of "
          f"{CASES // TASKS} cases of its task done, queued again, merged: {len(found)} files equal those of one process "
          f"({seconds:.0f} s; one process {alone:.0f} s)")


def main():
    if missing := missing_programs():
        print(f"slurm_test: skipped: {', '.join(missing)} missing (Debian packages munge slurm-client slurmctld slurmd)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="cleave-slurm-") as scratch:
        # munged wants a folder that only its user can write to.
        os.chmod(scratch, 0o755)
        run(Path(scratch))


if __name__ == "__main__":
    main()
