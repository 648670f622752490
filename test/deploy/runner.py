#!/usr/bin/python3
"""Runs the bundles of acceptance.py with ONNX Runtime. Usage: runner.py ROOT FOLDER WORK

Installs scripts/deploy with npm below WORK, once for each lock file. Exits 77 where Node or its packages cannot be
had.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema

ROOT, FOLDER, WORK = (Path(argument) for argument in sys.argv[1:])
SOURCE = ROOT / "scripts/deploy"
SKIPPED = 77


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def install():
    """The runner with its packages, in a folder of its own: nothing is written to the source tree."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 18:
        skip(f"Node {version} is older than 18")
    lock = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    stamp = WORK / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != lock:
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, WORK)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WORK,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip(f"npm cannot install the packages:\n{done.stderr}")
        stamp.write_text(lock, encoding="utf-8")
    for script in SOURCE.glob("*.mjs"):
        shutil.copy(script, WORK)
    return WORK / "run_bundle.mjs"


def run(script, *arguments):
    return subprocess.run(["node", script, *map(str, arguments)], capture_output=True, text=True, check=False)


def measures(script, case):
    """How often what --measure writes of a bundle is not as its options say."""
    path = FOLDER / "measured.json"
    done = run(script, case["bundle"], "--model", case["model"], "--measure", path, "--runs", "3", "--warm-up", "0")
    failures = done.returncode != 0
    bundle = Path(case["bundle"])
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    measured = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs/schema/measured.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(measured)
    computed = [step["id"] for step in manifest["steps"] if step["kind"] == "compute"]
    hows = {"gpu": "measured", "fpga": "emulated"}
    for step in measured["steps"]:
        device = manifest["steps"][step["step"]]["device"]
        ran_on = measured["devices"][step["device"]]
        failures += len(step["times_s"]) != 3 or ran_on.get("how", "measured") != hows[device] or "model" in ran_on
        failures += ("kernel_s" in step) != (device == "gpu")
        terms = manifest["steps"][step["step"]]["expected"]["terms"]
        # What converts takes time, and what computes nothing takes none.
        failures += device == "gpu" and (step["kernel_s"] > 0) < (terms["kernel_ns"] > 0)
        failures += device == "gpu" and terms["conversion_ns"] > 0 and not step["conversion_s"] > 0
    failures += [step["step"] for step in measured["steps"]] != computed
    failures += measured["bundle"]["manifest_sha256"] != hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    for wrong in (("--runs", "0"), ("--warm-up", "-1"), ("--measure", FOLDER / "no folder/measured.json", "--runs", "1")):
        failures += run(script, case["bundle"], *wrong).returncode != 2
    if failures:
        print(f"--measure: {failures} failures\n{done.stdout}{done.stderr}{json.dumps(measured)}")
    return failures


