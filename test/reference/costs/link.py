"""Time and energy of transfers."""
from .numbers import nanoseconds, picojoules


class Link:
    """`settings` are those of the configuration's `link`, in SI units."""

    def __init__(self, model, settings):
        shared = {key: settings[key] for key in ("floor", "overhead", "bandwidth", "sync") if key in settings}
        self.to_fpga, self.to_gpu = {**model["to_fpga"], **shared}, {**model["to_gpu"], **shared}
        self.per_byte = settings.get("energy", model["energy"])
        self.idle = model["idle_power"]

    def _seconds(self, way, size):
        moving = way["overhead"] + size / way["bandwidth"]
        if "exponent" not in way:
            return max(way["floor"], moving)
        p = way["exponent"]
        return (way["floor"]**p + moving**p)**(1 / p)

    def transfer(self, size, down):
        """(time in ns, energy in pJ for its bytes, the same with idle power for its time) of one map."""
        seconds = self._seconds(self.to_fpga if down else self.to_gpu, size)
        dynamic = self.per_byte * size
        return nanoseconds(seconds), picojoules(dynamic), picojoules(dynamic + self.idle * seconds)
