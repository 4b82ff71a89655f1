"""Run the pages again with fresh seeds, and see which claims hold without luck.

``python docs/_ext/book_seeds.py docs --seeds 5`` runs every page that makes claims five times, each
time with other seeds than the book's own, in its text, in the library and in the processes that it
starts; `fresh_seeds` tells how. What a run found is kept in ``docs/_build/claims`` under the
fingerprint of its page, so that a command that was stopped goes on where it was.

A bound should lie two standard deviations from the mean, on the safe side. What comes out goes into
``docs/records/claims_real.json`` or ``claims_standin.json``, which the ledger shows.
"""

import argparse
import json
import math
import os
import runpy
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx.project import Project
from tqdm import tqdm

from book_claims import claims_in_html
from book_freshness import Book, inject, read, run
from dlbook.claims import Claim
from dlbook.data import DATASETS, Provenance
from dlbook.digest import digest
from dlbook.records import make_record, write_record

SHIFT = Path(__file__).with_name("fresh_seeds") / "sitecustomize.py"
SAFE = 2  # standard deviations between the mean of a claim and its bound
ANYWAY = "raises-exception"  # the tag of a cell that may fail


@dataclass(frozen=True)
class Run:
    """What one page showed with one seed: its claims as data, and what went wrong."""

    page: str
    seed: int
    claims: list[dict[str, Any]]
    problems: list[str]


@dataclass(frozen=True)
class Spread:
    """One claim of the book over fresh seeds, a `Claim` for each."""

    claims: list[Claim]

    @property
    def values(self) -> list[float]:
        """The values, in the order of the seeds."""
        return [claim.value for claim in self.claims]

    @property
    def margin(self) -> float:
        """How far the bound is from the mean, in standard deviations; infinite where none vary."""
        claims = self.claims
        above = [c.value - c.at_least for c in claims if c.at_least is not None]
        below = [c.at_most - c.value for c in claims if c.at_most is not None]
        return min(in_deviations(slack) for slack in (above, below) if slack)

    @property
    def n_held(self) -> int:
        """Number of seeds with which the claim held."""
        return sum(claim.held is True for claim in self.claims)

    @property
    def verdict(self) -> str:
        """What to mend; empty where all is well."""
        if self.claims[0].held is None:
            return ""
        if self.n_held < len(self.claims):
            return "NOT HELD"
        return "TIGHT" if self.margin < SAFE else ""

    @property
    def text(self) -> str:
        """A line of the table, without the value of the book."""
        mean, sd = fmean(self.values), stdev(self.values)
        shown = replace(self.claims[0], value=mean, sd=sd)
        low, high = (format(f(self.values), shown.format) for f in (min, max))
        held = f"{self.n_held} of {len(self.claims)}"
        return (
            f"{shown.value_text:>22} {low:>10} {high:>10}  {shown.bound_text:32} {held:7}"
            f"{self.margin:8.1f}  {self.verdict}"
        )


def in_deviations(slack: Sequence[float]) -> float:
    """Divide a mean by its standard deviation."""
    mean, sd = fmean(slack), stdev(slack)
    return mean / sd if sd else math.copysign(math.inf, mean)


def fresh(path: Path, page: str, seed: int, timeout: float) -> Run:
    """Run a page with a fresh seed, to its end even where a cell fails."""
    notebook = read(path, inject(path.read_text("utf-8"), ""))
    meant = [ANYWAY in cell.metadata.get("tags", ()) for cell in notebook.cells]
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", []).append(ANYWAY)
    places = filter(None, [str(SHIFT.parent), os.environ.get("PYTHONPATH")])
    env = {"FRESH_SEED": str(seed), "PYTHONPATH": os.pathsep.join(places)}
    done, _ = run(notebook, timeout, **env)
    claims, problems = [], []
    for cell, may_fail in zip(done.cells, meant, strict=True):
        for output in cell.get("outputs", ()):
            shown = output.get("data", {}).get("text/html", "")
            claims += claims_in_html(shown)
            if 'class="verdict verdict-wrong"' in shown:
                problems.append(f"the solution of an exercise is wrong: {first_line(cell)}")
            if output.output_type == "error" and not may_fail:
                error = f"{output.ename}: {output.evalue}".partition("\n")[0]
                problems.append(f"a cell failed: {first_line(cell)} ... {error}")
    return Run(page, seed, claims, problems)


def first_line(cell: NotebookNode) -> str:
    """Tell a cell from the others."""
    return cell.source.strip().partition("\n")[0]


def fingerprint(book: Book, page: str) -> str:
    """Hash what a run of a page depends on."""
    return digest([], [book.codes[page], book.digests[page], SHIFT.read_text("utf-8")])


def kept(task: tuple[str, int], book: Book, folder: Path, timeout: float) -> Run:
    """Return what a run found, from the folder if it is there; what did not end is not kept."""
    page, seed = task
    file = folder / page / f"{seed}-{fingerprint(book, page)}.json"
    if file.exists():
        return Run(**json.loads(file.read_text("utf-8")))
    try:
        found = fresh(book.pages[page], page, seed, timeout)
    except (CellTimeoutError, DeadKernelError) as error:
        return Run(page, seed, [], [f"it did not come to its end: {error}"])
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(asdict(found), indent=1), "utf-8")
    draft.replace(file)
    return found


