"""What a clock measured stands in files of its own; two builds from nothing differ in no other."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from reproduce import VOLATILE, differences
from tiny_book import HEADER, INDEX, TinyBook

from book_timed import FILE, leave_places

# Chance stands for the clock.
CHANCE = "from random import SystemRandom\nclock = SystemRandom().random\n"
CODE = f"""{CHANCE}from dlbook import plotting
from dlbook.claims import claim
print("this stays")
```

```{{code-cell}} python
---
tags: [hide-input, timed]
mystnb: {{image: {{alt: A line.}}, figure: {{caption: A caption., name: fig-line}}}}
---
import matplotlib.pyplot as plt
print("printed:", clock())
plt.plot([clock(), clock()]);
```

```{{code-cell}} python
---
tags: [hide-cell, timed]
---
claim("tiny.faster", clock(), at_least=0, timed=True)
plotting.Table(["", "time"], [["tabled", clock()]])
```

```{{code-cell}} python
claim("tiny.slower", clock(), at_most=1, timed=True, format=".9f")
claim("tiny.steady", 0.25)"""
EXAMPLE = f'{CHANCE}VALUE = clock()\nprint("example:", VALUE)\n'
TAGS = '# sphinx_gallery_tags = ["timed"]\n'
WORDS = "# Words\n\nIt is {claim}`tiny.slower` and {claim}`tiny.steady`.\n"
PAGES = ("chapters/01-one", "words", "ledger", "gallery/index", "gallery/plot_drawn")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[TinyBook, TinyBook]:
    """The same book, built twice from nothing."""
    both = TinyBook(tmp_path_factory.mktemp("first")), TinyBook(tmp_path_factory.mktemp("second"))
    for book in both:
        book.page("chapters/01-one", CODE)
        book.write("docs/words.md", WORDS)
        book.write("docs/ledger.md", "# Ledger\n\n```{ledger}\n```\n")
        book.example("drawn", EXAMPLE + TAGS)
        book.write("gallery/GALLERY_HEADER.rst", HEADER)
        book.write("docs/index.md", INDEX.format(pages="\n".join(PAGES[:4])))
        assert book.build() == ["chapters/01-one", "drawn"]
    return both


def measured(book: TinyBook) -> dict[str, str]:
    """Read what the script puts into the places of the pages."""
    script = (book.html / FILE).read_text("utf-8")
    found: dict[str, str] = json.loads(script.partition("const MEASURED = ")[2].rstrip(";\n"))
    return found


def page(book: TinyBook, name: str) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup((book.html / f"{name}.html").read_text("utf-8"), "html.parser")


def test_two_builds_differ_in_what_they_measured(books: tuple[TinyBook, TinyBook]) -> None:
    first, second = books
    assert list(differences(first.html, second.html)) == []
    one, other = measured(first), measured(second)
    assert one.keys() == other.keys()
    assert [key for key in one if one[key] == other[key]] == []


def test_a_page_has_places_for_what_was_measured(books: tuple[TinyBook, TinyBook]) -> None:
    book, _ = books
    assert page(book, "ledger").select(f"script[src='{FILE}'] ~ * script[src$='passport.js']")
    assert not page(book, "genindex").select("script[src$='measured.js']")
    places = {name: page(book, name).select(".measured[data-measured]") for name in PAGES}
    found = measured(book)
    assert {str(item["data-measured"]) for items in places.values() for item in items} == set(found)
    assert [[item.text for item in places[name]] for name in ("words", "ledger")] == [
        ["(measured)"], ["(measured)", "(measured)"]
    ]  # fmt: skip
    filled = "".join(found[str(item["data-measured"])] for item in places["chapters/01-one"])
    shown = BeautifulSoup(filled, "html.parser")
    assert [re.sub(r"\d\.\d+", "N", text) for text in shown.stripped_strings] == [
        "printed: N", "N", "time", "tabled", "N", "N"
    ]  # fmt: skip
    assert [image["alt"] for image in shown.select("img[src^='data:image/']")] == ["A line.", ""]
    chapter = page(book, "chapters/01-one")
    assert "this stays" in chapter.text
    assert len(chapter.select("figure#fig-line > p.measured.picture + figcaption")) == 1


def test_claims_keep_all_but_their_values(books: tuple[TinyBook, TinyBook]) -> None:
    book, _ = books
    results = json.loads((book.html / "results.json").read_text())
    assert [[entry[name] for name in ("key", "value", "held", "timed")] for entry in results] == [
        ["tiny.faster", None, True, True],
        ["tiny.slower", None, True, True],
        ["tiny.steady", 0.25, None, False],
    ]
    for name in ("chapters/01-one", "ledger"):
        assert page(book, name).find(id="claim-tiny.faster")


def test_builds_that_write_little_keep_what_was_measured(books: tuple[TinyBook, TinyBook]) -> None:
    book, _ = books
    before = measured(book)
    book.replace("docs/words.md", "It is", "It was")
    assert book.build() == []
    assert measured(book) == before


@pytest.mark.parametrize(("builder", "kept"), [("html", False), ("epub", True)])
def test_a_book_in_a_file_keeps_what_was_measured(builder: str, kept: bool) -> None:
    app: Any = SimpleNamespace(
        builder=SimpleNamespace(name=builder), timed={"page": nodes.image(uri="")}
    )
    page = new_document("page")
    page += nodes.literal_block("", "1.5 s", classes=["sphx-glr-script-out"])
    leave_places(app, page, "page")
    assert ("1.5 s" in page.astext()) == kept


def test_the_comparison_names_what_differs(tmp_path: Path) -> None:
    for site, text in (("a", "one\ntwo words\n"), ("b", "one\ntwo wards\n")):
        for name in (f"only-{site}.txt", "both.txt", *VOLATILE):
            (tmp_path / site / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / site / name).write_text(text)
    assert list(differences(tmp_path / "a", tmp_path / "b")) == [
        "both.txt, line 2:\n  b'two words\\n'\n  b'two wards\\n'",
        f"{tmp_path}/a/only-a.txt has no counterpart",
        f"{tmp_path}/b/only-b.txt has no counterpart",
    ]
