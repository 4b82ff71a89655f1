"""Show where each data set would come from, and fetch one: ``python -m dlbook.data``.

Without arguments it prints a table with one row per data set; ``fetch NAME`` puts a published
set into the cache. The chapter "How to run this book" shows both.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dlbook.data.catalog import CATALOG
from dlbook.data.fetching import fetch
from dlbook.data.tiers import DATASETS, resolve

HEADER = ("data set", "tier", "where", "size (MB)", "license", "verified")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0 if all went well, 1 if a data set has a problem. Bad arguments exit
        with 2.
    """
    parser = argparse.ArgumentParser(prog="python -m dlbook.data", description=__doc__)
    commands = parser.add_subparsers(dest="command", title="commands")
    command = commands.add_parser("fetch", help="fetch a data set into the cache")
    command.add_argument("name", choices=DATASETS, help="the data set")
    options = parser.parse_args(arguments)
    return show_table() if options.command is None else fetch_one(options.name)


def show_table() -> int:
    """Print which tier would answer for each data set; 1 if one of them has a problem."""
    answers = [row(name) for name in DATASETS]
    rows = [HEADER, *(cells for cells, _ in answers)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(f"{cell:{n}}" for cell, n in zip(cells, widths, strict=True)).rstrip())
    problems = [problem for _, problem in answers if problem]
    if problems:
        print("", *problems, sep="\n")
    return 1 if problems else 0


def row(name: str) -> tuple[tuple[str, ...], str]:
    """Describe one data set: the cells of its row, and what is wrong with it or nothing."""
    try:
        found = resolve(name)
    except ValueError as error:
        return (name, "error", "see below", "-", CATALOG[name].license, "no"), f"{name}: {error}"
    sizes: list[int | None] = []
    if found.tier in ("local", "cache"):
        sizes = [(Path(found.source) / file).stat().st_size for file in found.hashes]
    elif found.tier == "network":
        sizes = [download.size for download in CATALOG[name].downloads]
    known = [size for size in sizes if size is not None]
    size = f"{sum(known) / 1e6:.2f}" if known and len(known) == len(sizes) else "-"
    verified = {"network": "when fetched", "standin": "drawn"}.get(found.tier, "yes")
    return (name, found.tier, found.source, size, found.license, verified), ""


def fetch_one(name: str) -> int:
    """Fetch one data set with a progress bar; 1 if that fails."""
    try:
        print(f"{CATALOG[name].title} is in {fetch(name)}")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
