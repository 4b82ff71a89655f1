"""The gallery beside the book: which example shows what, and what it cost.

Examples, chapters and the reference lead to each other by the names of the library that they use.
Nothing of this is typed: it is read from the code at every build. A public name that neither a
chapter nor an example uses is a warning, and so is an example that drew nothing.
"""

import ast
import html
import json
import random
import re
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from docutils import nodes
from matplotlib.figure import Figure
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx_gallery.backreferences import NameFinder
from sphinx_gallery.directives import imgsgnode
from sphinx_gallery.scrapers import matplotlib_scraper

from book_concepts import ranges
from book_freshness import Book, first_arguments, peak_of_memory
from book_passport import passport
from dlbook.data import DATASETS
from dlbook.records import load_record

LOG = logging.getLogger(__name__)
SEED = 0
NAMED = ("function", "class", "exception", "data")
COST = ".run.json"
CHAPTER = re.compile(r"\b[Cc]hapter (\d+)")
MENTION = re.compile(
    r"`(?:dlbook\.[\w.]*\.)?(\w+)(?:\([^`\n]*\))?`|:pyobject: (\w+)|load_record\(\"(\w+)\"\)"
)
DOCUMENTED = re.compile(r"\.\. auto(?:module|data|class):: ([\w.]+)")
# Names that say nothing of what an example is about.
EVERYWHERE = ("dlbook.plotting.", "dlbook.data.")
MANY = 8
HEADING = re.compile(r"^# (\S.*)\n# ([-=])\2+$", re.MULTILINE)
ALT = re.compile(r"(?<=:alt: ).*")
MINI_GALLERY = "\n\n## Examples\n\n```{{eval-rst}}\n.. minigallery::\n{paths}\n```\n"
_started: dict[str, float] = {}
_filters = ExitStack()


def reset(gallery_conf: Mapping[str, Any], fname: str | None, when: str) -> None:
    """Put back what an example may have set; time it and note its peak of memory.

    sphinx-gallery calls this before and after each example, in the process that runs it.
    """
    if when == "after" and fname in _started:
        seconds = perf_counter() - _started.pop(fname)
        cost = {"seconds": round(seconds, 1)}
        if (megabytes := peak_of_memory()) is not None:
            cost["megabytes"] = round(megabytes)
        target = Path(gallery_conf["src_dir"], "gallery", fname).with_suffix(COST)
        target.write_text(json.dumps(cost), "utf-8")
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)
    torch.set_grad_enabled(True)
    _filters.close()
    if when == "before" and fname is not None:
        _filters.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")  # an example that prints a warning has something to mend
        forget_peak_of_memory()
        _started[fname] = perf_counter()


