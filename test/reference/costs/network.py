"""Layers, units and regions of a network, from what `cleave network show NAME --json` prints."""
from dataclasses import dataclass, field, replace
from math import prod

FOLLOWERS = {"batch_norm", "dropout", "relu", "relu6", "prelu", "leaky_relu", "sigmoid", "hard_sigmoid", "swish",
             "hard_swish", "tanh"}
WIRES = {"concat", "slice", "shuffle", "flatten", "dropout"}


@dataclass(frozen=True)
class Layer:
    """One layer, or the slice of one. Shapes are (channels, height, width)."""
    name: str
    op: str
    module: str
    sources: tuple
    inputs: tuple
    output: tuple
    kernel: tuple = (1, 1)
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)
    groups: int = 1

    @property
    def convolves(self):
        return self.op in ("conv", "depthwise")

    @property
    def depthwise(self):
        """One filter or more for each channel; what a split leaves of such a layer stays one."""
        return self.op == "depthwise" or (self.op == "conv" and 1 < self.groups == self.inputs[0][0])

    @property
    def padded(self):
        return any(self.pad)

    @property
    def extent(self):
        return tuple((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation))

    @property
    def depth(self):
        """Taps of a filter."""
        if self.convolves:
            return prod(self.kernel) * self.inputs[0][0] // self.groups
        return prod(self.inputs[0]) if self.op == "fc" else 0

    @property
    def weights(self):
        return self.depth * self.output[0]

    @property
    def macs(self):
        return self.weights * self.output[1] * self.output[2]

    def by_channels(self, count):
        _, height, width = self.inputs[0]
        return replace(self, inputs=((count, height, width),))

    def by_filters(self, count):
        return replace(self, output=(count, *self.output[1:]))

    def by_groups(self, count):
        (channels, *size), (filters, *out) = self.inputs[0], self.output
        return replace(self, inputs=((channels // self.groups * count, *size),),
                       output=(filters // self.groups * count, *out), groups=count)

    def narrowed(self, channels):
        """A layer that follows a slice of `channels` channels."""
        return replace(self, inputs=tuple((channels, *shape[1:]) for shape in self.inputs),
                       output=(channels, *self.output[1:]))


def share(layer, axis, count):
    """What a split gives one of its sides."""
    return {"channels": layer.by_channels, "filters": layer.by_filters, "groups": layer.by_groups}[axis](count)


@dataclass
class Unit:
    """A layer and what goes with it. `reads` are indices of units, -1 the network's input, in the layer's order."""
    index: int
    layer: Layer
    followers: list = field(default_factory=list)
    reads: list = field(default_factory=list)
    readers: set = field(default_factory=set)

    @property
    def name(self):
        return self.layer.name


@dataclass
class Network:
    name: str
    units: list
    region: list  # of each unit

    def unit(self, name):
        return next(unit for unit in self.units if unit.name == name)


def _layer(entry, shapes):
    geometry = {key: tuple(entry[key]) for key in ("kernel", "stride", "dilation", "pad") if key in entry}
    inputs = tuple(shapes[source] for source in entry["inputs"])
    if entry["op"] == "global_avg_pool":
        geometry["kernel"] = inputs[0][1:]
    groups = entry.get("groups", 1)
    return Layer(entry["name"], entry["op"], entry["module"], tuple(entry["inputs"]), inputs, tuple(entry["output"]),
                 groups=groups, **geometry)


def _regions(units):
    """Numbers of regions: a new one begins where a single map is all that later units read."""
    numbers, number = [], 0
    for unit in units:
        live = {source for later in units[unit.index:] for source in later.reads if source < unit.index}
        if unit.index > 0 and len(live) == 1:
            number += 1
        numbers.append(number)
    return numbers


def read_network(shown):
    """The network that `network show --json` describes."""
    shapes = {"input": tuple(shown["input"])}
    layers = []
    for entry in shown["layers"]:
        shapes[entry["name"]] = tuple(entry["output"])
        layers.append(_layer(entry, shapes))
    readers = {}
    for layer in layers:
        for source in layer.sources:
            readers.setdefault(source, []).append(layer.name)
    units, owner = [], {"input": -1}
    for layer in layers:
        before = owner.get(layer.sources[0])
        follows = (layer.op in FOLLOWERS and before is not None and before >= 0
                   and units[before].layer.module == layer.module and readers[layer.sources[0]] == [layer.name])
        if follows:
            units[before].followers.append(layer)
            owner[layer.name] = before
            continue
        owner[layer.name] = len(units)
        reads = [owner[source] for source in layer.sources]
        units.append(Unit(len(units), layer, reads=reads))
        for source in set(reads) - {-1}:
            units[source].readers.add(units[-1].index)
    return Network(shown["name"], units, _regions(units))
