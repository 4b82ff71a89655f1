"""Run what is stale, and only that, before Sphinx reads the pages.

A page or an example is stale when its own code, a module of the library that it reaches, the
data it loads, a record it shows or a package that matters has changed. The fingerprint of all
this goes into the page's ``kernelspec``, which is part of the key under which jupyter-cache keeps
the outputs: nothing is ever deleted, and going back to older code finds its outputs again.
Stale pages run side by side; Sphinx then finds every output in the cache.

A build may be killed at any moment. What it left half written is made again by the next one.
"""

import ast
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cache
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter
from typing import Any

import matplotlib.font_manager  # noqa: F401 - builds its cache now: no page has to report it
import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.cache.db import DB_NAME, NbCacheRecord, OrmBase
from jupyter_client.manager import AsyncKernelManager
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NO_CONVERT, NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.project import Project
from sqlalchemy.exc import DatabaseError
from tqdm import tqdm

from book_kernel import ForkedKernel
from dlbook.data import DATASETS, Provenance, fetch, resolve
from dlbook.digest import closure, digest, versions

KERNEL_CONFIG = Path(__file__).with_name("kernel_config.py")
EXERCISE = re.compile(r"\bcheck\(\s*\"(\d+)\.\d+\"")
PAGE_MARK = "\nfile_format: mystnb\n"
# Lies beside the doctrees from the first page read to the last file written.
UNFINISHED = ".unfinished"
# To load PyTorch once for all takes as long as for a page or two.
WORTH_LOADING = 4
# A notebook that ran, and what it cost.
Outcome = tuple[NotebookNode, dict[str, float]]


def prepare(app: Sphinx) -> None:
    """Fingerprint every page and example; forget the examples that are stale or gone."""
    scripts = Path(app.srcdir, app.config.sphinx_gallery_conf["examples_dirs"])
    pages = Path(app.srcdir, "gallery")
    for page in pages.rglob("*.rst"):
        script = (scripts / page.relative_to(pages)).with_suffix(".py")
        if not (script.parent if page.stem == "index" else script).exists():
            page.unlink()
    app.env.find_files(app.config, app.builder)
    book = Book(app.project, scripts)
    app.book = book
    for script in book.examples():
        target = Path(app.srcdir, "gallery", script.relative_to(book.gallery))
        stamp = target.with_suffix(".deps")
        fingerprint = book.fingerprint(script.read_text("utf-8"), str(script))
        if not stamp.exists() or stamp.read_text("utf-8") != fingerprint:
            # sphinx-gallery runs an example whose checksum file is missing.
            target.with_suffix(".py.md5").unlink(missing_ok=True)
            book.stamps[stamp] = fingerprint


def stamp_examples(app: Sphinx) -> None:
    """Note the fingerprints of the examples that ran, not before all their files are there."""
    for stamp, fingerprint in app.book.stamps.items():
        stamp.write_text(fingerprint, "utf-8")


def open_cache(folder: Path) -> JupyterCacheAbstract:
    """Open the cache of outputs; stop where its database is damaged."""
    cache = get_cache(folder)
    try:
        OrmBase.metadata.create_all(cache.db)  # a build that was killed may have left it empty
        with cache.db.connect() as connection:
            verdict = connection.exec_driver_sql("PRAGMA quick_check").scalar()
    except DatabaseError as error:
        verdict = str(error.orig)
    if verdict != "ok":
        sys.exit(
            f"{folder / DB_NAME}: damaged ({verdict.splitlines()[-1]}). Delete the folder "
            f"{folder}; the next build runs every page again."
        )
    return cache


def folder_of(cache: JupyterCacheAbstract, key: str) -> Path:
    """Name the folder in which the cache keeps the outputs of a page."""
    return Path(cache.path, "executed", key)


def is_whole(cache: JupyterCacheAbstract, record: NbCacheRecord) -> bool:
    """Tell whether the outputs of a page lie in the cache, and nothing else in their place."""
    try:
        notebook = nbformat.read(folder_of(cache, record.hashkey) / "base.ipynb", NO_CONVERT)
        return cache.create_hashed_notebook(notebook)[1] == record.hashkey
    except Exception:  # a damaged file fails in the readers in as many ways as it can be damaged
        return False