def forget_peak_of_memory() -> None:
    """Start to measure anew, where the system can; a process may have run other examples before."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def scrape(block: tuple[str, str, int], block_vars: Mapping[str, Any], conf: Any) -> str:
    """Save the figures of a block, each with a text alternative that says what it shows."""
    above = "".join(Path(block_vars["src_file"]).read_text("utf-8").splitlines(True)[: block[2]])
    headings = [heading for heading, _ in HEADING.findall(above)]
    topic = headings[-1] if headings else above.strip('"\n ').partition("\n")[0]
    alts = iter([describe(plt.figure(number), topic) for number in plt.get_fignums()])
    return ALT.sub(lambda _: next(alts), matplotlib_scraper(block, block_vars, conf))


def _get_sg_image_scraper() -> Any:
    """Hand `scrape` to sphinx-gallery, which knows it by the name of this module."""
    return scrape


def describe(figure: Figure, topic: str) -> str:
    """Say in words what a figure shows: its topic, its panels, what its axes and colors mean."""
    bars = [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]
    panels = [axes for axes in figure.axes if axes not in bars]
    titles = [figure.get_suptitle(), *(axes.get_title() for axes in panels)]
    against = [(axes.get_ylabel(), axes.get_xlabel()) for axes in panels]
    keys = [axes.get_legend() for axes in panels] + figure.legends
    parts = {
        f"Figure, {len(panels)} panels" if len(panels) > 1 else "Figure": titles,
        "Axes": [" against ".join(filter(None, pair)) for pair in against],
        "Legend": [text.get_text() for key in keys if key for text in key.get_texts()],
        "Colors": [bar.get_ylabel() or bar.get_xlabel() for bar in bars],
    }
    words = [topic]
    for name, texts in parts.items():
        if shown := "; ".join(dict.fromkeys(" ".join(text.split()) for text in texts if text)):
            words.append(f"{name}: {shown}")
    # It stands between quotation marks, where sphinx-gallery escapes nothing.
    return html.escape(". ".join(words) + ".")


def names_in(code: str) -> set[str]:
    """List the names of the library that a piece of code uses, in full."""
    finder = NameFinder()
    finder.visit(ast.parse(code))
    found = {full for _, full, *_ in finder.get_mapping()}
    return {name for name in found if name.startswith("dlbook.")}


def mentioned_in(text: str) -> set[str]:
    """List the names that are code spans, the code that a page includes, and its records."""
    return {name for names in MENTION.findall(text) for name in names if name}


class Uses:
    """Which chapters and which examples use which names of the library."""

    def __init__(self, app: Sphinx) -> None:
        book: Book = app.book
        self.names: dict[str, set[str]] = {}
        self.paths: dict[str, Path] = {}
        self.numbers: dict[str, set[int]] = {}
        self.mentioned: dict[str, set[str]] = {}
        self.chapters = {
            int(number[1]): docname
            for docname in sorted(book.pages)
            if (number := re.match(r"chapters/(\d+)-", docname))
        }
        for docname in self.chapters.values():
            self.names[docname] = names_in(book.codes[docname])
            self.mentioned[docname] = mentioned_in(book.pages[docname].read_text("utf-8"))
        for path in book.examples():
            docname = f"gallery/{path.relative_to(book.gallery).with_suffix('').as_posix()}"
            text = path.read_text("utf-8")
            self.paths[docname] = path
            self.names[docname] = names_in(text)
            self.numbers[docname] = {int(number) for number in CHAPTER.findall(text)}
            self.mentioned[docname] = mentioned_in(text)
        self.users: dict[str, list[str]] = defaultdict(list)
        for docname, names in self.names.items():
            for name in names:
                self.users[name].append(docname)

    def pages_with(self, name: str) -> list[str]:
        """List the chapters and examples that use a name, or something of it, or write of it."""
        short = name.rpartition(".")[2]
        return sorted(
            page
            for page, names in self.names.items()
            if short in self.mentioned[page]
            or any(f"{used}.".startswith(f"{name}.") for used in names)
        )

    def telling(self, name: str) -> bool:
        """Say whether a name tells examples apart: one that most of them use does not."""
        examples = self.paths.keys() & self.users[name]
        return not name.startswith(EVERYWHERE) and len(examples) <= MANY

    def examples_for(self, docname: str, text: str) -> list[str]:
        """List the examples that belong to a page: a chapter, or a page of the reference.

        To a chapter belong those that use a name which this chapter is the first to use, and those
        that name it; to a page of the reference those that use a name which it describes.
        """
        if docname in self.chapters.values():
            number = next(n for n, chapter in self.chapters.items() if chapter == docname)
            first = {name for name, users in self.users.items() if min(users) == docname}
            return [
                example
                for example in self.paths
                if number in self.numbers[example]
                or any(map(self.telling, self.names[example] & first))
            ]
        modules = tuple(DOCUMENTED.findall(text))
        return [
            example
            for example in self.paths
            if any(
                self.telling(name)
                for name in self.names[example]
                if any(f"{name}.".startswith(f"{module}.") for module in modules)
            )
        ]


def share_cores(app: Sphinx, config: Config) -> None:
    """Leave half of the cores to the pages; of two, sphinx-gallery then starts no process."""
    config.sphinx_gallery_conf["parallel"] = max(1, app.parallel // 2)


def prepare(app: Sphinx) -> None:
    """Find the uses before the pages are read, in the process that the readers are forked from."""
    app.uses = Uses(app)
    for docname, path in app.uses.paths.items():
        if not cost_file(app, path).exists():
            # sphinx-gallery runs an example whose checksum file is missing.
            Path(app.srcdir, docname).with_suffix(".py.md5").unlink(missing_ok=True)


def cost_file(app: Sphinx, script: Path) -> Path:
    """Name the file with the cost of an example; sphinx-gallery refuses two of one name."""
    return Path(app.srcdir, "gallery", script.name).with_suffix(COST)


def source_read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let a chapter, or a page of the reference, end with its examples."""
    examples = app.uses.examples_for(docname, source[0])
    if examples:
        paths = "\n".join(f"   ../{example}.py" for example in examples)
        source[0] += MINI_GALLERY.format(paths=paths)


def describe_uses(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Say at the end of an entry of the reference which pages use the name."""
    if what in NAMED:
        pages = app.uses.pages_with(name)
        for kind in ("chapters", "gallery"):
            links = [f":doc:`/{page}`" for page in pages if page.startswith(kind)]
            if links:
                word = "Used in" if kind == "chapters" else "Examples"
                lines += ["", f"{word}: {'; '.join(links)}."]


class ChapterLinks(SphinxTransform):
    """Make a link of the words "Chapter 4" in an example and in the reference."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Replace the words."""
        docname = self.env.current_document.docname
        if not docname.startswith(("gallery/", "api/")):
            return
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.reference):
                continue
            text.parent.replace(text, list(self.linked(text.astext(), docname)))

    def linked(self, text: str, docname: str) -> Iterator[nodes.Node]:
        """Cut a text at the names of chapters."""
        done = 0
        for words in CHAPTER.finditer(text):
            chapter = self.app.uses.chapters.get(int(words[1]))
            if chapter is None:
                continue
            yield nodes.Text(text[done : words.start()])
            yield pending_xref(
                "",
                nodes.inline("", words[0]),
                refdomain="std",
                reftype="doc",
                reftarget=f"/{chapter}",
                refexplicit=True,
                refwarn=True,
                refdoc=docname,
            )
            done = words.end()
        yield nodes.Text(text[done:])


