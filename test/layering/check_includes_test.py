"""Plants one violation at a time in a small clean tree: check_includes has to name it, and to pass the clean tree."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_includes")

CLEAN = {
    "CMakeLists.txt": "add_subdirectory(lib)\n",
    "lib/CMakeLists.txt": "set(S\n  cleave/search/front.cpp\n  cleave/text/node.cpp\n  cleave/report/write_json.cpp)\n",
    "lib/cleave/units/quantity.hpp": "#pragma once\n#include <cmath>\n",
    "lib/cleave/search/front.hpp": "#pragma once\nstruct Region { int exit() const; int exit(int node) const; };\n",
    "lib/cleave/search/front.cpp": (
        '#include "cleave/search/front.hpp"\n#include "cleave/units/quantity.hpp"\n#include <gmpxx.h>\n'
        '// #include <iostream>\n/* #include "cleave/text/json.hpp"\n exit(1); */\n'
        'const char* text = "std::exit(1); // getenv()";\nint f(Region r) { return r.exit() + r.exit(2); }\n'
    ),
    "lib/cleave/text/node.cpp": '#include "cleave/units/quantity.hpp"\n#include <yaml-cpp/yaml.h>\n#include <fstream>\n',
    "lib/cleave/report/write_json.cpp": "#include <nlohmann/json.hpp>\n#include <filesystem>\n",
    "cli/CMakeLists.txt": "set(S main.cpp)\n",
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "cleave/text/json.hpp"\n#include <iostream>\nint main() { std::exit(0); }\n',
    "test/CMakeLists.txt": "set(S units/quantity_test.cpp)\n",
    "test/units/quantity_test.cpp": (
        'TEST_CASE("a \\"quoted\\" name", "[units][exact]") {}\nTEST_CASE("long",\n          "[units]") {}\n'
        'TEST_CASE("hidden", "[.][units]") {}\n'
    ),
}

# (file to add or replace, its text, what has to be reported)
PLANTED = [
    ("lib/cleave/units/a.hpp", '#pragma once\n#include "cleave/network/layer.hpp"\n', "lib/cleave/units/a.hpp:2: "),
    ("lib/cleave/network/a.hpp", '#pragma once\n#include "cleave/cost/gpu.hpp"\n', "lib/cleave/network/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", '#pragma once\n#include "cleave/partition/point.hpp"\n', "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/partition/a.hpp", '#pragma once\n#include "cleave/search/front.hpp"\n', "lib/cleave/partition/a.hpp:2: "),
    ("lib/cleave/search/a.hpp", '#pragma once\n#include "cleave/deploy/bundle.hpp"\n', "lib/cleave/search/a.hpp:2: "),
    ("lib/cleave/search/b.hpp", '#pragma once\n#include "cleave/calibrate/fit.hpp"\n', "lib/cleave/search/b.hpp:2: "),
    ("lib/cleave/calibrate/a.hpp", '#pragma once\n#include "cleave/search/front.hpp"\n', "lib/cleave/calibrate/a.hpp:2: "),
    ("lib/cleave/deploy/a.hpp", '#pragma once\n#include "cleave/report/table.hpp"\n', "lib/cleave/deploy/a.hpp:2: "),
    ("lib/cleave/report/a.hpp", '#pragma once\n\n#  include <cleave/deploy/bundle.hpp>\n', "lib/cleave/report/a.hpp:3: "),
    ("lib/cleave/text/a.hpp", '#pragma once\n#include "cleave/config/read.hpp"\n', "lib/cleave/text/a.hpp:2: "),
    ("lib/cleave/report/a.hpp", '#pragma once\n#include "cleave/bundle/write.hpp"\n', "report may not include bundle"),
    ("lib/cleave/cost/a.hpp", '#pragma once\n#include "cleave/config/read.hpp"\n', "cost may not include config"),
    ("lib/cleave/cost/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "yaml-cpp is for lib/cleave/text only"),
    ("lib/cleave/config/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "lib/cleave/config/a.hpp:2: "),
    ("cli/a.hpp", "#pragma once\n#include <yaml-cpp/yaml.h>\n", "cli/a.hpp:2: "),
    ("lib/cleave/deploy/a.hpp", "#pragma once\n#include <nlohmann/json.hpp>\n", "lib/cleave/deploy/a.hpp:2: "),
    ("lib/cleave/network/a.hpp", "#pragma once\n#include <onnx/onnx_pb.h>\n", "lib/cleave/network/a.hpp:2: "),
    ("lib/cleave/config/a.hpp", "#pragma once\n#include <CLI/CLI.hpp>\n", "CLI11 is for cli only"),
    ("cli/options.hpp", "#pragma once\n#include <CLI/CLI.hpp>\n", "one file only"),
    ("lib/cleave/cost/a.hpp", "#pragma once\n#include <iostream>\n", "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", "#pragma once\n#include <cstdio>\n", "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", "#pragma once\n#include <fstream>\n", "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", "#pragma once\n#include <filesystem>\n", "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", '#pragma once\n#include "gpu.hpp"\n', "lib/cleave/cost/a.hpp:2: "),
    ("lib/cleave/cost/a.hpp", "#pragma once\nvoid f() { std::exit(1); }\n", "lib/cleave/cost/a.hpp:2: calls exit"),
    ("lib/cleave/cost/a.hpp", "#pragma once\nvoid f() {\n    exit(1);\n}\n", "lib/cleave/cost/a.hpp:3: calls exit"),
    ("lib/cleave/cost/a.hpp", '#pragma once\nauto v = getenv("V");\n', "lib/cleave/cost/a.hpp:2: calls getenv"),
    ("lib/cleave/text/a.hpp", '#pragma once\nauto v = std::getenv("V");\n', "lib/cleave/text/a.hpp:2: calls getenv"),
    ("lib/cleave/cost/a.hpp", "// #pragma once\n", "lib/cleave/cost/a.hpp:1: has no #pragma once"),
    ("cli/a.hpp", "\n", "cli/a.hpp:1: has no #pragma once"),
    ("lib/cleave/cost/a.hpp", "#pragma once\n" + "\n" * 450, "lib/cleave/cost/a.hpp:451: "),
    ("lib/cleave/utils/a.hpp", "#pragma once\n", "lib/cleave/utils/a.hpp:1: "),
    ("lib/a.hpp", "#pragma once\n", "lib/a.hpp:1: "),
    ("lib/search/a.hpp", "#pragma once\n", "lib/search/a.hpp:1: "),
    ("lib/cleave/cost/a.cpp", "", "lib/cleave/cost/a.cpp:1: is not listed in lib/CMakeLists.txt"),
    ("cli/a.cpp", "", "cli/a.cpp:1: is not listed in cli/CMakeLists.txt"),
    ("test/cost/a_test.cpp", "", "test/cost/a_test.cpp:1: is not listed in test/CMakeLists.txt"),
    ("test/units/quantity_test.cpp", '\nTEST_CASE("a", "[exact][units]") {}\n', "quantity_test.cpp:2: the tags of a test case"),
    ("test/units/quantity_test.cpp", 'TEST_CASE("a", "[units][cost]") {}\n', "quantity_test.cpp:1: the tags of a test case"),
    ("test/units/quantity_test.cpp", 'TEST_CASE("a") {}\n', "must be [units]"),
    ("test/units/quantity_test.cpp", 'TEST_CASE("a", "[.][hand]") {}\n', "must be [units]"),
    ("lib/CMakeLists.txt", "set(S cleave/text/node.cpp cleave/report/write_json.cpp # cleave/search/front.cpp\n)\n", "lib/cleave/search/front.cpp:1: "),
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

    def test_names_a_test_outside_the_rooms(self):
        result = run_on({**CLEAN, "test/io/a_test.cpp": "", "test/CMakeLists.txt": "set(S io/a_test.cpp units/quantity_test.cpp)\n"})
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "test/io/a_test.cpp:1: lies in test/io, but lib/cleave has no such room\n")

    def test_knows_examples_and_cli(self):
        result = run_on({**CLEAN, "test/examples/a_test.cpp": 'TEST_CASE("a", "[examples]") {}\n',
                         "test/cli/a_test.cpp": 'TEST_CASE("a", "[cli]") {}\n',
                         "test/CMakeLists.txt": "set(S examples/a_test.cpp cli/a_test.cpp units/quantity_test.cpp)\n"})
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_rejects_an_empty_tree(self):
        self.assertNotEqual(run_on({"CMakeLists.txt": ""}).returncode, 0)


if __name__ == "__main__":
    unittest.main()
