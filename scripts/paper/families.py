"""The kinds of modules that the paper makes claims about."""
from dataclasses import dataclass

SQUEEZENET, MOBILENET, SHUFFLENET = "squeezenet_1.0", "mobilenet_v2_0.5", "shufflenet_v2_0.5"
NETWORKS = (SQUEEZENET, MOBILENET, SHUFFLENET)


@dataclass(frozen=True)
class Family:
    """The modules of one kind and the claim about them."""
    key: str
    title: str
    network: str
    claim: tuple  # energy gain and latency speed-up of Table I
    groups: dict  # name -> its modules; a stage is several units, anything else is one module
    restricted: tuple  # options of --set for the kind of partition that the paper has
    restricted_label: str

    @property
    def modules(self):
        return [module for modules in self.groups.values() for module in modules]


def make_families(modules, most):
    """Fire, bottleneck and stage from the modules of each network, at most so many modules of each."""
    def named(network, word):
        return [m for m in modules[network] if m.startswith(word)][:most]
    stages = {}
    for module in named(SHUFFLENET, "stage"):
        stages.setdefault(module.split("_")[0], []).append(module)
    return (
        Family("fire", "SqueezeNet's Fire", SQUEEZENET, (1.34, 1.01), {m: [m] for m in named(SQUEEZENET, "fire")},
               ("space.strategies=[gconv]", "search.share_step=1"), "best splits (`gconv` only)"),
        Family("bottleneck", "MobileNetV2's bottleneck", MOBILENET, (1.55, 1.26),
               {m: [m] for m in named(MOBILENET, "bottleneck")},
               ("space.strategies=[dwconv]",), "best single layers (`dwconv` only)"),
        Family("stage", "ShuffleNetV2's stage", SHUFFLENET, (1.39, 1.35), stages,
               ("space.strategies=[dwconv, gconv]",), "best layers and splits (`dwconv`, `gconv` only)"),
    )
