"""What runs again, and what does not, in a copy of the project."""

import hashlib
import json
from pathlib import Path

import pytest
from tiny_book import HEADER, INDEX, TinyBook

EVERYTHING = ["data", "exercise", "left", "left_example", "record", "right", "right_example"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A book with two independent modules, of which one rests on a third."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.write("src/dlbook/base.py", "VALUE = 1\n")
    book.write("src/dlbook/left.py", "from dlbook.base import VALUE\n")
    book.write("src/dlbook/right.py", "VALUE = 3\n")
    for side in ("left", "right"):
        book.page(side, f"from dlbook.{side} import VALUE\nprint(VALUE)")
        book.example(f"{side}_example", f"from dlbook.{side} import VALUE")
    book.page(
        "data",
        "from dlbook.data import load\nfrom dlbook.claims import claim\n"
        'seeds = load("seeds")\n'
        'claim("tiny.rows", len(seeds.train.labels), at_least=200, data=seeds)',
    )
    book.page("record", 'from dlbook.records import load_record\nload_record("first_network")')
    book.page(
        "exercise",
        'from dlbook.exercises import check\ncheck("6.10", lambda e, a: (e.T @ a, e.sum(0)))',
    )
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    pages = "left\nright\ndata\nrecord\nexercise\nledger\ngallery/index"
    book.write("docs/index.md", INDEX.format(pages=pages))
    book.write("docs/ledger.md", "# Ledger\n\n```{ledger}\n```\n")
    assert book.build() == EVERYTHING
    return book


def tier(results: Path) -> str:
    """Read the tier of the only claim."""
    (claim,) = json.loads(results.read_text())
    return str(claim["tier"])


def test_exactly_what_is_stale_runs(book: TinyBook) -> None:
    results = book.html / "results.json"
    first = results.read_text()
    assert tier(results) == "standin"

    assert book.build() == [], "an untouched build runs nothing"
    assert "0 added, 0 changed, 0 removed" in book.output, "and reads nothing"
    assert results.read_text() == first

    book.replace("docs/left.md", "Prose.", "Other prose.")
    assert book.build() == [], "prose runs nothing"
    assert "Other prose." in (book.html / "left.html").read_text()

    book.replace("src/dlbook/base.py", "1", "2")
    assert book.build() == ["left", "left_example"], "a module runs what reaches it"
    assert "2\n" in (book.html / "left.html").read_text()

    book.replace("src/dlbook/base.py", "2", "1")
    assert book.build() == ["left_example"], "the cache still has the page's older outputs"
    assert "1\n" in (book.html / "left.html").read_text()

    assert book.build("-E") == [], "reading again is not running again"
    assert results.read_text() == first, "claims of pages that did not run are kept"

    book.replace("docs/right.md", "print(VALUE)", "print(VALUE + 1)")
    book.replace("docs/records/first_network.json", '"seeds"', ' "seeds"')
    assert book.build() == ["record", "right"], "a cell runs its page, a record what shows it"

    book.replace("src/dlbook/exercises/chapter07.py", "EXERCISES =", "EXERCISES: dict = ")
    assert book.build() == [], "exercises of another chapter run nothing"
    book.replace("src/dlbook/exercises/chapter06.py", "The slope is missing", "No slope")
    assert book.build() == ["exercise"], "a hint runs the page that may show it"


def test_another_tier_runs_the_pages_that_load_data(book: TinyBook) -> None:
    rows = ["15.26\t14.84\t0.871\t5.763\t3.312\t2.221\t5.22\t1"] * 210
    book.write("real/seeds_dataset.txt", "\n".join(rows) + "\n")
    local = {"DLBOOK_DATA": "real", "DLBOOK_DATA_DIR": str(book.folder / "real")}
    book.build(fails=True, **local)
    assert "seeds_dataset.txt" in book.output, "an unverified file is named"

    digest = hashlib.sha256((book.folder / "real/seeds_dataset.txt").read_bytes()).hexdigest()
    book.write("real/SHA256SUMS", f"{digest}  seeds_dataset.txt\n")
    assert book.build(**local) == ["data"]
    assert tier(book.html / "results.json") == "local"


def test_a_failing_cell_fails_every_build(tmp_path: Path) -> None:
    book = TinyBook(tmp_path)
    book.page("broken", "1 / 0")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.example("drawn", "VALUE = 1")
    book.write("docs/index.md", INDEX.format(pages="broken\ngallery/index"))
    for _ in range(2):
        book.build(fails=True)
        assert "broken.md: a cell failed" in book.output
        assert "ZeroDivisionError" in book.output
