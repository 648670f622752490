"""try_models, on models of its own."""
import sys

from support import CLEAVE, ROOT, Script

sys.path.insert(0, str(ROOT / "test/support"))
from onnx_file import Model


def plain():
    model = Model()
    model.conv("y", model.input("x", ["batch", 3, 8, 8]), 3, 4)
    model.output("y")
    return model


def resized():
    model = Model()
    first = model.conv("first", model.input("x", [1, 3, 8, 8]), 3, 4)
    model.node("y", "Resize", [first, "", model.constant("scales", [4], [1, 1, 2, 2])], mode="nearest")
    model.output("y")
    return model


def refused():
    model = Model()
    model.node("y", "Identity", [model.input("x", [1, 3, 8, 8])])
    model.output("y")
    return model


class TryModels(Script):
    def try_all(self, *options, status):
        # Where there is no Node, the rest is tried all the same.
        return self.run_script(ROOT / "scripts/try_models", self.dir / "models", *options, status=status)

    def test_a_table_says_how_far_each_came(self):
        models = self.dir / "models"
        (models / "more").mkdir(parents=True)
        plain().write(models / "plain.onnx")
        resized().write(models / "more/resized.onnx")
        refused().write(models / "refused.onnx")
        (models / "broken.onnx").write_bytes(b"no model")
        done = self.try_all("--out", self.dir / "kept", "--jobs", 2, status=1)
        rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line}
        came = {name: row for name, row in rows.items() if name in ("plain", "more/resized", "refused", "broken")}
        self.assertEqual(len(came), 4)
        self.assertEqual(came["plain"][1:4], ["1", "0", str(4 * 3 * 9 * 64)])
        self.assertEqual(came["more/resized"][1:3], ["2", "1"])
        for name in ("plain", "more/resized"):
            self.assertTrue({"run", "verify"} & set(came[name]), done.stdout)
        self.assertIn("refused: show: status 2", done.stdout)
        self.assertIn("the model has no layers", done.stdout)
        self.assertIn("broken: show: status 2", done.stdout)
        self.assertIn("2 of 4 models came through", done.stdout)
        self.assertNotIn("!", done.stdout)
        self.assertTrue((self.dir / "kept/plain/bundle/manifest.json").is_file())

    def test_a_program_that_dies_or_hangs_is_marked(self):
        plain().write(self.write("models/x", "").parent / "plain.onnx")
        for text, said in (("kill -SEGV $$", "show: status"), ("exec sleep 60", "took more than 1 s")):
            stand_in = self.stand_in("cleave", text)
            self.environment["CLEAVE"] = str(stand_in)
            done = self.try_all("--timeout", 1, status=1)
            self.assertIn("!", done.stdout)
            self.assertIn(said, done.stdout)
        self.environment["CLEAVE"] = str(CLEAVE)

    def test_a_folder_without_models(self):
        (self.dir / "models").mkdir()
        self.assertIn("has no .onnx files", self.try_all(status=2).stderr)
