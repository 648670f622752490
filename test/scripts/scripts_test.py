#!/usr/bin/python3
"""Scripts of the source tree, with stand-ins for the programs that they call. Usage: scripts_test.py ROOT CLEAVE"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
SLURM = ["munge", "slurm-client", "slurmctld", "slurmd"]


class Script(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="cleave-scripts-")
        self.addCleanup(scratch.cleanup)
        self.dir = Path(scratch.name)
        (self.dir / "bin").mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_"))}
        self.environment.update(PATH=f"{self.dir / 'bin'}:{os.environ['PATH']}", CLEAVE=str(CLEAVE))

    def stand_in(self, name, text):
        path = self.dir / "bin" / name
        path.write_text("#!/usr/bin/env bash\n" + text, encoding="utf-8")
        path.chmod(0o755)

    def run_script(self, path, *arguments, status=0):
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False,
                              env=self.environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done


class Packages(Script):
    """scripts/test where packages are missing and cannot be installed."""

    def run_tests(self, missing, status):
        tree = self.dir / "tree"
        (tree / "scripts").mkdir(parents=True)
        for name in ("test", "common.bash", "packages", "count_tests"):
            shutil.copy(ROOT / "scripts" / name, tree / "scripts")
        self.stand_in("dpkg-query", "shift 3\nfor name; do\n"
                      f"    [[ ' {' '.join(missing)} ' == *\" $name \"* ]] || echo \"ii  $name\"\ndone\n")
        self.stand_in("sudo", 'shift\nexec "$@"\n')
        self.stand_in("apt-get", f"echo \"$@\" >>'{self.dir}/asked'\n[[ $* == *update ]]\n")
        self.stand_in("cmake", "")
        self.stand_in("ctest", 'while [[ $1 != --output-junit ]]; do shift; done\n'
                      "echo '<testsuite><testcase name=\"one\" status=\"run\"/></testsuite>' >\"$2\"\n")
        (tree / "build/release").mkdir(parents=True)
        return self.run_script(tree / "scripts/test", "--quick", status=status)

    def test_slurm_is_gone_without(self):
        done = self.run_tests(SLURM, 0)
        self.assertIn("going on without Slurm", done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1], "1 passed, 0 failed")
        asked = (self.dir / "asked").read_text(encoding="utf-8").splitlines()[-1].split()
        self.assertEqual(sorted(asked[asked.index("--no-install-recommends") + 1:]), SLURM)

    def test_what_is_needed_is_needed(self):
        done = self.run_tests(["catch2"], 1)
        self.assertEqual(done.stdout, "")
        self.assertIn("could not be installed", done.stderr)


if __name__ == "__main__":
    unittest.main()
