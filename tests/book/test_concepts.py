"""The concept map: what is refused, what chapters and the map show, and the map of this book."""

import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from small_site import SmallSite

from book_concepts import Chapter, Concepts, draw_row, lay_lines, ranges

DOCS = Path(__file__).parents[2] / "docs"
CONF = """
extensions = ["myst_parser", "book_concepts"]
myst_enable_extensions = ["deflist"]
concepts_assumed = ["arithmetic"]
"""
AIMS = "\nYou will be able to\n: count.\n\n{need}Cost\n: nothing.\n"
GLOSSARY = "# Words\n\n```{glossary}\nsum\n: What adding gives.\n```\n"
ONE = ["sum"], ["arithmetic"]
TWO = ["product"], ["sum"]


def chapter(title: str, teaches: list[str], needs: list[str], need: str = "") -> str:
    """Write a chapter."""
    front = f"---\nteaches: {teaches}\nneeds: {needs}\n---\n"
    return f"{front}# {title}\n{AIMS.format(need=need)}"


def small_book(folder: Path, *chapters: tuple[list[str], list[str]]) -> SmallSite:
    """Write a site of chapters that teach and need something."""
    site = SmallSite(folder, CONF)
    names = [f"{number}-chapter" for number in range(1, len(chapters) + 1)]
    for name, (teaches, needs) in zip(names, chapters, strict=True):
        site.write(f"{name}.md", chapter(f"Chapter {name[0]}", teaches, needs))
    pages = "\n".join(["preface", "map", "words", *names])
    site.write("index.md", f"# Index\n\n```{{toctree}}\n{pages}\n```\n")
    site.write("preface.md", "# Preface\n")
    site.write("map.md", "# Map\n\n```{concept-map}\n```\n")
    site.write("words.md", GLOSSARY)
    return site


def text_of(site: SmallSite, page: str, selector: str) -> list[str]:
    """Read parts of a page that was built."""
    soup = BeautifulSoup(site.read(f"{page}.html"), "html.parser")
    return [" ".join(item.text.split()) for item in soup.select(selector)]


def test_a_chapter_states_its_needs_with_links(tmp_path: Path) -> None:
    site = small_book(tmp_path, ONE, TWO, (["power"], ["sum", "arithmetic", "product"]))
    by_hand = chapter("Chapter 2", *TWO, need="You need\n: Patience.\n\n")
    site.write("2-chapter.md", by_hand)
    site.build()
    assert text_of(site, "1-chapter", "dd")[1] == "arithmetic (assumed)."
    assert text_of(site, "2-chapter", "dd")[1] == "sum (chapter 1). Patience."
    needs = "arithmetic (assumed); sum (chapter 1); product (chapter 2)."
    assert text_of(site, "3-chapter", "dd")[1] == needs
    page = BeautifulSoup(site.read("3-chapter.html"), "html.parser")
    links = [str(link["href"]) for link in page.select("dd a")]
    assert links == ["preface.html", "1-chapter.html", "2-chapter.html"]


def test_the_map_follows_a_chapter_that_changes(tmp_path: Path) -> None:
    site = small_book(tmp_path, ONE, TWO)
    site.build()
    items = text_of(site, "map", ".concept-map li")
    assert items == [
        "1. Chapter 1 Teaches sum. Needs arithmetic (assumed).",
        "2. Chapter 2 Teaches product. Needs sum (chapter 1). The way here: 1.",
    ]
    page = site.read("map.html")
    assert page.count("<svg") == page.count("<circle") == 2
    assert 'href="words.html#term-sum"' in page
    assert "product.html" not in page

    site.write("1-chapter.md", chapter("Other", ["sum", "difference"], ["arithmetic"]))
    site.build()
    assert text_of(site, "map", ".concept-map li")[0].startswith("1. Other Teaches sum, difference")
    assert 'title="Other"' in site.read("2-chapter.html"), "it was not changed itself"


@pytest.mark.parametrize(
    ("chapters", "problem"),
    [
        ([ONE, (["product"], ["zero"])], "2-chapter.md: WARNING: 'zero' is needed here, but no"),
        ([ONE, (["sum"], [])], "2-chapter.md: WARNING: 'sum' is taught here, and in 1-chapter too"),
        ([(["sum", "sum"], [])], "1-chapter.md: WARNING: 'sum' is taught here twice"),
        ([(["arithmetic"], [])], "WARNING: 'arithmetic' is taught here, and assumed"),
        ([(["sum"], ["product"]), (["product"], [])], "WARNING: 'product' is needed here, but com"),
    ],
)
def test_what_is_refused(
    tmp_path: Path, chapters: list[tuple[list[str], list[str]]], problem: str
) -> None:
    site = small_book(tmp_path, *chapters)
    times = chapters[0][0].count("sum") if "twice" in problem else 1
    for _ in range(2):
        site.build(warnings={problem: times})


def test_a_circle_is_refused(tmp_path: Path) -> None:
    site = small_book(tmp_path, (["sum"], ["product"]), TWO)
    circle = "need each other in a circle: 1-chapter, 2-chapter, 1-chapter"
    site.build(warnings={"comes later": 1, circle: 1})


def test_needs_without_a_place_are_refused(tmp_path: Path) -> None:
    site = small_book(tmp_path, ONE)
    site.write("1-chapter.md", "---\nneeds: []\n---\n# Chapter 1\n")
    site.build(warnings={"the needs have no place": 1})


def test_a_line_is_left_out_where_a_longer_way_says_the_same() -> None:
    stated = {"a": "", "b": "a", "c": "ab", "d": "a", "e": "ac", "f": "ad"}
    concepts = Concepts([Chapter(k, k, [k], list(needs)) for k, needs in stated.items()], [])
    assert not list(concepts.problems())
    assert concepts.all_before("e") == {"a", "b", "c"}
    assert {name: "".join(sorted(concepts.next_before(name))) for name in stated} == {
        "a": "", "b": "a", "c": "b", "d": "a", "e": "c", "f": "d"
    }  # fmt: skip
    lines = lay_lines(concepts)
    # a to b, a to d beside it; c to e and d to f cross, so that they need two lanes.
    assert lines == [(0, 0, [1]), (1, 0, [3]), (0, 1, [2]), (2, 2, [4]), (1, 3, [5])]
    drawn = [draw_row(place, lines) for place in range(len(stated))]
    assert all(row.count("<circle") == 1 for row in drawn)
    assert len({re.findall(r' width="(\d+)"', row)[0] for row in drawn}) == 1


def test_ranges() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1 to 3, 5, 7, 8"


def test_every_chapter_of_this_book_says_what_it_teaches() -> None:
    preface = (DOCS / "preface.md").read_text("utf-8")
    conf = (DOCS / "conf.py").read_text("utf-8")
    assumed = re.findall(r'^concepts_assumed = \["(.*)", "(.*)"\]', conf, re.MULTILINE)
    assert all(concept in preface for concept in assumed[0])
    for path in DOCS.glob("chapters/*.md"):
        front = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
        assert 3 <= len(front["teaches"]) <= 8, path.name
        assert front["needs"], path.name
