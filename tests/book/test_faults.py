"""A build that is killed, outputs that are damaged: what the next build ends in is a right site.

======================================  ======================================================
fault                                   test
======================================  ======================================================
build killed, at three random moments   here
page, index or outputs damaged          here
cache of outputs: notebook cut short    here, at every seventh byte
cache of outputs: database damaged      here, at four places; named with the cure
kernel that outlives its build          test_kernel.py
======================================  ======================================================
"""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
from pathlib import Path
from time import perf_counter

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from tiny_book import HEADER, INDEX, TinyBook

import book_freshness

PAGES = ["one", "three", "two"]
CELL = 'from dlbook.claims import claim\nclaim("tiny.{name}", {value})'
GARBAGE = random.Random(0).randbytes(3000)


class Undisturbed:
    """A book that was built once, with what its site held and how long it took."""

    def __init__(self, folder: Path) -> None:
        self.book = TinyBook(folder)
        for value, name in enumerate(PAGES):
            self.book.page(name, CELL.format(name=name, value=value))
        self.book.write("gallery/GALLERY_HEADER.rst", HEADER)
        self.book.example("drawn", "VALUE = 1")
        self.book.write("docs/index.md", INDEX.format(pages="\n".join([*PAGES, "gallery/index"])))
        start = perf_counter()
        assert self.build() == sorted(["drawn", *PAGES])
        self.seconds = perf_counter() - start
        self.site = self.digests()

    def build(self) -> list[str]:
        """Build on two cores; name the pages and examples that ran."""
        return self.book.run("-m", "sphinx", *self.book.options("-j", "2"))

    def digests(self) -> dict[str, str]:
        """Hash the pages of the site, and name its other files."""
        results = json.loads((self.book.html / "results.json").read_text())
        assert {claim["key"] for claim in results} == {f"tiny.{page}" for page in PAGES}
        return {
            str(file.relative_to(self.book.html)): digest(file) if file.suffix == ".html" else ""
            for file in self.book.html.rglob("*")
            if file.is_file()
        }

    @property
    def cached(self) -> list[Path]:
        """List the notebooks in the cache."""
        cache = self.book.folder / "docs" / "_build" / "jupyter_cache"
        return sorted(cache.rglob("base.ipynb"))


def digest(page: Path) -> str:
    """Hash a page, without the versions of style sheets: a first build lacks some of them."""
    return hashlib.sha256(re.sub(rb"\?v=[0-9a-f]+", b"", page.read_bytes())).hexdigest()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("book"))


def test_a_killed_build_is_finished_by_the_next(undisturbed: Undisturbed) -> None:
    book = undisturbed.book
    book.forget()
    chance = random.Random(0)
    n_killed = 0
    while n_killed < 3:
        # Each of these builds starts from what the one before left ...
        run = book.start("-m", "sphinx", *book.options("-j", "2"))
        try:
            run.communicate(timeout=chance.random() * undisturbed.seconds)
            book.forget()  # ... or with nothing, if that was too little to be killed in
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            n_killed += 1
    undisturbed.build()
    assert undisturbed.digests() == undisturbed.site


def test_what_is_damaged_is_made_again(undisturbed: Undisturbed) -> None:
    html = undisturbed.book.html
    (html / "one.html").write_text("<html>")
    (html / "searchindex.js").unlink()
    (html.with_name("doctrees") / book_freshness.UNFINISHED).touch()
    truncated, garbage, missing = undisturbed.cached
    truncated.write_bytes(truncated.read_bytes()[:-20])
    garbage.write_bytes(GARBAGE)
    missing.unlink()
    assert undisturbed.build() == PAGES
    assert undisturbed.digests() == undisturbed.site
    assert len(undisturbed.cached) == 3


def cached_notebook(folder: Path) -> Path:
    """Put a notebook into a new cache."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    get_cache(folder).cache_notebook_bundle(
        CacheBundleIn(notebook, "page.md"), check_validity=False
    )
    (path,) = folder.rglob("base.ipynb")
    return path


def test_a_damaged_notebook_is_noticed_wherever_it_was_cut(tmp_path: Path) -> None:
    path = cached_notebook(tmp_path)
    whole = path.read_bytes()
    cache = book_freshness.open_cache(tmp_path)
    (record,) = cache.list_cache_records()
    assert book_freshness.is_whole(cache, record)
    cuts = [whole[:length] for length in range(0, len(whole) - 2, 7)]
    for damaged in [*cuts, GARBAGE, b"{}", b"[]", whole.replace(b"1 + 1", b"1 + 2")]:
        path.write_bytes(damaged)
        assert not book_freshness.is_whole(cache, record), damaged


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, None])
def test_a_damaged_database_is_named_with_the_cure(tmp_path: Path, share: float | None) -> None:
    cached_notebook(tmp_path)
    database = tmp_path / "global.db"
    content = database.read_bytes()
    database.write_bytes(GARBAGE if share is None else content[: int(len(content) * share)])
    with pytest.raises(SystemExit, match=rf"{database}: damaged .* Delete the folder {tmp_path};"):
        book_freshness.open_cache(tmp_path)


def test_a_database_without_tables_is_filled(tmp_path: Path) -> None:
    cached_notebook(tmp_path)
    (tmp_path / "global.db").write_bytes(b"")
    assert book_freshness.open_cache(tmp_path).list_cache_records() == []
