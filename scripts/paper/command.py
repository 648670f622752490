"""The command line of scripts/reproduce_paper.

Runs cleave on configs/paper/ under every reading of what the paper leaves open, on the paper's own partitions and on
the whole design space. The texts around the figures are in page; where one states a result, it is computed, or chosen
by what was computed.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from .authors_loop import DATA, differs
from .drawings import draw_direct, draw_folded, draw_layers
from .page.document import document
from .program import ROOT, Cleave
from .readings import QUICK, WHOLE
from .share_drawing import draw_shares
from .study import make_study


def options():
    parser = argparse.ArgumentParser(
        description="Compare cleave with the figures of the paper and write docs/paper.md and its drawings.")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR",
                        help="where paper.md and images/ go (default: docs)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the networks and mappings that are made, here")
    parser.add_argument("--cleave", type=Path, default=ROOT / "scripts/cleave", metavar="PROGRAM",
                        help="program to run (default: scripts/cleave)")
    parser.add_argument("--check", action="store_true",
                        help="write nothing; end with status 1 if the files would change")
    parser.add_argument("--quick", action="store_true",
                        help=f"only {len(QUICK.readings)} of the {len(WHOLE.readings)} readings, {QUICK.most_modules} "
                        f"modules of a kind and {len(QUICK.kernels) * len(QUICK.filters)} single layers, to see that "
                        "everything works; needs --output")
    given = parser.parse_args()
    if given.quick and given.output is None:
        parser.error("--quick needs --output, since docs has the whole comparison")
    given.output = given.output or ROOT / "docs"
    return given


def stale(files, folder):
    """Names of the files that are not there or have another text."""
    return [name for name, text in files.items()
            if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text]


def write(files, folder):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main():
    given = options()
    # Figures of the loop are constants, since the data are not part of this project; where they are at hand, a fit to
    # them has to agree.
    if why := differs(ROOT.parent / "shared/data" / DATA):
        sys.exit(f"reproduce_paper: {why}")
    program = given.cleave.resolve()
    subprocess.run([str(program), "--version"], stdout=subprocess.DEVNULL, check=True)  # builds first if needed
    with tempfile.TemporaryDirectory(prefix="reproduce_paper.") as temporary:
        folder = given.keep.resolve() if given.keep else Path(temporary)
        study = make_study(Cleave(program, folder), QUICK if given.quick else WHOLE)
    files = {
        "paper.md": document(study),
        "images/paper_gains.svg": draw_direct(study),
        "images/paper_folded.svg": draw_folded(study),
        "images/paper_fire.svg": draw_shares(study),
        "images/paper_fig1.svg": draw_layers(study),
    }
    if given.check:
        if changed := stale(files, given.output):
            sys.exit(f"reproduce_paper: {', '.join(changed)} would change; run scripts/reproduce_paper")
    else:
        write(files, given.output)
