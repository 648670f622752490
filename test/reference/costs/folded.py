"""Folded layers: their foldings, resources and timing."""
from math import ceil, prod

from .dhm import as_convolution
from .hardware import WIRES, Blocks, Fold, Hardware
from .memories import Memory
from .numbers import ceil_div, ceil_log2, divisors

POOLS = {"max_pool", "avg_pool"}
STREAMS = {"add", "relu", "relu6", "slice", "concat", "shuffle", "global_avg_pool"}


class Turns:
    """How a convolution takes turns at its multipliers in a folding."""

    def __init__(self, layer, fold):
        self.fold, self.depthwise = fold, layer.depthwise
        filters, channels = layer.output[0], layer.inputs[0][0]
        simd = 1 if self.depthwise else fold.simd
        self.rows = layer.kernel[0] if fold.columns else 1
        length = prod(layer.kernel) // self.rows * (1 if self.depthwise else channels // layer.groups // simd)
        self.cycles = filters // fold.pe * length  # of a position
        self.multipliers = fold.pe * simd * self.rows
        self.word = (fold.pe if self.depthwise else simd) * self.rows  # bytes
        self.words = filters // fold.pe if self.depthwise else channels // simd  # of an input position
        self.out = next(d for d in divisors(fold.pe) if ceil_div(fold.pe, d) <= length)
        self.sum_bits = 8 + ceil_log2(24 * layer.depth + 100) + 1


