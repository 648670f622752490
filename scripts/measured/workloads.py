"""What is run: the networks that ship at several resolutions, and single layers."""
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ("mobilenet_v2_0.5", "mobilenet_v2_1.0", "shufflenet_v2_0.5", "shufflenet_v2_1.0", "squeezenet_1.0", "squeezenet_1.1")
FAMILIES = ("mobilenet", "shufflenet", "squeezenet")
# op, kernel, stride, channels, filters, height and width: the kinds and sizes of layers that such networks have.
LAYERS = (
    *(("conv", 1, 1, *shape) for shape in (
        (16, 64, 56), (64, 16, 56), (24, 144, 56), (96, 24, 56), (32, 192, 28), (128, 128, 28), (256, 64, 28),
        (64, 256, 14), (512, 128, 14), (320, 1280, 7))),
    *(("conv", 3, 1, *shape) for shape in (
        (3, 64, 112), (16, 64, 56), (64, 64, 56), (32, 128, 28), (128, 128, 28), (64, 256, 14), (256, 256, 14))),
    *(("conv", 3, 2, *shape) for shape in ((3, 24, 224), (3, 32, 224), (64, 128, 56))),
    *(("conv", 5, 1, *shape) for shape in ((16, 16, 56), (32, 32, 28), (64, 64, 14))),
    ("conv", 7, 2, 3, 96, 224),
    *(("depthwise", 3, 1, *shape) for shape in (
        (32, 0, 112), (144, 0, 56), (192, 0, 28), (384, 0, 14), (576, 0, 14), (960, 0, 7))),
    *(("depthwise", 3, 2, *shape) for shape in ((96, 0, 112), (144, 0, 56), (48, 0, 28))),
    *(("depthwise", 5, 1, *shape) for shape in ((48, 0, 28), (120, 0, 28), (240, 0, 14))),
    *(("max_pool", 3, 2, *shape) for shape in ((64, 0, 112), (96, 0, 109), (128, 0, 55))),
    *(("global_avg_pool", 0, 1, *shape) for shape in ((1024, 0, 7), (1000, 0, 13))),
    *(("fc", 0, 1, *shape) for shape in ((1280, 1000, 1), (512, 1000, 1))),
)
# Its run hands numbers over and back, and computes next to nothing.
NOTHING = ("conv", 1, 1, 1, 1, 1)


@dataclass(frozen=True)
class Extent:
    """Pixels of the networks, rounds over all that is run, and milliseconds and least number of runs for each in a round."""
    sizes: tuple
    rounds: int
    ms: float
    runs: int

    @property
    def profiled(self):
        """Workloads whose kernels are told apart."""
        return [f"{name}@{224 if 224 in self.sizes else self.sizes[-1]}" for name in NETWORKS]


WHOLE = Extent((96, 128, 160, 192, 224, 288), 40, 15, 4)
QUICK = Extent((48, 64), 5, 3, 1)


def layer_spec(op, kernel, stride, channels, filters, size):
    """Name of the workload and text of a network of one layer."""
    window = f"kernel: {kernel}, stride: {stride}"
    keys = {"conv": f", {window}, pad: {kernel // 2}, filters: {filters}", "depthwise": f", {window}, pad: {kernel // 2}",
            "max_pool": f", {window}", "fc": f", features: {filters}"}.get(op, "")
    then = ", then: [relu]" if op in ("conv", "depthwise") else ""
    name = f"{op}{kernel or ''}_{channels}{f'_{filters}' if filters else ''}{'_s2' if stride == 2 else ''}"
    return f"{name}@{size}", (
        f"cleave_network: 1\nname: {name}\ninput: {{channels: {channels}, height: {size}, width: {size}}}\n"
        f"modules:\n  - name: layer\n    layers:\n      - {{name: it, op: {op}{keys}{then}}}\n")


def network_spec(name, size):
    """Name of the workload and text of a network that ships, at another resolution."""
    text = (ROOT / f"network_specs/{name}.yaml").read_text(encoding="utf-8")
    text, found = re.subn(r"(?m)^input: .*$", f"input: {{channels: 3, height: {size}, width: {size}}}", text)
    assert found == 1, name
    return f"{name}@{size}", text


def write_specs(folder, extent):
    """Files of all that is run, by the name of the workload; and that of NOTHING."""
    named = [network_spec(name, size) for name in NETWORKS for size in extent.sizes]
    named += [layer_spec(*layer) for layer in LAYERS]
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, text in named:
        files[name] = folder / f"{name}.yaml"
        files[name].write_text(text, encoding="utf-8")
    nothing = folder / "nothing.yaml"
    nothing.write_text(layer_spec(*NOTHING)[1], encoding="utf-8")
    return files, nothing
