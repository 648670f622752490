"""Plants one violation at a time in a small clean tree: check_includes has to name it, and to pass the clean tree."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_includes")

CLEAN = {
    "CMakeLists.txt": "add_subdirectory(lib)\n",
    "lib/CMakeLists.txt": "set(S\n  search/front.cpp\n  config/read.cpp\n  io/json.cpp)\n",
    "lib/units/quantity.hpp": "#pragma once\n#include <cmath>\n",
    "lib/search/front.hpp": "#pragma once\nstruct Region { int exit() const; int exit(int node) const; };\n",
    "lib/search/front.cpp": (
        '#include "cleave/search/front.hpp"\n#include "cleave/units/quantity.hpp"\n#include <gmpxx.h>\n'
        '// #include <iostream>\n/* #include "cleave/io/json.hpp"\n exit(1); */\n'
        'const char* text = "std::exit(1); // getenv()";\nint f(Region r) { return r.exit() + r.exit(2); }\n'
    ),
    "lib/config/read.cpp": '#include "cleave/search/front.hpp"\n#include <yaml-cpp/yaml.h>\n#include <fstream>\n',
    "lib/io/json.cpp": "#include <nlohmann/json.hpp>\n#include <filesystem>\n",
    "cli/CMakeLists.txt": "set(S main.cpp)\n",
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "cleave/io/json.hpp"\n#include <iostream>\nint main() { std::exit(0); }\n',
    "test/CMakeLists.txt": "set(S units/quantity_test.cpp)\n",
    "test/units/quantity_test.cpp": "",
}

# (file to add or replace, its text, what has to be reported)
PLANTED = [
    ("lib/units/a.hpp", '#pragma once\n#include "cleave/network/layer.hpp"\n', "lib/units/a.hpp:2: "),
    ("lib/network/a.hpp", '#pragma once\n#include "cleave/cost/gpu.hpp"\n', "lib/network/a.hpp:2: "),
    ("lib/cost/a.hpp", '#pragma once\n#include "cleave/partition/point.hpp"\n', "lib/cost/a.hpp:2: "),
    ("lib/partition/a.hpp", '#pragma once\n#include "cleave/search/front.hpp"\n', "lib/partition/a.hpp:2: "),
    ("lib/search/a.hpp", '#pragma once\n#include "cleave/deploy/bundle.hpp"\n', "lib/search/a.hpp:2: "),
    ("lib/search/b.hpp", '#pragma once\n#include "cleave/calibrate/fit.hpp"\n', "lib/search/b.hpp:2: "),
    ("lib/calibrate/a.hpp", '#pragma once\n#include "cleave/search/front.hpp"\n', "lib/calibrate/a.hpp:2: "),
    ("lib/deploy/a.hpp", '#pragma once\n#include "cleave/report/table.hpp"\n', "lib/deploy/a.hpp:2: "),
    ("lib/report/a.hpp", '#pragma once\n\n#  include <cleave/deploy/bundle.hpp>\n', "lib/report/a.hpp:3: "),
    ("lib/io/a.hpp", '#pragma once\n#include "cleave/config/read.hpp"\n', "lib/io/a.hpp:2: "),
    ("lib/report/a.hpp", '#pragma once\n#include "cleave/io/json.hpp"\n', "report may not include io"),
    ("lib/cost/a.hpp", '#pragma once\n#include "cleave/config/read.hpp"\n', "cost may not include config"),
    ("lib/cost/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "yaml-cpp is for lib/config only"),
    ("lib/io/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "lib/io/a.hpp:2: "),
    ("cli/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "cli/a.hpp:2: "),
    ("lib/report/a.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n", "lib/report/a.hpp:2: "),
    ("lib/network/a.hpp", "#pragma once\n#include <onnx/onnx_pb.h>\n", "lib/network/a.hpp:2: "),
    ("lib/config/a.hpp", "#pragma once\n#include <CLI/CLI.hpp>\n", "CLI11 is for cli only"),
    ("cli/options.hpp", "#pragma once\n#include <CLI/CLI.hpp>\n", "one file only"),
    ("lib/cost/a.hpp", "#pragma once\n#include <iostream>\n", "lib/cost/a.hpp:2: "),
    ("lib/cost/a.hpp", "#pragma once\n#include <cstdio>\n", "lib/cost/a.hpp:2: "),
    ("lib/cost/a.hpp", "#pragma once\n#include <fstream>\n", "lib/cost/a.hpp:2: "),
    ("lib/cost/a.hpp", "#pragma once\n#include <filesystem>\n", "lib/cost/a.hpp:2: "),
    ("lib/cost/a.hpp", '#pragma once\n#include "gpu.hpp"\n', "lib/cost/a.hpp:2: "),
    ("lib/cost/a.hpp", "#pragma once\nvoid f() { std::exit(1); }\n", "lib/cost/a.hpp:2: calls exit"),
    ("lib/cost/a.hpp", "#pragma once\nvoid f() {\n    exit(1);\n}\n", "lib/cost/a.hpp:3: calls exit"),
    ("lib/cost/a.hpp", '#pragma once\nauto v = getenv("V");\n', "lib/cost/a.hpp:2: calls getenv"),
    ("lib/io/a.hpp", '#pragma once\nauto v = std::getenv("V");\n', "lib/io/a.hpp:2: calls getenv"),
    ("lib/cost/a.hpp", "// #pragma once\n", "lib/cost/a.hpp:1: has no #pragma once"),
    ("cli/a.hpp", "\n", "cli/a.hpp:1: has no #pragma once"),
    ("lib/cost/a.hpp", "#pragma once\n" + "\n" * 600, "lib/cost/a.hpp:601: "),
    ("lib/utils/a.hpp", "#pragma once\n", "lib/utils/a.hpp:1: "),
    ("lib/a.hpp", "#pragma once\n", "lib/a.hpp:1: "),
    ("lib/cost/a.cpp", "", "lib/cost/a.cpp:1: is not listed in lib/CMakeLists.txt"),
    ("cli/a.cpp", "", "cli/a.cpp:1: is not listed in cli/CMakeLists.txt"),
    ("test/cost/a_test.cpp", "", "test/cost/a_test.cpp:1: is not listed in test/CMakeLists.txt"),
    ("lib/CMakeLists.txt", "set(S config/read.cpp io/json.cpp # search/front.cpp\n)\n", "lib/search/front.cpp:1: "),
]


def run_on(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)


class CheckIncludes(unittest.TestCase):
    def test_passes_a_clean_tree(self):
        result = run_on(CLEAN)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_names_each_planted_violation(self):
        for name, text, expected in PLANTED:
            with self.subTest(file=name, expected=expected):
                result = run_on({**CLEAN, name: text})
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)
                self.assertIn(expected, result.stdout)

    def test_warns_above_500_lines(self):
        result = run_on({**CLEAN, "lib/cost/a.hpp": "#pragma once\n" + "\n" * 500})
        self.assertEqual(result.returncode, 0)
        self.assertIn("lib/cost/a.hpp:501: warning", result.stdout)

    def test_rejects_an_empty_tree(self):
        self.assertNotEqual(run_on({"CMakeLists.txt": ""}).returncode, 0)


if __name__ == "__main__":
    unittest.main()
