"""What the plot scripts have in common: their command line, FILE [SVG_FILE]."""
import sys
from pathlib import Path


def fail(what):
    print(f"{Path(sys.argv[0]).name}: error: {what}", file=sys.stderr)
    sys.exit(2)


def run(description, draw):
    """Write draw(FILE) to SVG_FILE or standard output. Ends with status 2 where FILE or SVG_FILE will not do."""
    given = sys.argv[1:]
    if given in (["-h"], ["--help"]):
        print(description.strip())
        return
    if not 1 <= len(given) <= 2:
        print(description.strip(), file=sys.stderr)
        sys.exit(2)
    try:
        svg = draw(given[0])
        if len(given) == 2:
            Path(given[1]).write_text(svg, encoding="utf-8")
        else:
            sys.stdout.write(svg)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    except KeyError as error:
        fail(f"{given[0]}: has no {error}")
    except ValueError as error:  # those of JSON and of UTF-8 are such
        fail(f"{given[0]}: {error}")
