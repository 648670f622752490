"""Measured times as tables for `cleave calibrate gpu`."""
import csv
import json
import re
import statistics

OPS = {"conv": "conv", "depthwise": "dwconv", "fc": "fc", "max_pool": "pool", "avg_pool": "pool", "global_avg_pool": "pool"}


def least(runs, nothing):
    """Least ms of each workload over its rounds, less that of a run of nothing: others on the machine only add to it."""
    overhead = min(runs[nothing])
    return {name: max(min(rounds) - overhead, 1e-4) for name, rounds in runs.items() if name != nothing}


def repeatability(runs):
    """By how much the least of the even rounds and the least of the odd ones differ: median and most."""
    apart = [abs(min(rounds[::2]) / min(rounds[1::2]) - 1) for rounds in runs.values()]
    return statistics.median(apart), max(apart)


def write_table(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_data(out, name, times, layers):
    """A table of workloads and one of their layers, of those that have a time."""
    files = out / f"{name}workloads.csv", out / f"{name}layers.csv"
    write_table(files[0], [{"workload": workload, "latency_ms": f"{ms:.5f}"} for workload, ms in times.items()])
    write_table(files[1], [row for row in layers if row["workload"] in times])
    return files


def layer_of(node):
    """Name of the layer that a node of ONNX Runtime is: it fuses what follows a layer, and renames what it moves."""
    return re.sub(r"(\.(batch_norm|relu6?))*(_nchwc)?$", "", node)


def kernel_row(layer, before):
    """A layer of `network show` as a row of the table of layers, without its workload. before: its input, CHW."""
    after, whole = layer["output"], layer["op"] == "global_avg_pool"
    kernel = layer.get("kernel", before[1:] if whole else (1, 1))
    stride = layer.get("stride", (1, 1))
    return {"count": 1, "op": OPS[layer["op"]], "h_in": before[1], "w_in": before[2], "c_in": before[0], "h_out": after[1],
            "w_out": after[2], "c_out": after[0], "kernel_h": kernel[0], "kernel_w": kernel[1], "stride": stride[0],
            "stride_w": stride[1], "dilation": 1, "groups": layer.get("groups", 1)}


def class_of(row):
    return f"conv_{row['kernel_h']}x{row['kernel_w']}" if row["op"] == "conv" else row["op"]


def tell_apart(kernels, shown):
    """Kernels of a profile by what they are for. kernels: of one network; shown: what `network show` says of it.

    Returns pairs of a layer's name and its row, each with ms; and ms of all kernels by class, where those that are no
    layer with a cost have the name of their operator.
    """
    layers = {layer["name"]: layer for layer in shown["layers"]}
    maps = {"input": shown["input"], **{name: layer["output"] for name, layer in layers.items()}}
    rows, shares = [], {}
    for kernel in kernels:
        layer = layers.get(layer_of(kernel["node"]))
        if layer is not None and layer["op"] in OPS:
            row = kernel_row(layer, maps[layer["inputs"][0]])
            rows.append((layer["name"], row, kernel["ms"]))
            name = class_of(row)
        else:
            name = kernel["op"]
        shares[name] = shares.get(name, 0) + kernel["ms"]
    return rows, shares


def kernel_data(profiles, show):
    """Each kernel of these networks as a workload, class@network/layer: times, layers; and ms by network and class."""
    times, layers, shares = {}, [], {}
    for network, kernels in profiles.items():
        rows, shares[network] = tell_apart(kernels, json.loads(show(network)))
        for layer, row, ms in rows:
            workload = f"{class_of(row)}@{network.split('@')[0]}/{layer}"
            times[workload] = ms
            layers.append({"workload": workload, **row})
    return times, layers, shares
