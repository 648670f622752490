"""What tests of scripts share: a scratch folder, stand-ins for programs, copies of the scripts that are tried there."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, CLEAVE = Path(sys.argv.pop(1)).resolve(), Path(sys.argv.pop(1)).resolve()
# What scripts call besides the programs that they are about.
TOOLS = ("awk", "bash", "cat", "chmod", "chroot", "cmp", "cp", "date", "dirname", "env", "find", "flock", "grep", "head",
         "ldd", "ln", "mkdir", "mktemp", "mv", "nproc", "readlink", "realpath", "rm", "sed", "sh", "sleep", "sort", "tail",
         "tee", "touch", "tr", "wc", "xargs")


class Script(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="cleave-scripts-")
        self.addCleanup(scratch.cleanup)
        self.dir = Path(scratch.name).resolve()
        (self.dir / "bin").mkdir()
        self.environment = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith(("SLURM_", "SBATCH_"))}
        self.environment.update(PATH=f"{self.dir / 'bin'}:{os.environ['PATH']}", CLEAVE=str(CLEAVE))

    def write(self, name, text):
        """A file below the scratch folder, which can be run if it begins as a script."""
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
        return path

    def stand_in(self, name, text):
        """A program that is found before any other of this name; $log is the file that log() reads."""
        return self.write(f"bin/{name}", f"#!/usr/bin/env bash\nlog='{self.dir}/log'\n{text}")

    def log(self):
        path = self.dir / "log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def only_stand_ins(self):
        """From here on no other programs are found than stand-ins and plain tools."""
        for name in TOOLS:
            where = shutil.which(name)
            if where and not (self.dir / "bin" / name).exists():
                (self.dir / "bin" / name).symlink_to(where)
        self.environment["PATH"] = str(self.dir / "bin")

    def copy_scripts(self, *names):
        """A source tree of these scripts alone."""
        tree = self.dir / "tree"
        (tree / "scripts").mkdir(parents=True)
        for name in names:
            source = ROOT / "scripts" / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, tree / "scripts" / name)
        return tree

    def stand_in_packages(self, missing=()):
        """Debian's database of packages, where all but these are installed."""
        self.stand_in("dpkg-query", "shift 3\nfor name; do\n"
                      f"    [[ ' {' '.join(missing)} ' == *\" $name \"* ]] || echo \"ii  $name\"\ndone\n")

    def stand_in_cmake(self, built=None):
        """CMake that logs what it is asked for. A build makes the programs `built`, path in the tree -> text of a
        script; the step $FAILS (--preset or --build) says so and fails."""
        for path, text in (built or {}).items():
            self.write(f"built/{path}", f"#!/usr/bin/env bash\nlog='{self.dir}/log'\n{text}")
        self.stand_in("cmake", f"""echo "cmake $*" >>"$log"
if [[ $1 == "${{FAILS-}}" ]]; then
    echo "this $1 fails"
    exit 1
fi
if [[ $1 == --build && -d '{self.dir}/built' ]]; then
    cp -r '{self.dir}/built/.' "${{2%/build/*}}"
fi
""")

    def run_script(self, path, *arguments, status=0):
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False,
                              env=self.environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done