class Folded:
    folds = True

    def __init__(self, parameters):
        self.parameters, self.resources = parameters, parameters["resources"]
        self.bits = parameters["bits"]
        self.memory = Memory(parameters["streaming"])

    # What there is to choose from

    def foldings(self, layer):
        layer = as_convolution(layer)
        filters, channels = layer.output[0], layer.inputs[0][0]
        if layer.op in WIRES:
            return [None]
        if not (layer.convolves or layer.op == "fc"):
            streamed = channels if layer.op == "slice" else filters
            return [Fold(pe, 1, "logic", False) for pe in divisors(streamed)]
        if layer.depthwise:
            shapes = [(pe, 1) for pe in divisors(filters)]
        else:
            shapes = [(pe, simd) for pe in divisors(filters // layer.groups)
                      for simd in divisors(channels // layer.groups)]
        formers = [False, True] if layer.kernel[0] > 1 else [False]
        return [Fold(pe, simd, multipliers, columns) for pe, simd in shapes for multipliers in ("dsp", "logic")
                for columns in formers]

    def hardware(self, layer, fold):
        layer = as_convolution(layer)
        if layer.op in WIRES:
            return Hardware(Blocks(), prod(layer.inputs[0][1:]), 0, 0)
        if layer.op in STREAMS:
            return self._stream(layer, fold.pe)
        return self._pool(layer, fold.pe) if layer.op in POOLS else self._convolution(layer, fold)

    def follower(self, layer, interval):
        """In the smallest folding that keeps the pace of the layer that it follows, or the fastest."""
        choices = [self.hardware(layer, fold) for fold in self.foldings(layer)]
        keeping = [choice for choice in choices if choice.interval <= interval]
        if not keeping:
            return min(choices, key=lambda choice: choice.interval)
        return min(keeping, key=lambda choice: (choice.blocks.alm, choice.blocks.dsp, choice.blocks.m20k))

    # Layers with a window

    def _held(self, layer, columns):
        (_, height, width), (_, rows, across) = layer.inputs[0], layer.output
        (extent_h, extent_w), (stride_h, stride_w) = layer.extent, layer.stride
        ahead = abs(width - across * stride_w) + stride_w
        if columns:
            below = sum(1 for y in range(rows) if y * stride_h - layer.pad[0] + extent_h > height)
            return (min(stride_h - 1, 1) + below) * width + extent_w + ahead
        return (extent_h - 1) * width + extent_w + (stride_h - 1 + abs(height - rows * stride_h)) * width + ahead

    def _fill(self, layer):
        (_, height, width), (_, rows, across) = layer.inputs[0], layer.output
        down = max(min(y * layer.stride[0] - layer.pad[0] + layer.extent[0] - 1, height - 1) * rows - y * height
                   for y in range(rows))
        right = max(min(x * layer.stride[1] - layer.pad[1] + layer.extent[1] - 1, width - 1) * rows * across
                    - x * height * width for x in range(across))
        fill = 1 + ceil_div(down * width * across + right, rows * across)
        return min(max(fill, 1), height * width)

    def _converters(self, gathered, dealt):
        """ALM for input streams and an output stream of these bytes."""
        alm = self.resources["alm"]
        wide = sum(width for width in gathered if width > 1)
        return alm["per_gathered_byte"] * wide + alm["per_dealt_byte"] * (dealt - 1)

    def _window_logic(self, figures, layer, padded, input_words, selected):
        bits = ceil_log2(input_words), ceil_log2(layer.output[1]) + ceil_log2(layer.output[2])
        total = figures["border"] if padded else 0
        total += figures["per_address_bit"] * bits[0] + figures["per_position_bit"] * bits[1]
        return total + figures["per_selected_bit"] * selected

    def _tables(self, figures, layer, turns, input_words, selected):
        """Tables or registers, by whose `figures`."""
        fold, multipliers, wide = turns.fold, turns.multipliers, turns.sum_bits
        total = figures["fixed"] + figures["per_multiplier"] * multipliers
        total += figures["per_sum"] * (multipliers - fold.pe) + figures["per_sum_bit"] * fold.pe * wide
        total += figures["per_result_bit"] * turns.out * wide + figures["per_word_byte"] * turns.word
        total += figures["depthwise"] * turns.depthwise
        padded = any(layer.pad[1::2] if fold.columns else layer.pad)  # a column former pads the rows
        total += self._window_logic(figures, layer, padded, input_words, selected)
        if fold.multipliers == "logic":
            total += figures["logic_depthwise_multiplier" if turns.depthwise else "logic_multiplier"] * multipliers
        if fold.columns:
            total += figures["column_fixed"] + figures["per_column_byte"] * turns.word
        return total

    def _convolution(self, layer, fold):
        (_, height, width), (filters, rows, across) = layer.inputs[0], layer.output
        turns = Turns(layer, fold)
        input_words = 4 + turns.words * self._held(layer, fold.columns)
        bias = filters // turns.out, turns.sum_bits * turns.out
        memories = [(input_words, 8 * turns.word), (turns.cycles, 8 * turns.multipliers), bias]
        if fold.columns:
            memories.append((width * turns.words, 8 * (layer.extent[0] - 1) * turns.word // layer.kernel[0]))
        stored = [self.memory.blocks(*memory) for memory in memories]
        selected = sum(self.memory.selected(*memory) for memory in memories if memory is not bias)
        tables, registers = (self._tables(self.resources[key], layer, turns, input_words, selected)
                             for key in ("tables", "registers"))
        alm = max(tables, tables / 2 + registers / 4) + self._converters([turns.word // turns.rows], turns.out)
        alm = ceil(alm + sum(alms for alms, _ in stored))
        products = int(self.resources["products_per_dsp"])
        dsp = ceil_div(turns.multipliers, products) if fold.multipliers == "dsp" else 0
        rows_in = height + (layer.pad[0] + layer.pad[2] if fold.columns else 0)
        interval = max(rows * across * turns.cycles, rows_in * width * turns.words)
        depth = turns.cycles + int(self.parameters["pipeline_stages"]) + ceil_log2(turns.multipliers // fold.pe)
        depth += fold.pe // turns.out + 1
        blocks = Blocks(alm, dsp, sum(blocks for _, blocks in stored))
        return Hardware(blocks, interval, self._fill(layer), depth)

    def _pool(self, layer, pe):
        (channels, height, width), (_, rows, across) = layer.inputs[0], layer.output
        alm, taps, words = self.resources["alm"], prod(layer.kernel), channels // pe
        cycles = words * taps
        out = next(d for d in divisors(pe) if pe // d <= taps)
        input_words = 4 + words * self._held(layer, False)
        stored = self.memory.blocks(input_words, 8 * pe)
        each = alm["per_max"] * pe if layer.op == "max_pool" else alm["per_mean"] * pe + alm["division"] * out
        total = alm["pool_fixed"] + each + self._converters([pe], out) + stored[0]
        total += self._window_logic(self.resources["tables"], layer, any(layer.pad), input_words,
                                    self.memory.selected(input_words, 8 * pe))
        interval = max(rows * across * cycles, height * width * words)
        depth = cycles + int(self.resources["pool_stages"]) + pe // out + 1 + (6 if layer.op == "avg_pool" else 0)
        return Hardware(Blocks(ceil(total), 0, stored[1]), interval, self._fill(layer), depth)

    # What only streams

    def _stream(self, layer, pe):
        alm, (channels, height, width) = self.resources["alm"], layer.output
        stages = int(self.resources["stream_stages"])
        if layer.op == "global_avg_pool":
            return self._mean(layer, pe, stages)
        held, stored, streams, out = 0, [], [pe] * len(layer.inputs), pe
        if layer.op == "add":
            logic = alm["per_add"] * (len(layer.inputs) - 1) * pe
        elif layer.op == "slice":
            logic = alm["stream_fixed"]
        elif layer.op == "concat":
            maps = [shape[0] for shape in layer.inputs]
            out = next((d for d in range(pe, channels) if all(c % d == 0 for c in maps)), channels)
            streams = maps if out == channels else [out] * len(maps)
            logic = alm["concat_map"] * len(maps) + alm["per_concat"] * out
            stored = [self.memory.blocks(2 * c // wide, 8 * wide) for c, wide in zip(maps, streams)]
            held = channels // out
        elif layer.op == "shuffle":
            groups = layer.groups
            out = next((d for d in divisors(channels // groups) if d >= pe and d % groups == 0), channels)
            streams, logic = [out], 0
            if out < channels:
                logic = alm["stream_fixed"] + alm["per_shuffle"] * groups * out
                stored = [self.memory.blocks(2 * channels // (groups * out), 8 * out)] * groups
            held = channels // out
        else:
            logic = alm["per_clamp"] * pe
        total = ceil(logic + self._converters(streams, out) + sum(alms for alms, _ in stored))
        streamed = layer.inputs[0][0] if layer.op == "slice" else channels
        blocks = Blocks(total, 0, sum(blocks for _, blocks in stored))
        return Hardware(blocks, height * width * ceil_div(streamed, out), 1, stages + held)

    def _mean(self, layer, pe, stages):
        channels, height, width = layer.inputs[0]
        alm, wide = self.resources["alm"], 8 + ceil_log2(height * width)
        out = next(d for d in divisors(pe) if pe // d <= max(1, height * width // 8))
        stored = self.memory.blocks(channels // pe, wide * pe)
        total = alm["mean_fixed"] + alm["per_mean_bit"] * pe * wide + alm["division"] * out
        total += self._converters([pe], out) + stored[0]
        interval = (height * width - 1) * channels // pe + channels // out
        return Hardware(Blocks(ceil(total), 0, stored[1]), interval, 1, stages + 6 + channels // out)

    # Where ways of a run meet

    def delay(self, channels, positions, size, cycles):
        """A FIFO for `positions` positions of a map of `size` positions."""
        wide = max(4, ceil_div(channels * size, cycles))
        return Blocks(*self.memory.fifo(ceil_div(channels * positions, wide), 8 * wide))
