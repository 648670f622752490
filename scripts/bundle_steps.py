"""Steps of a bundle that have a circuit; simulate and synthesise use it."""
import json


def steps_of(bundle, only):
    """Of the manifest: all of them, or that of the number `only`. @raise ValueError  if there is none, saying why"""
    try:
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{bundle}: no bundle: {error}") from error
    steps = [step for step in manifest["steps"] if "rtl" in step and only in (None, step["id"])]
    if not steps:
        there = ", ".join(str(step["id"]) for step in manifest["steps"] if "rtl" in step)
        raise ValueError(f"{bundle}: no step has a circuit" if not there else
                         f"{bundle}: step {only} has no circuit; these have: {there}")
    return steps