def add_passport(app: Sphinx, doctree: nodes.document, docname: str, path: Path) -> None:
    """State under an example what drew it."""
    if not any(f"/sphx_glr_{path.stem}_" in image["uri"] for image in doctree.findall(imgsgnode)):
        LOG.warning("the example drew no figure", location=docname, type="gallery")
    if not app.uses.numbers[docname]:
        LOG.warning("the example names no chapter", location=docname, type="gallery")
    code = [path.read_text("utf-8")]
    names = {file.stem for file in app.book.records.glob("*.json")}
    records = [load_record(name) for name in first_arguments(code, "load_record", names)]
    seeds = [f"{SEED} before the first line, then as the code sets them"]
    seeds += [f"{ranges(record.seeds)} of the recorded run {record.name}" for record in records]
    footing = passport(
        app,
        docname,
        loaded=first_arguments(code, "load", DATASETS),
        recorded=[f"{record.title} (recorded, {record.tier})" for record in records],
        seeds="; ".join(seeds),
        device="cpu, one thread a process",
    )
    footer = next(n for n in doctree.findall(nodes.container) if "sphx-glr-footer" in n["classes"])
    footer.parent.insert(footer.parent.index(footer), footing)


def state(app: Sphinx, docname: str) -> str:
    """Say what a page shows of the uses."""
    if docname in app.uses.chapters.values():
        return str(app.uses.examples_for(docname, ""))
    if not docname.startswith("api/"):
        return ""
    examples = app.uses.examples_for(docname, Path(app.env.doc2path(docname)).read_text("utf-8"))
    entries = app.env.domains["py"].objects.items()
    described = [name for name, entry in entries if entry.docname == docname]
    return str([examples, [(name, app.uses.pages_with(name)) for name in sorted(described)]])


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Have the pages read again whose examples are not those they were read with."""
    known = env.found_docs - added
    return [d for d in known if env.metadata[d].get("gallery", "") != state(app, d)]


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Finish an example; remember what any page shows of the uses."""
    docname = app.env.current_document.docname
    app.env.metadata[docname]["gallery"] = state(app, docname)
    if docname in app.uses.paths:
        add_passport(app, doctree, docname, app.uses.paths[docname])


def check_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of a public name that is not put to use, or not described; this runs in every build."""
    reference = env.domains["py"]
    for module, entry in sorted(reference.modules.items()):
        for name in getattr(import_module(module), "__all__", ()):
            if f"{module}.{name}" not in reference.objects:
                text = f"{module}.{name} is public and not in the reference"
                LOG.warning(text, location=entry.docname, type="gallery")
    for name, entry in sorted(reference.objects.items()):
        if entry.objtype in NAMED and not entry.aliased and not app.uses.pages_with(name):
            text = f"{name} is in the reference, but no chapter and no example uses or explains it"
            LOG.warning(text, location=entry.docname, type="gallery")


def read_costs(app: Sphinx, error: Exception | None) -> None:
    """Put what the examples cost beside what the pages cost."""
    for docname, path in app.uses.paths.items() if error is None else ():
        if (cost := cost_file(app, path)).exists():
            app.book.costs[docname] = json.loads(cost.read_text("utf-8"))


def home_of_alias(app: Sphinx, modname: str, attribute: str) -> str | None:
    """Keep viewcode from looking for an alias of a type, such as of list[float], in builtins."""
    value = getattr(sys.modules.get(modname), attribute, None)
    return modname if getattr(value, "__module__", "") == "builtins" else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; `prepare` comes after the fingerprints and before sphinx-gallery."""
    app.setup_extension("sphinx.ext.autodoc")
    app.add_transform(ChapterLinks)
    app.connect("config-inited", share_cores, priority=5)  # before sphinx-gallery reads it
    app.connect("builder-inited", prepare, priority=450)
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", source_read)
    app.connect("autodoc-process-docstring", describe_uses, priority=900)
    app.connect("doctree-read", doctree_read)
    app.setup_extension("sphinx.ext.viewcode")
    app.connect("viewcode-follow-imported", home_of_alias)
    app.connect("env-check-consistency", check_names)
    app.connect("build-finished", read_costs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
