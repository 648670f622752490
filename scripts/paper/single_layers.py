"""One convolution by itself: the layers of Fig. 1, and the two expands of a Fire side by side on the GPU."""
import itertools

from .families import SQUEEZENET
from .program import mapping_text
from .readings import IMPLEMENTATIONS, PROFILES
from .runs import largest

VARIANTS = ("plain", "no relu", "link")
NO_LINK = "link.bandwidth=1000000 GB/s"


def layer_network(runs, channels, height, width, kernel, filters, relu=True, pool=False):
    text = (
        "cleave_network: 1\nname: layer\n"
        f"input: {{channels: {channels}, height: {height}, width: {width}}}\n"
        "modules:\n  - name: layer\n    layers:\n"
        f"      - {{name: conv, op: conv, kernel: {kernel}, pad: {kernel // 2}, filters: {filters}"
        f"{', then: [relu]' if relu else ''}}}\n"
    ) + ("      - {name: pool, op: max_pool, kernel: 2, stride: 2}\n" if pool else "")
    shape = (f"{channels}x{height}x{width}_{kernel}x{kernel}_{filters}{'_relu' if relu else ''}"
             f"{'_pool' if pool else ''}")
    return runs.cleave.write(f"networks/{shape}.yaml", text)


def score(runs, device, network, sets):
    """Of a network of layer_network whose convolution is on the `fpga` or the `gpu`."""
    text = mapping_text("layer", [["layer/conv"]] if device == "fpga" else [])
    mapping = runs.cleave.write(f"mappings/layer_{device}.yaml", text)
    return runs.cleave.evaluate(SQUEEZENET, mapping, [f"network={network}", *sets])


def measure_layers(runs, scope):
    """By implementation, profile, kernel, filters and variant: the FPGA against the GPU."""
    def one(item):
        implementation, profile, kernel, filters, variant = item
        network = layer_network(runs, 3, 224, 224, kernel, filters, relu=variant != "no relu")
        sets = [f"fpga.implementation={implementation}", f"gpu.profile={profile}"]
        found = score(runs, "fpga", network, sets + ([] if variant == "link" else [NO_LINK]))
        return {"latency": found["latency_speedup"], "energy": found["energy_gain"], "fits": found["feasible"],
                "alm": found["resources"]["alm"], "latency_s": found["latency_s"]}
    return runs.map(one, itertools.product(IMPLEMENTATIONS, PROFILES, scope.kernels, scope.filters, VARIANTS))


def measure_as_authors(runs, scope):
    """Milliseconds on the GPU of the layers that the authors measured, by kernel and filters."""
    def one(item):
        network = layer_network(runs, 1, 224, 224, *item, pool=True)
        return 1e3 * score(runs, "gpu", network, ["gpu.profile=eager"])["latency_s"]
    return runs.map(one, itertools.product(scope.kernels, scope.filters))


def most_filters(runs, scope):
    """The most filters on three channels that fit, by implementation and kernel."""
    def one(item):
        implementation, kernel = item

        def fits(filters):
            network = layer_network(runs, 3, 224, 224, kernel, filters)
            return score(runs, "fpga", network, [f"fpga.implementation={implementation}"])["feasible"]
        return largest(fits, 4096)
    return runs.map(one, itertools.product(IMPLEMENTATIONS, scope.kernels))


def saved_side_by_side(runs, modules):
    """Kernel time of the shorter of the two expands of each Fire."""
    layers = runs.layers[SQUEEZENET]

    def kernel_time(name, squeezed):
        channels, height, width = squeezed
        network = layer_network(runs, channels, height, width, layers[name]["kernel"][0], layers[name]["output"][0])
        return score(runs, "gpu", network, ["gpu.profile=graph"])["latency_s"]

    def one(module):
        squeezed = layers[f"{module}/squeeze"]["output"]
        return min(kernel_time(f"{module}/{n}", squeezed) for n in ("expand1x1", "expand3x3"))
    return runs.map(one, modules)
