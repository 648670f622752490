"""check_scripts on small trees with one fault each."""
import shutil
from pathlib import Path

from support import Script

CHECK = Path(__file__).with_name("check_scripts")
SOURCED = '# shellcheck shell=bash\nsay() { printf "%s\\n" "$*"; }\n'
CLEAN = '#!/usr/bin/env bash\n# shellcheck source=scripts/common.bash\n. "${0%/*}/common.bash"\nsay hello\n'
FAULT = "rm $1/x\n"  # SC2086


class Checks(Script):
    def setUp(self):
        super().setUp()
        self.write("tree/scripts/run", CLEAN)
        self.write("tree/scripts/common.bash", SOURCED)
        self.write("tree/a.py", "import os\n\nprint(os.sep)\n")
        # None of these is a script of the tree.
        for name in ("build/generated.sh", "web/node_modules/x/y.sh", ".git/hooks/commit", "build/z.py"):
            self.write(f"tree/{name}", f"#!/bin/bash\n{FAULT}")

    def check(self, kind, status):
        return self.run_script(CHECK, kind, self.dir / "tree", status=status).stdout

    def check_shell(self, status):
        if shutil.which("shellcheck") is None:
            self.skipTest("shellcheck is not installed")
        return self.check("shell", status)

    def test_every_kind_of_shell_script_is_checked(self):
        self.assertEqual(self.check_shell(0), "2 scripts\n")
        for name, head in (("scripts/run2", "#!/usr/bin/env bash\n"), ("test/check.sh", "#!/bin/sh\n"),
                           (".ci/run", "#!/bin/bash\n"), ("slurm/job.sbatch", "#!/usr/bin/env bash\n#SBATCH --requeue\n"),
                           ("scripts/more.bash", "# shellcheck shell=bash\n")):
            path = self.write(f"tree/{name}", head + FAULT)
            line = head.count("\n") + 1
            self.assertRegex(self.check_shell(1), rf"^{name}:{line}:4: note: .*\[SC2086\]\n$")
            path.unlink()

    def test_what_is_sourced_is_known(self):
        self.write("tree/scripts/common.bash", '# shellcheck shell=bash\n: "$unset_by_all"\n')
        self.assertIn("scripts/common.bash:2:", self.check_shell(1))

    def test_without_shellcheck_shell_scripts_are_skipped(self):
        self.only_stand_ins()
        self.assertEqual(self.check("shell", 77), "check_scripts: shellcheck is not installed\n")

    def test_python_sources_compile_and_use_what_they_import(self):
        self.assertEqual(self.check("python", 0), "1 scripts\n")
        for name, text, found in (
            ("tool", "#!/usr/bin/python3\nprint(\n", "tool:2: '(' was never closed\n"),
            ("b.py", "import os.path, sys\nfrom a import b as c\n\nsys.exit()\n",
             "b.py:1: 'os' is imported and not used\nb.py:2: 'c' is imported and not used\n"),
            ("c.py", "print('\\%')\n", "c.py:1: invalid escape sequence '\\%'\n"),
            ("d.py", "def f():\n    return\nbreak\n", "d.py:3: 'break' outside loop\n"),
        ):
            path = self.write(f"tree/{name}", text)
            self.assertEqual(self.check("python", 1), found)
            path.unlink()
        self.assertEqual(list(self.dir.rglob("__pycache__")), [])

    def test_a_tree_without_scripts_is_a_mistake(self):
        (self.dir / "tree/a.py").unlink()
        self.assertEqual(self.check("python", 1), "")
        self.run_script(CHECK, "perl", self.dir, status=1)
