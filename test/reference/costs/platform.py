"""A platform from settings of a configuration."""
from .fpga import Fpga
from .gpu import Gpu
from .link import Link
from .mapping import Platform
from .models import read_model
from .numbers import quantity
from .program import MODELS


class Models:
    """Cost models of a source tree, each read once."""

    def __init__(self, root):
        self.root, self.read = root, {}

    def _model(self, name):
        if name not in self.read:
            self.read[name] = read_model(self.root, name)
        return self.read[name]

    def platform(self, settings):
        """`settings` as of draw_settings."""
        names = settings["fpga.implementation"]
        clocks = {name: quantity(settings["fpga.clock"]) for name in names} if "fpga.clock" in settings else {}
        link = {key.removeprefix("link."): quantity(value) for key, value in settings.items()
                if key.startswith("link.") and key not in ("link.model", "link.hand_over")}
        return Platform(Gpu(self._model(MODELS["gpu"]), settings["gpu.profile"], settings["gpu.power_mode"]),
                        Fpga(self._model(MODELS["fpga"]), names, clocks,
                             settings.get("fpga.capacity", {})),
                        Link(self._model(settings["link.model"]), link), settings)
