"""Direct hardware mapping: the forms `fitted` (dhm-2021) and `csd` (dhm-csd)."""
from dataclasses import replace
from math import ceil, erf, log2, prod, sqrt

from .hardware import WIRES, Blocks, Hardware
from .numbers import ceil_div, ceil_log2, nearest


def as_convolution(layer):
    """A batch norm that does not fold in as the depthwise 1x1 convolution that it is."""
    if layer.op == "batch_norm":
        return replace(layer, op="depthwise", groups=layer.inputs[0][0])
    return layer


class Dhm:
    """What both forms have in common: timing and the size of memories."""
    folds = False

    def __init__(self, parameters):
        self.parameters, self.resources = parameters, parameters["resources"]
        self.bits = parameters["bits"]
        self.word, self.words = (int(parameters["streaming"][key]) for key in ("m20k_word_bits", "m20k_words"))

    def hardware(self, layer, _fold=None):
        layer = as_convolution(layer)
        _, height, width = layer.inputs[0]
        if layer.op in WIRES | {"slice", "shuffle"}:
            return Hardware(Blocks(), height * width, 0, 0)
        return Hardware(self.blocks(layer), height * width, self.fill(layer), self.depth(layer))

    def fill(self, layer):
        _, height, width = layer.inputs[0]
        half = self.parameters["fill"] == "half_window"
        if layer.op == "concat":
            return 0
        rows, columns = (1, 1) if layer.op == "global_avg_pool" else layer.extent
        filled = rows // 2 * width + columns // 2 if half else (rows - 1) * width + columns
        return min(filled, height * width)

    def taps(self, layer):
        if layer.convolves or layer.op == "fc":
            return layer.depth
        return 1 if layer.op == "global_avg_pool" else prod(layer.kernel)

    def depth(self, layer):
        if layer.op == "concat":
            return 0
        return self.parameters["pipeline_stages"] + ceil_log2(self.taps(layer))

    def line_bits(self, layer):
        if layer.op in ("global_avg_pool", "fc"):
            return 0
        return self.bits * layer.inputs[0][0] * (layer.extent[0] - 1)

    def memory(self, bits, words):
        return ceil_div(bits, self.word) * ceil_div(words, self.words)


class Fitted(Dhm):
    def lines(self, layer):
        lines, taps = self.resources["delay_lines"], self.taps(layer)
        short, middle, most = lines["undelayed_taps"], lines["short_most_taps"], lines["middle_most_taps"]
        share = layer.output[0] * lines["delayed_share"]
        buffers = self.memory(self.line_bits(layer), layer.inputs[0][2])
        long_ = share * max(taps - most, 0) + lines["m20k_fixed"] + buffers
        at_least_middle = long_ + share * (min(max(taps, middle), most) - middle)
        every = at_least_middle + share * (min(max(taps, short), middle) - short)
        sums = nearest(every), nearest(at_least_middle), nearest(long_)
        return sums[0] - sums[1], sums[1] - sums[2], sums[2]

    def blocks(self, layer):
        if not (layer.convolves or layer.op == "fc"):
            buffers = self.memory(self.line_bits(layer), layer.inputs[0][2])
            return Blocks(ceil(layer.output[0] * self.per_channel(layer)), lines=(0, 0, buffers))
        alm, lines, taps = self.resources["alm"], self.resources["delay_lines"], self.taps(layer)
        delayed = lines["delayed_share"] * max(taps - lines["undelayed_taps"], 0)
        each = alm["per_tap"] * taps + alm["per_tap_log"] * taps * log2(taps) + alm["per_delayed_tap"] * delayed
        return Blocks(ceil(alm["fixed"] + layer.output[0] * each), lines=self.lines(layer))

    def per_channel(self, layer):
        logic, taps = self.parameters["streaming"], prod(layer.kernel)
        window = logic["alm_per_window_bit"] * self.bits * taps if taps > 1 else 0
        if layer.op == "max_pool":
            return logic["alm_per_compare"] * (taps - 1) + window
        if layer.op == "avg_pool":
            return logic["alm_per_add"] * (taps - 1) + window
        if layer.op == "global_avg_pool":
            return logic["alm_per_add"] * (self.bits + ceil_log2(taps)) / self.bits
        if layer.op == "add":
            return logic["alm_per_add"] * (len(layer.inputs) - 1)
        return {"relu": logic["alm_per_compare"], "relu6": logic["alm_per_compare"]}.get(layer.op, 0)

    def delay(self, channels, positions, _size, _cycles):
        return Blocks(lines=(0, 0, self.memory(self.bits * channels, positions)))


