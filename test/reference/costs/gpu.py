"""Time and energy of layers, slices and conversions on the GPU. Times in seconds, energies in joules."""
from dataclasses import dataclass
from math import ceil, hypot, prod

from .numbers import nanoseconds, picojoules

FREE = {"input", "flatten", "dropout"}
POOLS = {"max_pool", "avg_pool", "global_avg_pool"}
# Element-wise kernels that a graph does not merge into the one before.
APART = {"slice", "shuffle", "other"}


@dataclass(frozen=True)
class Work:
    """What the GPU does: whole nanoseconds, whole picojoules."""
    time: int = 0
    dynamic: int = 0
    idle: int = 0

    def __add__(self, other):
        return Work(self.time + other.time, self.dynamic + other.dynamic, self.idle + other.idle)


class Gpu:
    def __init__(self, model, profile, power_mode):
        self.model, self.profile = model, model["profiles"][profile]
        self.tuned = self.profile.get("kernels") == "tuned"
        self.kernels = model["tuned" if self.tuned else "kernels"]
        mode, reference = model["power_modes"][power_mode], model["power_modes"][model["reference_mode"]]
        self.gpu_clock = mode["gpu_clock"] / reference["gpu_clock"]
        self.cpu_slowness = reference["cpu_clock"] / mode["cpu_clock"]
        self.host = self.profile["host_overhead"] * self.cpu_slowness
        self.idle = model["power"]["idle"]
        self.bytes = model["element_bytes"]

    def layer_class(self, layer):
        if layer.convolves:
            return self._convolution_class(layer)
        if layer.op == "fc":
            return "fully_connected"
        if layer.op in POOLS:
            still = layer.op != "global_avg_pool" and max(layer.stride) == 1 and prod(layer.output[1:]) > 1
            return "pool_s1" if still and "pool_s1" in self.kernels else "pool"
        return "elementwise"

    def _convolution_class(self, layer):
        if layer.depthwise:
            large = max(layer.kernel) > 3 and "depthwise_large" in self.kernels
            return "depthwise_large" if large else "depthwise"
        if layer.kernel == (1, 1):
            return "conv_1x1"
        if layer.kernel == (3, 3) and layer.stride == (1, 1) and layer.dilation == (1, 1):
            if layer.inputs[0][0] >= self.kernels["conv_3x3_s1"].get("least_channels", 0):
                return "conv_3x3_s1"
        return "conv_other"

    def _small(self, size):
        cache = self.model.get("cache", 0)
        return hypot(size, cache) - cache

    def _tile_rounding(self, layer, kernel):
        if layer.depthwise or layer.groups != 1 or not layer.convolves:
            return 1.0
        positions, filters, channels = prod(layer.output[1:]), layer.output[0], layer.inputs[0][0]
        tile = [kernel.get(key, self.model.get(key, 1)) for key in ("tile_positions", "tile_filters")]
        step, wave = kernel.get("tile_channels", 1), self.model.get("wave_tiles", 1)
        tiles = ceil(positions / tile[0]) * ceil(filters / tile[1])
        work = ceil(tiles / wave) * wave * tile[0] * tile[1] * ceil(channels / step) * step
        return work / (positions * filters * channels)

    def _tuned_factor(self, layer, kernel):
        factor = 1.0
        if layer.convolves and max(layer.stride) > 1 and layer.inputs[0][0] > 4:
            factor *= kernel.get("strided", 1)
        if layer.convolves and layer.output[2] % 2 == 1:
            factor *= kernel.get("odd_width", 1)
        return factor

    def traffic(self, layer):
        """Bytes that a kernel reads and writes."""
        if layer.op == "slice":
            read = prod(layer.output)
        elif layer.convolves and layer.kernel == (1, 1) and max(layer.stride) > 1:
            read = layer.inputs[0][0] * prod(layer.output[1:])
        else:
            read = sum(prod(shape) for shape in layer.inputs)
        return self.bytes * (read + prod(layer.output) + layer.weights)

    def kernel_time(self, layer):
        if layer.op == "conv" and not layer.depthwise and layer.groups > 1:
            return layer.groups * self.kernel_time(layer.by_groups(1))
        name = self.layer_class(layer)
        kernel, exponent = self.kernels[name], self.model["roof_exponent"]
        time = kernel["overhead"] + kernel.get("per_depth", 0) * layer.depth / self.gpu_clock
        compute = 0.0
        if "compute" in kernel:
            work = layer.macs * (1 + kernel.get("short_depth", 0) / layer.depth) * self._tuned_factor(layer, kernel)
            compute = work * self._tile_rounding(layer, kernel) / (kernel["compute"] * self.gpu_clock)
        traffic = self.traffic(layer)
        memory = (self._small(traffic) if name == "elementwise" else traffic) / kernel["memory"]
        time += (compute**exponent + memory**exponent)**(1 / exponent)
        return time + self._passes(layer, kernel) / kernel["memory"]

    def _passes(self, layer, kernel):
        passes = 0.0
        if layer.convolves and not layer.depthwise and not self.profile["separate_elementwise"]:
            passes += kernel.get("output_passes", 0) * self._small(self.bytes * prod(layer.output))
        moves = layer.op == "global_avg_pool" or (max(layer.stride) > 1 and layer.padded)
        if moves:
            copies = kernel.get("input_copies", 0) * self.profile.get("input_copies", 1)
            passes += copies * self._small(2 * self.bytes * prod(layer.inputs[0]))
        weight_passes = kernel.get("weight_passes", 0) * self.profile.get("weight_passes", 1)
        return passes + weight_passes * self.bytes * layer.weights

    def _free(self, layer):
        if layer.op in FREE:
            return True
        separate = self.profile["separate_elementwise"]
        if separate:
            return layer.op == "slice"
        return self.layer_class(layer) == "elementwise" and layer.op not in APART

    def _scale(self, name):
        scales = self.profile["kernel_scale"]
        parent = {"depthwise_large": "depthwise", "pool_s1": "pool"}.get(name)
        return scales.get(name, scales.get(parent, scales["others"]))

    def _work(self, time, busy, name, macs, traffic):
        power = self.model["power"]
        untuned = self.model["kernels"].get(name, {}).get("extra_power", 0)
        extra = self.kernels[name].get("extra_power", untuned)
        energy = (power["active"] + extra) * self.gpu_clock * busy
        energy += power["per_mac"] * macs + power.get("per_byte", 0) * traffic
        return Work(nanoseconds(time), picojoules(energy), picojoules(self.idle * time))

    def layer(self, layer):
        if self._free(layer):
            return Work()
        name = self.layer_class(layer)
        busy = self._scale(name) * self.kernel_time(layer)
        return self._work(max(busy, self.host), busy, name, layer.macs, self.traffic(layer))

    def layers(self, layers):
        return sum((self.layer(layer) for layer in layers), Work())

    def conversion(self, size):
        """A kernel that a partition adds, which reads and writes `size` bytes."""
        kernel = self.kernels["elementwise"]
        time = kernel["overhead"] + self._small(size) / kernel["memory"]
        return self._work(time, time, "elementwise", 0, size)