class Runs:
    """Stale pages on their way through their kernels; each worker takes one after the other."""

    def __init__(
        self,
        notebooks: Mapping[str, NotebookNode],
        standins: Mapping[str, list[str]],
        timeout: float,
    ) -> None:
        # Much code first, as it mostly takes long: whatever comes last may run alone.
        self.waiting = sorted(notebooks.items(), key=lambda item: -amount_of_code(item[1]))
        self.ended: SimpleQueue[tuple[str, Outcome | Exception]] = SimpleQueue()
        self.n_pages = len(notebooks)
        self.standins = standins
        self.timeout = timeout

    def add_workers(self, n: int) -> None:
        """Start workers that do not outlive the build, whatever ends it."""
        for _ in range(n):
            Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        with suppress(IndexError):
            while True:
                docname, notebook = self.waiting.pop(0)
                outcome: Outcome | Exception
                try:
                    outcome = run(
                        notebook,
                        self.timeout,
                        fork=self.n_pages >= WORTH_LOADING,
                        standins=self.standins[docname],
                    )
                except Exception as error:  # `finish` waits for each page, and raises it there
                    outcome = error
                self.ended.put((docname, outcome))


def amount_of_code(notebook: NotebookNode) -> int:
    """Count the characters of the code."""
    return sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code")


def start(app: Sphinx) -> None:
    """Begin to run the pages whose outputs are not in the cache.

    The examples of the gallery run at the same time, on half of the cores; but they come in small
    groups, and the longest of a group leaves the other cores to the pages.
    """
    stale: dict[str, NotebookNode] = {}
    if app.config.nb_execution_mode == "cache":
        book: Book = app.book
        app.outputs = cache = open_cache(Path(app.config.nb_execution_cache_path))
        for docname, path in book.pages.items():
            notebook = read(path, inject(path.read_text("utf-8"), book.digests[docname]))
            try:
                cached = cache.match_cache_notebook(notebook)
            except KeyError:
                cached = None
            if cached is not None and is_whole(cache, cached):
                book.note_cost(docname, cached.data)
            else:
                stale[docname] = notebook
    standins = {
        docname: [name for name in app.book.loaded[docname] if app.book.data[name].is_standin]
        for docname in stale
    }
    app.runs = Runs(stale, standins, app.config.nb_execution_timeout)
    app.runs.add_workers(app.parallel - 1)


def finish(app: Sphinx) -> None:
    """Wait for the pages, as many at once as Sphinx has jobs, and keep their outputs."""
    book: Book = app.book
    runs: Runs = app.runs
    if not runs.n_pages:
        return
    runs.add_workers(1)
    # What the readers of the reference need, and this process for viewcode: now, not at the end,
    # when it would be all that is going on.
    import_module("torchvision")
    cache: JupyterCacheAbstract = app.outputs
    failures = []
    for _ in (bar := tqdm(range(runs.n_pages), "running pages", unit="page", dynamic_ncols=True)):
        docname, outcome = runs.ended.get()
        path = book.pages[docname]
        match outcome:
            case CellExecutionError() | CellTimeoutError() | DeadKernelError():
                failures.append(f"{path}: a cell failed.\n{outcome}")
            case Exception():
                raise outcome
            case notebook, cost:
                bundle = CacheBundleIn(notebook, str(path), data=cost)
                # The cache replaces a notebook, but not a folder without one.
                key = cache.create_hashed_notebook(notebook)[1]
                shutil.rmtree(folder_of(cache, key), ignore_errors=True)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
                book.note_cost(docname, cost)
        bar.set_postfix_str(docname)
    if failures:
        # Sphinx would bury an exception of its own in a traceback through its events.
        sys.exit("\n\n".join(failures))


