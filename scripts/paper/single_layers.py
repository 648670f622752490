"""One convolution by itself: the layers of Fig. 1, and the two expands of a Fire side by side on the GPU."""
import itertools

from .families import SQUEEZENET
from .program import mapping_text
from .readings import DIRECT, PROFILES, fpga
from .runs import largest

VARIANTS = ("plain", "no relu", "link")
EXPANDS = ("expand1x1", "expand3x3")
MOST_FILTERS = 4096  # no more are tried
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
    """By implementation, profile, kernel, filters and variant: the FPGA against the GPU; `folded` only plain."""
    def one(item):
        implementation, profile, kernel, filters, variant = item
        network = layer_network(runs, 3, 224, 224, kernel, filters, relu=variant != "no relu")
        sets = [fpga(implementation), f"gpu.profile={profile}"]
        found = score(runs, "fpga", network, sets + ([] if variant == "link" else [NO_LINK]))
        return {"latency": found["latency_speedup"], "energy": found["energy_gain"], "fits": found["feasible"],
                "alm": found["resources"]["alm"], "latency_s": found["latency_s"]}
    every = itertools.product(DIRECT, PROFILES, scope.kernels, scope.filters, VARIANTS)
    folded = itertools.product(("folded",), PROFILES, scope.kernels, scope.filters, ("plain",))
    return runs.map(one, itertools.chain(every, folded))


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
            return score(runs, "fpga", network, [fpga(implementation)])["feasible"]
        return largest(fits, MOST_FILTERS)
    return runs.map(one, itertools.product((*DIRECT, "folded"), scope.kernels))


def expand_times(runs, modules):
    """Kernel time of both expands of each Fire on the GPU."""
    layers = runs.layers[SQUEEZENET]

    def one(item):
        module, expand = item
        channels, height, width = layers[f"{module}/squeeze"]["output"]
        layer = layers[f"{module}/{expand}"]
        network = layer_network(runs, channels, height, width, layer["kernel"][0], layer["output"][0])
        return score(runs, "gpu", network, ["gpu.profile=graph"])["latency_s"]
    found = runs.map(one, itertools.product(modules, EXPANDS))
    return {m: {expand: found[m, expand] for expand in EXPANDS} for m in modules}