def spreads_of(runs: Iterable[Run], n: int) -> tuple[dict[str, Spread], list[str]]:
    """Bring together what n runs say of each live claim; name those that some runs lack.

    What rests on a clock is left out: it differs from run to run.
    """
    claims = defaultdict(list)
    for found in sorted(runs, key=lambda found: found.seed):
        for data in found.claims:
            claim = Claim.from_json(data)
            if claim.kind == "live" and not getattr(claim, "timed", False):
                claims[claim.key].append(claim)
    complete = {key: Spread(of_key) for key, of_key in claims.items() if len(of_key) == n}
    return complete, sorted(claims.keys() - complete.keys())


def report(spreads: dict[str, Spread], results: Path) -> Iterator[str]:
    """Yield the table of the claims with a bound, those to mend last."""
    book = {}
    if results.exists():
        book = {c["key"]: c["value"] for c in json.loads(results.read_text("utf-8"))}
    bound = {key: s for key, s in spreads.items() if s.claims[0].held is not None}
    drawn = {key: s for key, s in bound.items() if stdev(s.values)}
    yield (
        f"{'claim':40} {'book':>10} {'fresh seeds':>22} {'least':>10} {'most':>10}"
        f"  {'bound':32} {'held':7}{'margin':>8}"
    )
    for key, spread in sorted(drawn.items(), key=lambda item: (bool(item[1].verdict), item[0])):
        value = format(book[key], spread.claims[0].format) if key in book else ""
        yield f"{key:40} {value:>10} {spread.text}"
    same = {key: s for key, s in bound.items() if key not in drawn}
    broken = [key for key, spread in same.items() if spread.verdict]
    yield f"{len(same)} more have the same value with all seeds; NOT HELD: {broken or 'none'}"


def book_in(source: Path, settings: dict[str, Any]) -> Book:
    """Find the pages that a build would find."""
    project = Project(source, {".md": "markdown"})
    project.discover((*settings["exclude_patterns"], *settings["templates_path"]))
    return Book(project, source / settings["sphinx_gallery_conf"]["examples_dirs"])


def all_data(book: Book) -> Provenance:
    """Sum up where all data sets come from; stop where some are real and others drawn."""
    found = [book.provenance(name) for name in DATASETS]
    if len({data.is_standin for data in found}) > 1:
        sys.exit("some data sets are real and some drawn: set DLBOOK_DATA to real or to standin")
    hashes = {data.name: data.digest for data in found}
    return replace(found[0], title="all data sets of the book", hashes=hashes)


def record(book: Book, runs: list[Run], spreads: dict[str, Spread], data: Provenance) -> Path:
    """Write the values into the record of the tier."""
    pages = {page: fingerprint(book, page) for page in sorted({found.page for found in runs})}
    made = make_record(
        "claims_standin" if data.is_standin else "claims_real",
        settings={"pages": pages},
        seeds=sorted({found.seed for found in runs}),
        metrics={key: spread.values for key, spread in sorted(spreads.items())},
        curve={},
        data=data,
    )
    return write_record(replace(made, digest=digest([], pages.values())), book.records)


def main() -> int:
    """Run what has not run yet, print the table and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="folder of the book")
    parser.add_argument("--seeds", type=int, default=5, help="how many, at least 2")
    parser.add_argument("--pages", nargs="+", help="some only, in this order; records nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error("--seeds: a spread needs 2 at least")
    settings = runpy.run_path(str(options.source / "conf.py"))
    book = book_in(options.source.resolve(), settings)
    claiming = [page for page, path in book.pages.items() if "claim(" in path.read_text("utf-8")]
    pages = options.pages or claiming
    if unknown := set(pages) - set(claiming):
        parser.error(f"--pages: no claims on {sorted(unknown)}; there are {', '.join(claiming)}")
    data = None if options.pages else all_data(book)
    built = options.source / "_build"
    tasks = [(page, seed) for page in pages for seed in range(1, options.seeds + 1)]
    patience = 10 * settings["nb_execution_timeout"]  # hours of runs share the machine with others
    once = partial(kept, book=book, folder=built / "claims", timeout=patience)
    with ThreadPool(options.jobs) as pool:
        found = pool.imap_unordered(once, tasks)
        runs = list(tqdm(found, "running pages", len(tasks), unit="run", dynamic_ncols=True))
    spreads, partly = spreads_of(runs, options.seeds)
    print(*report(spreads, built / "html" / "results.json"), sep="\n")
    problems = [f"{r.page}, seed {r.seed}: {problem}" for r in runs for problem in r.problems]
    problems += [f"{key}: not every seed came to this claim" for key in partly]
    print(*sorted(problems), sep="\n")
    if data:
        print(record(book, runs, spreads, data))
    return bool(problems) or any(spread.verdict for spread in spreads.values())


if __name__ == "__main__":
    sys.exit(main())