def run(
    notebook: NotebookNode,
    timeout: float,
    *,
    fork: bool = False,
    standins: Sequence[str] = (),
    **env: str,
) -> Outcome:
    """Execute a copy of a notebook in an empty folder; time it and note its peak of memory.

    With `fork` the kernel starts with PyTorch loaded, and with `standins` drawn, where the system
    can fork. It listens on a socket file, not on a TCP port, so that a machine with no network at
    all can build the book.
    """
    notebook = deepcopy(notebook)
    cost: dict[str, float] = {}

    def look(**_: object) -> None:
        """Look at the kernel's memory after each cell: after the last one the kernel is gone."""
        pid = getattr(manager.provisioner, "pid", None)
        if pid is not None and (megabytes := peak_of_memory(pid)) is not None:
            cost["megabytes"] = round(megabytes)

    start = perf_counter()
    with TemporaryDirectory() as folder:
        socket = {"transport": "ipc", "ip": f"{folder}/kernel"} if os.name == "posix" else {}
        manager = AsyncKernelManager(kernel_name="python3", **socket)
        if fork and sys.platform == "linux":
            manager.provisioner = ForkedKernel(kernel_spec=manager.kernel_spec, parent=manager)
            manager.provisioner.standins = standins
        client = NotebookClient(
            notebook,
            manager,
            timeout=timeout,
            record_timing=False,  # times in the cells would change the key of the cache
            coalesce_streams=True,  # what is printed comes in parts, cut by the clock
            resources={"metadata": {"path": folder}},
            extra_arguments=[f"--config={KERNEL_CONFIG}"],
            on_cell_executed=look,
        )
        # A profile of its own: the settings of whoever builds the book must not show in it.
        client.execute(
            cleanup_kc=True, env={**os.environ, **env, "IPYTHONDIR": f"{folder}/.ipython"}
        )
    cost["execution_seconds"] = perf_counter() - start
    return notebook, cost


def peak_of_memory(pid: int | str = "self") -> float | None:
    """Return the largest size of a process in memory, in MB; None where the system does not say."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return None
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) * 1024 / 1e6 if peak else None


def read(path: Path, text: str) -> NotebookNode:
    """Read a page as the notebook that MyST-NB will look up in the cache."""
    return read_myst_markdown_notebook(text, config=MdParserConfig(), path=path)


def joined_code(notebook: NotebookNode) -> str:
    """Join the code cells of a page, with IPython's magics made plain Python."""
    plain = TransformerManager().transform_cell
    return "\n".join(plain(cell.source) for cell in notebook.cells if cell.cell_type == "code")


def inject(text: str, fingerprint: str) -> str:
    """Give a page its kernel, with the fingerprint in it."""
    kernel = "kernelspec:\n  name: python3\n  display_name: Python 3\n"
    return text.replace(PAGE_MARK, f"{PAGE_MARK}{kernel}  fingerprint: {fingerprint}\n", 1)


