"""What the benches of speed and of builds share: rows with goals, sides in turn, a table, a record.

Other work on the machine slows both sides of a row down alike if they take turns. So what counts
is the ratio of the medians, not the seconds.
"""

import argparse
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import torch
from sklearn.metrics import accuracy_score
from torch import Tensor

from dlbook.data import Provenance
from dlbook.digest import closure, digest
from dlbook.records import make_record, records_folder, write_record

FASTER, LONGER = "times as fast", "times as long"

Outputs = Callable[[], Tensor]
"""Returns what a side computed; called when the clock has stopped."""

Side = Callable[[], Outputs | None]
"""Does the work of one round, always from the same start."""


class Sides(NamedTuple):
    """The book's way and that of a peer, and the right answers where both classify."""

    ours: Side
    theirs: Side
    labels: Tensor | None = None


@dataclass(frozen=True)
class Row:
    """What is compared with what, and the goal, in a unit.

    The unit `FASTER` means their time over ours, `LONGER` ours over theirs; with any other unit
    there is no peer, and the numbers of our side are the values.
    """

    what: str
    against: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    threads: int = 1
    note: str = ""


@dataclass
class Result:
    """The numbers of both sides, round by round, and how alike their outputs were.

    The difference is the largest of all outputs, in parts of the largest output.
    """

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    difference: float | None = None
    accuracies: list[float] = field(default_factory=list)


def measure(sides: Sides, rounds: int) -> Result:
    """Let both sides take turns, each beginning every other round; compare their outputs first."""
    result = compare(sides)
    both = [(sides.ours, result.ours), (sides.theirs, result.theirs)]
    for _ in range(rounds):
        for run, seconds in both:
            start = perf_counter()
            run()
            seconds.append(perf_counter() - start)
        both.reverse()
    return result


def compare(sides: Sides) -> Result:
    """Run each side once, which warms it up, and compare what they computed."""
    shows = [run() for run in sides[:2]]
    with torch.no_grad():
        outputs = [show() for show in shows if show is not None]
    result = Result()
    if outputs:
        largest = (outputs[0] - outputs[1]).abs().max()
        result.difference = float(largest / outputs[1].abs().max())
    if sides.labels is not None:
        result.accuracies = [float(accuracy_score(sides.labels, o.argmax(1))) for o in outputs]
    return result


def value(row: Row, result: Result) -> float:
    """Return what is held against the goal."""
    ours = median(result.ours)
    if row.unit == FASTER:
        return median(result.theirs) / ours
    return ours / median(result.theirs) if row.unit == LONGER else ours


def options_of(description: str | None, name: str, rounds: int) -> argparse.ArgumentParser:
    """Make a parser of the options that both benches have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--record", action="store_true", help="keep the result in docs/records")
    parser.add_argument("--output", type=Path, default=Path(f"bench-{name}.json"))
    return parser


def report(
    name: str,
    rows: Mapping[str, Row],
    results: Mapping[str, Result],
    options: argparse.Namespace,
    data: Provenance,
    **settings: Any,
) -> None:
    """Print a table, write a file, and a record where that is asked for."""
    metrics: dict[str, list[float]] = {}
    described: dict[str, dict[str, Any]] = {}
    print(f"{'':26}{'median':>10}  {'':14}  goal")
    for key, result in results.items():
        row, found = rows[key], value(rows[key], result)
        low, high = row.at_least or 0, math.inf if row.at_most is None else row.at_most
        bound = f"at most {high:g}" if row.at_least is None else f"at least {low:g}"
        verdict = "met" if low <= found <= high else "MISSED"
        print(f"{key:26}{found:10.3g}  {row.unit:14}  {bound}: {verdict}")
        metrics[f"{key}_ours"] = result.ours
        if result.theirs:
            metrics[f"{key}_theirs"] = result.theirs
        alike = {"difference": result.difference, "accuracies": result.accuracies}
        described[key] = {**asdict(row), **alike}
    settings = {"rows": described, "processor": processor(), **settings}
    numbers = json.dumps({"settings": settings, "metrics": metrics}, indent=1)
    options.output.write_text(f"{numbers}\n", "utf-8")
    if options.record:
        record = make_record(
            f"bench_{name}",
            settings=settings,
            seeds=list(range(options.rounds)),  # rounds: nothing here is drawn anew
            metrics=metrics,
            curve={},
            data=data,
        )
        print(write_record(replace(record, digest=digest_of(name)), records_folder()))


def processor() -> str:
    """Name the processor, if the system does, and count the cores."""
    file = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", file.read_text("utf-8")) if file.exists() else None
    return f"{found[1] if found else 'processor without a name'}, {os.cpu_count()} core(s)"


def digest_of(name: str) -> str:
    """Hash a bench, and what it reaches of the library."""
    code = [Path(__file__).with_name(f"{part}.py").read_text("utf-8") for part in ("peers", name)]
    return digest(closure("\n".join(code)), code)
