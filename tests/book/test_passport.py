"""The foot of a page: what computed it, what that cost, and how to run it again."""

import json
import os
import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from tiny_book import HEADER, INDEX, TinyBook

from book_freshness import peak_of_memory
from book_passport import seeds_of
from dlbook.data import resolve
from dlbook.digest import versions

CODE = """from dlbook.claims import claim
from dlbook.data import load
seeds = load("seeds")
held = bytearray(300_000_000)
claim("tiny.rows", len(seeds.train.labels), seeds=(0, 1, 2), data=seeds)
"""
SITE = "https://github.com/owner/book/tree/gh-pages"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A book with a chapter, and with a page that runs nothing; its repository is not known."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.page("chapters/01-one", CODE)
    book.write("docs/words.md", "# Words\n\nNo code.\n")
    book.example("drawn", "VALUE = 1")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.write("docs/index.md", INDEX.format(pages="chapters/01-one\nwords\ngallery/index"))
    assert book.build() == ["chapters/01-one", "drawn"]
    return book


def fields(book: TinyBook) -> dict[str, str]:
    """Read the passport of the chapter."""
    page = BeautifulSoup((book.html / "chapters" / "01-one.html").read_text("utf-8"), "html.parser")
    names, bodies = page.select(".passport dt"), page.select(".passport dd")
    pairs = zip(names, bodies, strict=True)
    return {name.text.strip(":"): " ".join(body.text.split()) for name, body in pairs}


def constants(book: TinyBook) -> tuple[dict[str, dict[str, float]], dict[str, object]]:
    """Read the measured values."""
    script = (book.html / "_static" / "costs.js").read_text("utf-8")
    form = r"const COSTS = (.*);\nconst BUILT = (.*);\n"
    found = re.fullmatch(form, script, re.DOTALL)
    assert found is not None
    return json.loads(found[1]), json.loads(found[2])


def test_a_chapter_states_its_run(book: TinyBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    found = resolve("seeds")
    assert fields(book) == {
        "Data": f"{found.title} (stand-in, {found.digest[:8]})",
        "Seeds": "0 to 2",
        "Device": "cpu.",
        "Versions": ", ".join(versions()).replace("==", " ") + ".",
        "Run this page": "notebook, script",
    }
    costs, built = constants(book)
    assert set(costs) == {"chapters/01-one", "gallery/plot_drawn"}
    cost = costs["chapters/01-one"]
    assert 0 < cost["seconds"] < 600
    if sys.platform == "linux":
        assert 300 < cost["megabytes"] < 3000
    assert built["versions"] == versions()
    page = (book.html / "words.html").read_text("utf-8")
    assert 'data-built="with versions" hidden' in page
    assert 'src="_static/costs.js"' in page
    assert "data-cost" not in page


def test_a_passport_outlives_its_run(book: TinyBook) -> None:
    stated, (costs, _) = fields(book), constants(book)
    for options in ((), ("-E",)):
        assert book.build(*options) == []
        assert fields(book) == stated
        assert constants(book)[0] == costs
    book.replace("docs/chapters/01-one.md", "Prose.", "Other prose.")
    assert book.build() == []
    assert fields(book) == stated
    assert constants(book)[0] == costs


def test_a_known_repository_is_offered(book: TinyBook) -> None:
    assert book.build(DLBOOK_REPOSITORY=SITE) == []
    assert fields(book)["Run this page"] == "notebook, script, in Google Colab"
    page = (book.html / "chapters" / "01-one.html").read_text("utf-8")
    colab = (
        "https://colab.research.google.com/github/owner/book/blob/gh-pages/chapters/01-one.ipynb"
    )
    assert f'href="{colab}"' in page
    book.build(DLBOOK_REPOSITORY="git@github.com:owner/book", fails=True)
    assert "book_repository is 'git@github.com:owner/book': it must be" in book.output


def test_seeds_of_claims() -> None:
    live = {"kind": "live", "seeds": [0, 2, 1]}, {"kind": "live", "seeds": [7]}
    recorded = {"kind": "recorded", "seeds": [0, 1]}
    assert seeds_of(live) == "0 to 2, 7"
    assert seeds_of([recorded, *live]) == "0 to 2, 7; of recorded runs 0, 1"
    assert seeds_of([{"kind": "live", "seeds": []}]) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")
def test_the_peak_of_memory_is_that_of_the_process() -> None:
    code = "big = bytearray(200_000_000); big.clear(); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = peak_of_memory(process.pid)
        process.communicate("\n")
    assert peak is not None
    assert 200 < peak < 300
    assert peak_of_memory(process.pid) is None
    assert peak_of_memory() == pytest.approx(peak_of_memory(os.getpid()))
