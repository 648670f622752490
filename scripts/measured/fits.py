"""Fits to what was measured, and what they predict of what they were not given."""
import json
import re
import statistics
from dataclasses import dataclass

from .tables import write_data
from .workloads import FAMILIES, ROOT

DOUBTFUL = 5
NO_TILES = """  no-gpu:
    kind: assumed
    text: >-
      No tiles, waves of tiles or copies of inputs are charged: they are those of a GPU under TensorFlow, and other
      libraries divide the work in other ways.
"""


@dataclass(frozen=True)
class Fit:
    """A model that `cleave calibrate gpu` wrote."""
    file: object
    report: str  # what it printed
    warnings: tuple  # why it should not be relied on


def fit(cleave, out, name, base, description, times, layers):
    workloads, described = write_data(out, f"{name}_", times, layers)
    file = out / f"{name}.yaml"
    done = cleave("calibrate", "gpu", "--workloads", workloads, "--layers", described, "--base", base, "--name", name,
                  "--description", description, "-o", file, allowed=(0, DOUBTFUL))
    warnings = [line.split("warning: ", 1)[1] for line in done.stderr.splitlines() if "warning: " in line]
    return Fit(file, done.stdout, tuple(warnings))


def write_base(path):
    """jetson_tx2 without its tiles and its copies of inputs."""
    text = (ROOT / "cost_models/jetson_tx2.yaml").read_text(encoding="utf-8")
    text = text.replace("name: jetson_tx2\n", "name: jetson_tx2_without_tiles\n", 1)
    text = re.sub(r"\b(tile_positions|tile_filters|tile_channels|wave_tiles): \{value: \d+, source: [\w-]+\}",
                  r"\1: {value: 1, source: no-gpu}", text)
    text = re.sub(r"\binput_copies: \{value: \d+, source: [\w-]+\}", "input_copies: {value: 0, source: no-gpu}", text)
    # A source that no figure names any longer would be refused.
    text = re.sub(r"(?m)^  (channel-steps|padding|pads-itself):.*\n(    .*\n)*", "", text)
    path.write_text(text.replace("sources:\n", "sources:\n" + NO_TILES, 1), encoding="utf-8")
    return path


def predict(cleave, out, model, times, layers):
    """Predicted ms of these workloads."""
    files = write_data(out, "checked_", times, layers)
    found = json.loads(cleave("calibrate", "--check", model, *files, "--json").stdout)["predictions"]["latency"]
    for file in files:
        file.unlink()
    return {row["name"]: 1e3 * row["predicted"] for row in found}


def scale(measured, predicted):
    """The number that predictions are multiplied by to be right in the median."""
    return statistics.median(measured[name] / predicted[name] for name in measured)


@dataclass(frozen=True)
class Errors:
    mean: float
    most: float
    bias: float


def errors(measured, predicted):
    off = [predicted[name] / ms - 1 for name, ms in measured.items()]
    return Errors(statistics.mean(map(abs, off)), max(map(abs, off)), statistics.mean(off))


def family_of(workload):
    return re.match("[a-z]+", workload)[0]


@dataclass(frozen=True)
class LeftOut:
    """Predictions, in ms, of the networks of a family by fits that were not given it."""
    fitted: dict
    rescaled: dict  # by the base with all its times multiplied by one number, found on the others
    warnings: tuple


def leave_out(cleave, out, name, base, times, layers):
    """Each family of networks in turn."""
    by_base = predict(cleave, out, base, times, layers)
    found = {}
    for family in FAMILIES:
        others = {w: ms for w, ms in times.items() if family_of(w) != family}
        left = {w: ms for w, ms in times.items() if family_of(w) == family}
        made = fit(cleave, out, f"{name}_without_{family}", base, f"Fitted without {family}.", others, layers)
        factor = scale(others, by_base)
        found[family] = LeftOut(predict(cleave, out, made.file, left, layers), {w: factor * by_base[w] for w in left},
                                made.warnings)
    return found