class Book:
    """The pages and examples of one build, each with the fingerprint of what it depends on."""

    def __init__(self, project: Project, gallery: Path) -> None:
        self.gallery = gallery.resolve()
        self.records = Path(project.srcdir, "records")
        self.environment = [*versions(), KERNEL_CONFIG.read_text("utf-8")]
        self.data: dict[str, Provenance] = {}
        self.pages: dict[str, Path] = {}
        self.notebooks: dict[str, NotebookNode] = {}
        self.codes: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.loaded: dict[str, list[str]] = {}
        self.costs: dict[str, dict[str, float]] = {}
        self.stamps: dict[Path, str] = {}
        for docname in sorted(project.docnames):
            path = Path(project.doc2path(docname, absolute=True))
            if path.suffix == ".md" and PAGE_MARK in (text := path.read_text("utf-8"))[:200]:
                if "\nkernelspec:" in text[:500]:
                    sys.exit(f"{path}: leave `kernelspec` out; the build adds it")
                self.pages[docname] = path
                self.notebooks[docname] = read(path, text)
                self.codes[docname] = code = joined_code(self.notebooks[docname])
                self.digests[docname] = self.fingerprint(code, str(path))
                self.loaded[docname] = first_arguments([code], "load", DATASETS)

    def examples(self) -> Iterator[Path]:
        """List the gallery's scripts; stop at one that sphinx-gallery would show and not run."""
        for script in sorted(self.gallery.rglob("*.py")):
            if not script.name.startswith("plot_"):
                sys.exit(f"{script}: rename it to plot_{script.name}; no other example is run")
            yield script

    def fingerprint(self, code: str, name: str) -> str:
        """Hash what a piece of code depends on."""
        for exercises in sorted(set(EXERCISE.findall(code))):
            # `check` imports the exercises of a chapter by name, which no closure can see.
            code += f"\nimport dlbook.exercises.chapter{int(exercises):02}"
        files = closure(code, name)
        sources = [code, *(f.read_text("utf-8") for f in files if f.parent.name != "data")]
        datasets = first_arguments(sources, "load", DATASETS)
        records = {path.stem: path.read_text("utf-8") for path in self.records.glob("*.json")}
        shown = first_arguments(sources, "load_record", records)
        data = [f"{name} {self.provenance(name).digest}" for name in datasets]
        extra = [*self.environment, *data, *(records[r] for r in shown)]
        return digest(files, extra)

    def provenance(self, name: str) -> Provenance:
        """Fetch a data set where that is possible, and say which copy the pages will see."""
        if name not in self.data:
            try:
                found = resolve(name)
                if found.tier == "network":
                    fetch(name)
                    found = resolve(name)
            except (ValueError, OSError) as error:
                sys.exit(f"The book cannot be built. {error}")
            if found.is_standin:
                # The kernels need not ask again, each at the cost of a time-out.
                os.environ["DLBOOK_NETWORK"] = "off"
            self.data[name] = found
        return self.data[name]

    def note_cost(self, docname: str, cost: Mapping[str, float]) -> None:
        """Remember what the run of a page cost, now or when its outputs came into the cache."""
        if "execution_seconds" in cost:
            self.costs[docname] = {"seconds": round(cost["execution_seconds"], 1)}
            if "megabytes" in cost:
                self.costs[docname]["megabytes"] = cost["megabytes"]


def first_arguments(sources: Iterable[str], function: str, known: Iterable[str]) -> list[str]:
    """List the known names that a function is called with; all, where a name is computed."""
    found = {value for source in sources for name, value in calls(source) if name == function}
    return sorted(set(known) if None in found else found & set(known))


@cache
def calls(source: str) -> set[tuple[str, str | None]]:
    """List the functions that a source calls, each with its first argument; None: a computed one.

    A module is read once, however many pages depend on it.
    """
    found: set[tuple[str, str | None]] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(value)), *_]):
                found.add((name, value))
            case ast.Call(func=ast.Name(id=name), args=[_, *_]):
                found.add((name, None))
    return found


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Have Sphinx read again the pages whose fingerprint is not the one they were read with.

    After a build that did not come to its end these are all: a file that it left half written
    is younger than its page, and Sphinx would take it for done.
    """
    mark = Path(app.doctreedir, UNFINISHED)
    if mark.exists():
        return sorted(env.found_docs - added)
    mark.touch()
    digests: dict[str, str] = app.book.digests
    return [
        docname
        for docname, fingerprint in digests.items()
        if docname not in added and env.metadata[docname].get("fingerprint") != fingerprint
    ]


def build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Let the next build trust what this one wrote."""
    if exception is None:
        Path(app.doctreedir, UNFINISHED).unlink(missing_ok=True)


def source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the fingerprint into the page that MyST-NB is about to parse."""
    if fingerprint := app.book.digests.get(docname):
        source[0] = inject(source[0], fingerprint)


def doctree_read(app: Sphinx, doctree: Any) -> None:
    """Remember the fingerprint that a page was read with."""
    docname = app.env.current_document.docname
    if fingerprint := app.book.digests.get(docname):
        app.env.metadata[docname]["fingerprint"] = fingerprint


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; sphinx-gallery runs between `start` and `stamp_examples`."""
    app.connect("builder-inited", prepare, priority=400)
    app.connect("builder-inited", start, priority=490)
    app.connect("builder-inited", stamp_examples, priority=600)
    app.connect("builder-inited", finish, priority=900)
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", source_read)
    app.connect("doctree-read", doctree_read)
    app.connect("build-finished", build_finished, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
