#!/usr/bin/python3
"""A new user's day, from the reports of tools to a verdict in under ten commands. Usage: new_user_day_test.py ROOT CLEAVE

The board is emulated: a Jetson TX2 as its model has it, 0.4 times as long at 1.5 times the power, with noise that is the
same each time. What trtexec and tegrastats would write of it is written here, and reports of Vivado for eight layers.
"""
import json
import random
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from support import ROOT, run

sys.path.insert(0, str(ROOT / "scripts"))
from measured.workloads import NETWORKS, Extent, write_specs

# Six networks at four sizes, and single layers of all kinds.
SIZES = (96, 160, 224, 288)
EXTENT = Extent(SIZES, 0, 0, 0)
SLOWER, HUNGRIER = 0.4, 1.5
TX2_LINE = ("RAM 1512/7852MB (lfb 1180x4MB) SWAP 0/3926MB (cached 0MB) CPU [14%@2035,off,off,9%@2034] EMC_FREQ 21%@1866 "
            "GR3D_FREQ {load}%@1300 APE 150 GPU@42C VDD_SYS_GPU {power}/{power} VDD_IN 9410/7205\n")
NEVER_RELY = 5


def query(milliseconds):
    keys = ("startEnqMs", "endEnqMs", "startH2dMs", "endH2dMs", "startComputeMs", "endComputeMs", "startD2hMs", "endD2hMs")
    return {**{key: 0 for key in keys}, "h2dMs": 0.05, "computeMs": milliseconds, "d2hMs": 0.02,
            "latencyMs": milliseconds + 0.07}


class Day(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.folder = Path(self.temp.name)
        self.commands = 0

    def command(self, *arguments, allowed=(0,)):
        """One of the user's commands."""
        self.commands += 1
        done = run(*arguments)
        self.assertIn(done.returncode, allowed, f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def predicted(self, layers, names):
        """What the TX2's model says of these workloads: ms and mW."""
        table = self.folder / "any.csv"
        table.write_text("workload,latency_ms,gpu_power_mw\n" + "".join(f"{name},{i + 1},{1000 + i}\n"
                                                                       for i, name in enumerate(names)), encoding="utf-8")
        done = run("calibrate", "--check", ROOT / "cost_models/jetson_tx2.yaml", table, layers, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)["predictions"]
        return {name: ({row["name"]: row["predicted"] for row in found["latency"]}[name] * 1e3,
                       {row["name"]: row["predicted"] for row in found["power"]}[name] * 1e3) for name in names}

    def write_reports(self, layers, names):
        """What the board's tools would have written."""
        noise = random.Random(17)
        for folder in ("times", "power", "fits"):
            (self.folder / folder).mkdir()
        for name, (milliseconds, milliwatts) in self.predicted(layers, names).items():
            time = SLOWER * milliseconds * noise.uniform(0.97, 1.03)
            power = round(HUNGRIER * milliwatts * noise.uniform(0.97, 1.03))
            (self.folder / f"times/{name}.json").write_text(
                json.dumps([query(time * noise.uniform(0.999, 1.001)) for _ in range(20)]), encoding="utf-8")
            (self.folder / f"power/{name}.log").write_text(
                TX2_LINE.format(load=0, power=150) + TX2_LINE.format(load=98, power=power) * 10, encoding="utf-8")
        shown = json.loads(run("network", "show", "squeezenet_1.1", "--json").stdout)
        times = [{"name": layer["name"], "timeMs": 1, "averageMs": 0.02 + layer["macs"] * noise.uniform(2, 4) * 1e-9,
                  "percentage": 1}
                 for layer in shown["layers"] if layer["op"] in ("conv", "max_pool", "global_avg_pool")]
        (self.folder / "profile.json").write_text(json.dumps([{"count": 100}, *times]), encoding="utf-8")
        samples = ROOT / "test/measurements/data"
        for fire in range(2, 10):
            for kind, ending in (("utilization", "utilization_placed"), ("timing_summary", "timing_summary_routed"),
                                 ("power", "power_routed")):
                shutil.copy(samples / f"vivado_{kind}.rpt", self.folder / f"fits/fire{fire}_expand3x3_{ending}.rpt")

    def test_ends_with_a_verdict(self):
        at = self.folder
        specs, _ = write_specs(at / "networks", EXTENT)
        layers, workloads, kernels, model = at / "layers.csv", at / "workloads.csv", at / "ops.csv", at / "my_gpu.yaml"

        self.command("network", "rows", *specs.values(), "-o", layers)
        self.write_reports(layers, list(specs))
        self.command("measurements", "trtexec", *sorted(at.glob("times/*.json")), "-o", workloads)
        self.command("measurements", "tegrastats", *sorted(at.glob("power/*.log")), "--interval", "100ms", "--add-to",
                     workloads, "-o", workloads)
        self.command("measurements", "trtexec", at / "profile.json", "--model", "squeezenet_1.1", "-o", kernels)
        fitted = self.command("calibrate", "gpu", "--workloads", workloads, "--layers", layers, "--ops", kernels, "-o", model,
                              "--name", "my_gpu", allowed=(0, NEVER_RELY))
        self.assertIn("latency, held out", fitted.stdout)
        designs = self.command("measurements", "vivado", *sorted(at.glob("fits/*.rpt")), "--model", "squeezenet_1.1",
                               "--clock-period", "5ns", "-o", at / "designs.csv", "--json")
        network = ROOT / "network_specs/squeezenet_1.1.yaml"
        explored = self.command("explore", network, "--set", f"gpu.model={model}", "-o", at / "out")
        self.assertLess(self.commands, 10)

        self.assertEqual(workloads.read_text(encoding="utf-8").count("\n"), 1 + len(specs))
        self.assertGreater(len(specs), len(NETWORKS) * len(SIZES))
        self.assertNotIn(",,", workloads.read_text(encoding="utf-8"))
        rows = json.loads(designs.stdout)["rows"]
        self.assertEqual([row["design"] for row in rows], [f"fire{i}_expand3x3" for i in range(2, 10)])
        self.assertEqual([row["c_in"] for row in rows], [16, 16, 32, 32, 48, 48, 64, 64])
        front = json.loads((at / "out/front.json").read_text(encoding="utf-8"))
        self.assertEqual(front["context"]["platform"]["gpu"], "my_gpu")
        self.assertTrue(explored.stderr.startswith("verdict: "), explored.stderr)
        self.assertIn(front["verdict"]["text"], explored.stderr)

        # The board was emulated to be faster, and its model knows.
        slow = json.loads(run("explore", network, "-o", "-").stdout)
        ratio = front["baseline"]["gpu_only"]["latency_s"] / slow["baseline"]["gpu_only"]["latency_s"]
        self.assertTrue(0.9 * SLOWER < ratio < 1.1 * SLOWER, ratio)


if __name__ == "__main__":
    unittest.main()
