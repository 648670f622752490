"""Scripts that run sweeps: slurm/submit with its jobs sweep.sbatch and merge.sbatch, and kill_sweep."""
import shutil
import subprocess

from support import CLEAVE, ROOT, Script


class Submit(Script):
    """scripts/slurm/submit where sbatch runs each job at once; as what, is in `jobs`, a line each."""

    BANDWIDTHS = ["1 GB/s", "2 GB/s", "3 GB/s", "4 GB/s"]

    def setUp(self):
        super().setUp()
        self.stand_in("sbatch", f"""jobs='{self.dir}/jobs'
id=$((100 + $(cat "$jobs" 2>/dev/null | wc -l)))
echo "$*" >>"$jobs"
if [[ $* != *--account=* && -n ${{NEEDS_ACCOUNT-}} ]] || [[ $* == *merge.sbatch* && -n ${{REFUSES_MERGE-}} ]]; then
    echo 'sbatch: error: Batch job submission failed: Invalid account' >&2
    exit 1
fi
while [[ $1 == -* ]]; do
    [[ $1 != --array=1-* ]] || tasks=${{1#--array=1-}}
    [[ $1 != --partition && $1 != -d ]] || shift
    shift
done
if [[ -v tasks ]]; then
    for ((task = 1; task <= ${{tasks%\\%*}}; ++task)); do
        SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=${{tasks%\\%*}} SLURM_ARRAY_TASK_MIN=1 \\
            SLURM_ARRAY_TASK_STEP=1 "$@" >>'{self.dir}/log' 2>&1 || exit
    done
else
    "$@" >>'{self.dir}/log' 2>&1 || echo "the merge ended with $?" >>'{self.dir}/log'
fi
echo "$id;cluster"
""")

    def submit(self, count, tasks, *options, status=0):
        """A sweep of `count` cases."""
        sweep = self.dir / "s.yaml"
        sweep.write_text(f"cleave_sweep: 1\nbase: {ROOT}/test/configs/squeezenet_1.1.yaml\n"
                         "set: {search.share_step: 16}\n"
                         f"grid:\n  link.bandwidth: [{', '.join(self.BANDWIDTHS[:count])}]\n", encoding="utf-8")
        done = self.run_script(ROOT / "scripts/slurm/submit", sweep, self.dir / "out", tasks, *options, status=status)
        log = self.dir / "log"
        return done, log.read_text(encoding="utf-8") if log.exists() else ""

    def jobs(self):
        return [line.split() for line in (self.dir / "jobs").read_text(encoding="utf-8").splitlines()]

    def assert_merged(self, count):
        alone = self.dir / f"alone{count}"
        self.run_script(CLEAVE, "--quiet", "sweep", self.dir / "s.yaml", "-o", alone)
        trees = [{str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
                 for folder in (alone, self.dir / "out/merged")]
        self.assertEqual(sum(name.endswith("/case.json") for name in trees[0]), count)
        self.assertEqual(*trees)

    def test_only_the_tasks_of_this_array_are_merged(self):
        self.submit(4, 4)
        self.assert_merged(4)
        _, log = self.submit(2, 2)
        self.assertNotIn("the merge ended", log)
        self.assert_merged(2)
        # What was there is not taken away.
        self.assertTrue((self.dir / "out/shards/4/sweep.json").exists())
        shutil.rmtree(self.dir / "out/shards/2")
        done = subprocess.run([ROOT / "scripts/slurm/merge.sbatch", CLEAVE, self.dir / "out", "2"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("1 of 2 cases are not finished in any of the folders", done.stderr)
    def test_options_are_for_both_jobs(self):
        self.environment["NEEDS_ACCOUNT"] = "1"
        options = "--account=mine --partition long --array=1-2%1 -d after:7 --output=x -Jname --hold"
        done, _ = self.submit(2, 2, *options.split())
        self.assertEqual(done.stdout, "100\n101\n")
        array, merge = self.jobs()
        self.assertIn(options, " ".join(array))
        end = merge.index(str(ROOT / "scripts/slurm/merge.sbatch"))
        self.assertEqual([merge[0], *merge[2:end]],
                         ["--parsable", "--account=mine", "--partition", "long", "--dependency=afterany:100"])
        self.assertRegex(merge[1], r"^--output=.*/logs/merge_%j\.log$")

    def test_the_array_is_told_where_its_merge_is_refused(self):
        self.environment["REFUSES_MERGE"] = "1"
        done, _ = self.submit(2, 2, status=1)
        self.assertEqual(done.stdout, "100\n")
        self.assertIn("the array 100 is queued, its merge is not; when the array has ended: ", done.stderr)
        self.run_script("bash", "-c", done.stderr.splitlines()[-1].split(" has ended: ")[1])
        self.assert_merged(2)

    def test_an_array_of_other_tasks_is_refused(self):
        for options in (["--array=0-1"], ["--array", "1-3"], ["-a1,2"], ["-a"]):
            done, _ = self.submit(2, 2, *options, status=2)
            self.assertIn("TASKS is 2, so --array can be 1-2", done.stderr)
        self.assertFalse((self.dir / "jobs").exists())


class KillSweep(Script):
    """scripts/kill_sweep with a program that does what it looks for."""

    def kill(self, fault):
        # Called as: program --quiet sweep SWEEP -o FOLDER --shard 1/1
        self.stand_in("faulty", f'folder=$5\n{fault}\nexec "{CLEAVE}" "$@"\n')
        return self.run_script(ROOT / "scripts/kill_sweep", "30", "--cleave", self.dir / "bin/faulty", status=1).stderr

    def test_sees_damaged_files_of_the_whole_sweep(self):
        for name in ("index.csv", "sweep.json"):
            error = self.kill(f'[[ ! -s $folder/{name} ]] || {{ truncate -s -5 "$folder/{name}"; exec sleep 20; }}')
            self.assertRegex(error, rf"^kill_sweep: .*/{name} is damaged: ")

    def test_sees_finished_cases_that_are_gone(self):
        error = self.kill('for case in "$folder"/cases/*=4GBps*; do\n'
                          '    [[ ! -d $case ]] || { rm -r "$case"; exec sleep 20; }\ndone')
        self.assertIn("kill_sweep: finished cases are gone: [(", error)
