"""What a build of the book costs: ``python bench/builds.py`` builds a copy of it, on stand-ins.

The copy lies in a temporary folder, with nothing executed yet. It is built cold on two cores and
on one, then again after an edit of prose, of a cell and of a module. What was executed is read
from what the builds leave behind: the entries of the execution cache, and the checksums that
sphinx-gallery writes beside the examples. For a trial, `--pages` keeps some pages of the book only.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from jupyter_cache import get_cache

from dlbook.data import resolve
from dlbook.digest import closure
from peers import LONGER, Result, Row, options_of, report

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from book_freshness import EXERCISE, PAGE_MARK  # noqa: E402
from book_lint import CELL  # noqa: E402

MADE = ("docs/_build", "docs/gallery")
SECONDS, PAGES = "seconds", "pages and examples"
RIGHT = "executed though it need not be, or the reverse"
BUG = "This is an error in the fingerprints that the pages get."
ROWS = {
    "cold_two_cores": Row(
        "the book built cold on two cores, sphinx-build -j 2",
        "on one core, -j 1",
        LONGER,
        at_most=0.6,
        note="Pages are executed two at a time; Sphinx's own part is shared less well, and the "
        "longest page cannot be cut.",
    ),
    "prose_pages": Row(f"after an edit of prose: {RIGHT}", "", PAGES, at_most=0, note=BUG),
    "cell_pages": Row(f"after an edit of a cell: {RIGHT}", "", PAGES, at_most=0, note=BUG),
    "module_pages": Row(f"after an edit of a module: {RIGHT}", "", PAGES, at_most=0, note=BUG),
    "prose_seconds": Row(
        "a rebuild after an edit of prose, on two cores",
        "",
        SECONDS,
        at_most=25,
        note="What remains is Sphinx, which reads the page and writes it and what links to it.",
    ),
}


class Copy:
    """A copy of the book in another folder."""

    def __init__(self, folder: Path, pages: Sequence[str]) -> None:
        self.folder = folder
        ignore = shutil.ignore_patterns("_build", "__pycache__")
        for name in ("docs", "gallery", "src", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy(path, folder)
        self.clean()
        if pages:
            self.keep(pages)

    def clean(self) -> None:
        """Remove all that a build made."""
        for name in MADE:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def keep(self, pages: Sequence[str]) -> None:
        """Remove the other pages that run, and all examples but those of one section."""
        for docname, path in self.pages().items():
            if docname not in pages:
                path.unlink()
        for section in sorted((self.folder / "gallery").glob("*/"))[1:]:
            shutil.rmtree(section)

    def pages(self) -> dict[str, Path]:
        """List the pages that run, by their names in Sphinx."""
        docs = self.folder / "docs"
        found = (path for path in docs.rglob("*.md") if PAGE_MARK in path.read_text("utf-8")[:200])
        return {name_in(docs, path): path for path in found}

    def build(self, n_cores: int = 2) -> tuple[float, set[str]]:
        """Build as `nox -s docs` does; return the seconds, and what was executed."""
        before = self.executions()
        folders = ["-d", "docs/_build/doctrees", "docs", "docs/_build/html"]
        command = [sys.executable, "-m", "sphinx", "-q", "-n", "-j", str(n_cores), *folders]
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.folder / "src"),
            "DLBOOK_CACHE_DIR": str(self.folder / "docs" / "_build" / "data"),
        }
        cores = sorted(os.sched_getaffinity(0))[:n_cores]
        start = perf_counter()
        subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),  # as `taskset` does
        )
        seconds = perf_counter() - start
        return seconds, {name for name, _ in self.executions() - before}

    def executions(self) -> set[tuple[str, float]]:
        """Name every page and example that has outputs, each with the moment of its execution."""
        docs = self.folder / "docs"
        entries = get_cache(docs / "_build" / "jupyter_cache").list_cache_records()
        found = {(Path(entry.uri), entry.created.timestamp()) for entry in entries}
        checksums = (docs / "gallery").rglob("*.py.md5")
        found |= {(path.with_suffix(""), path.stat().st_mtime) for path in checksums}
        return {(name_in(docs, path), moment) for path, moment in found}

    def dependents(self, module: Path) -> set[str]:
        """Name the pages and examples that reach a module by their imports."""
        codes = {docname: code_of(path) for docname, path in self.pages().items()}
        for path in (self.folder / "gallery").rglob("plot_*.py"):
            codes[name_in(self.folder, path)] = path.read_text("utf-8")
        root = self.folder / "src"
        return {name for name, code in codes.items() if module in closure(code, name, root)}


def name_in(folder: Path, path: Path) -> str:
    """Name a page or an example as Sphinx does."""
    return path.relative_to(folder).with_suffix("").as_posix()


def code_of(page: Path) -> str:
    """Return the code of a page, with the exercises that it checks imported, and no magics."""
    cells = "\n".join(cell["code"] for cell in CELL.finditer(page.read_text("utf-8")))
    exercises = (f"import dlbook.exercises.chapter{int(n):02}" for n in EXERCISE.findall(cells))
    return re.sub(r"^ *[%!].*$", "", "\n".join([cells, *exercises]), flags=re.MULTILINE)


def append(path: Path, text: str) -> None:
    """Add a line to the end of a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def measure_edits(book: Copy, page: str, module: Path) -> dict[str, float]:
    """Edit prose, a cell and a module of a built book; return the values of their rows."""
    append(book.pages()[page], "A sentence more.")
    seconds, executed = book.build()
    values = {"prose_seconds": seconds, "prose_pages": len(executed)}
    append(book.pages()[page], "```{code-cell} python\nedited = True\n```")
    _, executed = book.build()
    values["cell_pages"] = len(executed ^ {page})
    append(module, "EDITED = True")
    expected = book.dependents(module)
    if not expected:
        sys.exit(f"no page and no example reaches {module.name}: choose another with --module")
    _, executed = book.build()
    values["module_pages"] = len(executed ^ expected)
    return values


def main() -> None:
    """Build the copy again and again; print a table, write a file."""
    parser = options_of(__doc__, "builds", rounds=1)
    parser.add_argument("--pages", nargs="+", default=[], help="keep only these pages that run")
    parser.add_argument("--page", help="which one to edit; by default the first")
    parser.add_argument("--module", default="transfer", help="which module of dlbook to edit")
    options = parser.parse_args()
    os.environ["DLBOOK_DATA"] = "standin"
    results = {key: Result() for key in ROWS}
    for _ in range(options.rounds):
        with TemporaryDirectory() as folder:
            book = Copy(Path(folder).resolve(), options.pages)
            page = options.page or min(book.pages())
            module = book.folder / "src" / "dlbook" / f"{options.module.replace('.', '/')}.py"
            n_executed = []
            both = results["cold_two_cores"]
            # Two cores last: Sphinx writes all pages again when their number has changed.
            for n_cores, seconds in ((1, both.theirs), (2, both.ours)):
                book.clean()
                taken, executed = book.build(n_cores)
                seconds.append(taken)
                n_executed.append(len(executed))
            for key, number in measure_edits(book, page, module).items():
                results[key].ours.append(number)
    data = resolve("mnist")
    settings = {"executed_cold": n_executed, "edited": [page, options.module]}
    report("builds", ROWS, results, options, data, pages=options.pages, **settings)


if __name__ == "__main__":
    main()