def refusals(script, source):
    """How many damaged bundles are not refused with status 2 and a message of one line."""

    def change(key, value):
        path = bundle / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if value is None:
            del manifest[key]
        else:
            manifest[key] = value
        path.write_text(json.dumps(manifest), encoding="utf-8")

    bundle = WORK / "damaged"
    damages = {f"no {key}": lambda key=key: change(key, None) for key in (
        "schema_version", "network", "point", "input", "output", "tensors", "steps", "vectors", "files")}
    damages |= {f"{key}: {value}": lambda key=key, value=value: change(key, value) for key, value in (
        ("tensors", [None]), ("tensors", {}), ("steps", [{"id": 0}]), ("steps", []), ("files", ["x"]), ("vectors", []),
        ("vectors", [{"tensors": [], "float_output": "vectors/0/float_output.bin"}]), ("input", "t999"), ("network", 3))}
    def infinite():
        path = bundle / "vectors/0/float_output.bin"
        path.write_bytes(b"\xff" * path.stat().st_size)
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        for file in manifest["files"]:
            if file["path"] == "vectors/0/float_output.bin":
                file["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    def nothing_crosses():
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        ends = (manifest["input"], manifest["output"])
        vector = manifest["vectors"][0]
        vector["tensors"] = [one for one in vector["tensors"] if one["tensor"] in ends]
        change("vectors", manifest["vectors"])

    def pipe():
        (bundle / "manifest.json").unlink()
        os.mkfifo(bundle / "manifest.json")

    damages |= {"no numbers": infinite, "nothing crosses": nothing_crosses, "a pipe": pipe}
    damages["a name with an escape"] = lambda: change("input", "t\x1b[2J\n")
    damages["a list"] = lambda: (bundle / "manifest.json").write_text("[]", encoding="utf-8")
    damages["no JSON"] = lambda: (bundle / "manifest.json").write_text("{", encoding="utf-8")
    # What the runner does not use is checked as well.
    damages["another file"] = lambda: (bundle / "schedule.json").write_text("{}", encoding="utf-8")
    damages["a file is gone"] = lambda: (bundle / "platform.yaml").unlink()
    failures = 0
    for name, damage in damages.items():
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(source, bundle)
        damage()
        done = run(script, bundle)
        if done.returncode != 2 or not done.stderr.startswith("run_bundle: error: ") or done.stderr.count("\n") != 1 or "\x1b" in done.stderr:
            print(f"damaged bundle ({name}): status {done.returncode}, not 2\n{done.stdout}{done.stderr}")
            failures += 1
    shutil.rmtree(bundle)
    return failures


def circuits(script, cases):
    """Whether a network runs with the circuits of its FPGA steps, and these pass their benches under stalls."""
    if shutil.which("verilator") is None:
        print("not tried: verilator is not installed")
        return 0
    failures = 0
    alone, small = None, None
    for case in cases:
        manifest = json.loads((Path(case["bundle"]) / "manifest.json").read_text(encoding="utf-8"))
        steps = [step for step in manifest["steps"] if step["device"] == "fpga"]
        if len(steps) == 1 and "rtl" in steps[0]:
            alone = alone or case
        for step in steps:
            if "rtl" in step:
                modules = len(list((Path(case["bundle"]) / step["rtl"]["folder"]).glob("*.v")))
                small = min(small or (modules, case["bundle"], step), (modules, case["bundle"], step), key=lambda one: one[0])
    if alone is None:
        print("no bundle has one step on the FPGA, with a circuit")
        return 1
    path = FOLDER / "simulated.json"
    done = run(script, alone["bundle"], "--model", alone["model"], "--fpga", "rtl", "--measure", path, "--runs", "1")
    print(done.stdout, done.stderr)
    failures += done.returncode != 0
    measured = json.loads(path.read_text(encoding="utf-8"))
    manifest = json.loads((Path(alone["bundle"]) / "manifest.json").read_text(encoding="utf-8"))
    for step in measured["steps"]:
        rtl = manifest["steps"][step["step"]].get("rtl")
        if rtl and step["times_s"] != [rtl["single_frame_clocks"] / rtl["clock_hz"]]:
            print(f"step {step['step']}: {step['times_s']} are not {rtl['single_frame_clocks']} clocks")
            failures += 1

    def simulate(bundle, *arguments):
        command = [SOURCE.parent / "simulate", bundle, "--step", str(small[2]["id"]), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    # Other numbers than those that the circuit makes.
    damaged = FOLDER / "damaged"
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(small[1], damaged)
    image = damaged / small[2]["rtl"]["folder"] / "out_0.hex"
    text = image.read_text(encoding="utf-8")
    image.write_text(("1" if text[0] == "0" else "0") + text[1:], encoding="utf-8")
    results = [(0, simulate(small[1])), (0, simulate(small[1], "--stall", "7")), (1, simulate(damaged))]
    # The right numbers in other clocks.
    image.write_text(text, encoding="utf-8")
    manifest = json.loads((damaged / "manifest.json").read_text(encoding="utf-8"))
    manifest["steps"][small[2]["id"]]["rtl"]["first_frame_clocks"] += 1
    (damaged / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    results.append((1, simulate(damaged)))
    for status, done in results:
        if done.returncode != status:
            print(f"simulate: status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
            failures += 1
    shutil.rmtree(damaged)
    return failures


def main():
    script = install()
    cases = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
    if not cases:
        sys.exit("there are no bundles")
    failures = 0
    for case in cases:
        done = run(script, case["bundle"], "--model", case["model"])
        print(done.stdout, done.stderr)
        failures += done.returncode != 0
    small = json.loads((FOLDER / "small.json").read_text(encoding="utf-8"))
    for case in small:
        done = run(script, case["bundle"], "--model", case["model"], "--inputs", "2", "--json")
        sqnr = [row.get("sqnr_db", 0) or 1000 for row in json.loads(done.stdout)["results"]] if done.stdout else [0]
        # Scales behind what is copied fit what it does, too. Where the largest numbers are, little moves them.
        # A model whose scales the FPGA can have is computed to the last bit.
        least = 0 if "places" in case["model"] else 1000 if "own_scales" in case["model"] else 12
        if done.returncode != 0 or min(sqnr) < least:
            print(f"{case['bundle']}: status {done.returncode}, SQNR {min(sqnr)} dB\n{done.stdout}{done.stderr}")
            failures += 1
    failures += not small
    failures += measures(script, cases[0])
    failures += circuits(script, cases)
    # It can fail: an error of nothing is asked for, a bundle that is none, a model of another network.
    first = cases[0]
    other = next(case["model"] for case in cases if case["model"] != first["model"])
    for expected, arguments in (
        (5, (first["bundle"], "--model", first["model"], "--max-error", "0")),
        (5, (first["bundle"], "--model", other)),
        (2, (FOLDER, "--model", first["model"])),
        (2, ()),
    ):
        done = run(script, *arguments)
        if done.returncode != expected:
            print(f"{arguments}: status {done.returncode}, not {expected}\n{done.stdout}{done.stderr}")
            failures += 1
    failures += refusals(script, Path(first["bundle"]))
    sys.exit(1 if failures else 0)


main()
