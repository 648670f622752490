"""Cost model files as nested dictionaries of plain numbers."""
import yaml

from .numbers import quantity


def _plain(node):
    if isinstance(node, dict):
        if "value" in node:
            value = node["value"]
            return value if value in ("full_window", "half_window") else quantity(value)
        return {key: _plain(child) for key, child in node.items() if key not in ("sources", "seen", "spread")}
    return node


def read_model(root, name):
    """The model `name` of `root`/cost_models, without its sources."""
    with open(root / "cost_models" / (name + ".yaml"), encoding="utf-8") as file:
        return _plain(yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