def _signed_digits(number):
    """Digits that are not zero of the canonical signed form."""
    digits = 0
    while number:
        if number % 2:
            digits += 1
            number -= 2 - number % 4
        number //= 2
    return digits


class Csd(Dhm):
    def __init__(self, parameters):
        super().__init__(parameters)
        sigma = self.resources["weight_sigma"]

        def below(value):
            return erf(value / (sigma * sqrt(2)))

        # Of each size of weight, either sign.
        self.likely = [below(0.5)] + [below(v + 0.5) - below(v - 0.5) for v in range(1, 128)]
        self.odd = [(_signed_digits(o), sum(self.likely[o << s] for s in range(8) if o << s < 128))
                    for o in range(1, 128, 2)]

    def counts(self, layer):
        """(terms, adders, products) that are expected of weights that are not known."""
        filters, window = layer.output[0] // layer.groups, prod(layer.kernel) * layer.inputs[0][0]
        made = [(digits, 1 - (1 - share)**filters) for digits, share in self.odd]
        adders = sum(m * (digits - 1) for digits, m in made)
        return layer.weights * (1 - self.likely[0]), window * adders, window * sum(m for _, m in made)

    def logic(self, tables, registers):
        return max(tables, tables / 2 + registers / 4)

    def _sum(self, layer, figures):
        terms, adders, products = self.counts(layer)
        window = prod(layer.kernel)
        bits = self.bits * window * layer.inputs[0][0]
        total = figures["fixed"] + figures["per_term"] * terms + figures["per_adder"] * adders
        total += figures["per_product"] * products + figures["per_filter"] * layer.output[0]
        total += figures["per_window_bit"] * bits
        return total + (figures["window"] if window > 1 else figures["per_single_bit"] * bits)

    def _window(self, layer, figures):
        taps = prod(layer.kernel)
        if not layer.op.endswith("pool") or layer.op == "global_avg_pool":
            return 0
        bits = self.bits * taps * layer.inputs[0][0]
        return figures["per_window_bit"] * bits + (figures["window"] if taps > 1 else figures["per_single_bit"] * bits)

    def blocks(self, layer):
        tables, registers = self.resources["tables"], self.resources["registers"]
        if layer.convolves or layer.op == "fc":
            logic = self.logic(self._sum(layer, tables), self._sum(layer, registers))
        else:
            logic = self.logic(self._window(layer, tables), self._window(layer, registers)) + self.simple(layer)
        in_logic, buffers = self.small_memory(self.line_bits(layer), layer.inputs[0][2])
        if layer.op == "global_avg_pool":
            in_logic += self.small_memory(layer.output[0] * self.sum_bits(layer), 1)[0]
        return Blocks(ceil(logic + in_logic), m20k=buffers)

    def small_memory(self, bits, words):
        """(ALM, M20K); of up to 32 words in MLABs of 20 bits."""
        if words <= 32:
            return 10 * ceil_div(bits, 20), 0
        return 0, self.memory(bits, words)

    def simple(self, layer):
        logic, taps, channels = self.resources["alm"], prod(layer.kernel), layer.output[0]
        if layer.op == "max_pool":
            return channels * logic["max_tap"] * (taps - 1)
        if layer.op == "avg_pool":
            return channels * (logic["mean_tap"] * (taps - 1) + logic["division"])
        if layer.op == "global_avg_pool":
            lanes = channels // self.mean_turns(layer)
            return channels * logic["mean_bit"] * self.sum_bits(layer) + lanes * logic["division"]
        each = {"add": logic["add"] * (len(layer.inputs) - 1), "concat": logic["concat"], "relu": logic["clamp"],
                "relu6": logic["clamp"]}
        return channels * each[layer.op]

    def sum_bits(self, layer):
        return self.bits + ceil_log2(prod(layer.kernel))

    def depth(self, layer):
        stages = self.parameters["pipeline_stages"]
        if layer.op == "concat":
            return 4
        if layer.op == "avg_pool":
            return 3 + 6 + max(ceil_log2(self.taps(layer)), 1)
        if layer.op == "global_avg_pool":
            turns = self.mean_turns(layer)
            return 6 + turns + (turns > 1)
        return stages + (0 if layer.op in ("add", "relu", "relu6") else ceil_log2(self.taps(layer)))

    def mean_turns(self, layer):
        channels, height, width = layer.inputs[0]
        most = max(1, height * width // 8)
        return next(channels // lanes for lanes in range(1, channels + 1)
                    if channels % lanes == 0 and channels // lanes <= most)

    def delay(self, channels, positions, _size, _cycles):
        return Blocks(m20k=self.memory(self.bits * channels, positions))
