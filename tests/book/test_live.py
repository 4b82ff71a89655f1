"""Live figures: where their data go, and how a page shows the figure of another."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from bs4 import BeautifulSoup
from small_site import SmallSite

from dlbook.interactive import _LiveFigure

CONF = """
extensions = ["myst_nb", "book_live"]
html_static_path = ["_static"]
version = "1"
copyright = "nobody"
"""
SHOWN = "# Start\n\n```{live} line\n```\n\n```{toctree}\n:glob:\n\npages/*\n```\n"
FIGURE = """
```{{figure}} ../line.svg
:alt: A line.
:name: fig-line-live

A line rises.
```

```{{raw}} html
{mark}
```
"""
EXECUTED = """---
file_format: mystnb
---
# One

```{code-cell} python
---
mystnb:
  image:
    alt: A line.
  figure:
    caption: A line rises.
    name: fig-line-live
---
from IPython.display import SVG

SVG(filename="../line.svg")
```

```{code-cell} python
from dlbook.interactive import make_live

make_live("line", instead_of="fig-line-live", heights=[1, 2])
```
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 9 9 0"/></svg>'


def small_book(folder: Path) -> SmallSite:
    """Write a site whose first page shows a figure that no page makes yet."""
    site = SmallSite(folder, CONF)
    for name in ("pages", "_static", "_static/interactive"):
        (folder / name).mkdir()
    for name in ("live", "line"):
        site.write(f"_static/interactive/{name}.js", "")
    site.write("line.svg", PICTURE)
    site.write("index.md", SHOWN)
    site.write("pages/none.md", "# None\n")
    return site


def making(title: str, still: str = "fig-line-live", **data: Any) -> str:
    """Write a page that makes the figure."""
    mark = _LiveFigure("line", still, data)._repr_html_()
    return f"# {title}\n{FIGURE.format(mark=mark)}"


def scripts(site: SmallSite, page: str) -> list[str]:
    """List the scripts of live figures that a page loads, without their checksums."""
    soup = BeautifulSoup(site.read(page), "html.parser")
    names = [str(script.get("src", "")).split("?")[0] for script in soup.select("script")]
    return [name.rpartition("interactive/")[2] for name in names if "interactive/" in name]


def data_of(site: SmallSite) -> Any:
    """Read the data from their file."""
    text = (site.html / "_static" / "interactive" / "data" / "line.js").read_text("utf-8")
    assignment, _, data = text.partition(" = ")
    assert assignment == 'dlbook.data["line"]'
    return json.loads(json.loads(data.removesuffix(";\n")))


def test_a_page_shows_the_figure_of_another(tmp_path: Path) -> None:
    site = small_book(tmp_path)
    site.write("pages/one.md", EXECUTED)
    site.build("-D", "nb_execution_mode=force")
    assert data_of(site) == {"heights": [1, 2]}
    for page in ("index.html", "pages/one.html"):
        assert scripts(site, page) == ["live.js", "data/line.js", "line.js"]
        soup = BeautifulSoup(site.read(page), "html.parser")
        (mark,) = soup.select("[data-live]")
        assert mark.attrs == {
            "class": ["live-figure"], "data-live": "line", "data-still": "fig-line-live",
        }  # fmt: skip
        (image,) = soup.select("div.cell_output figure#fig-line-live img")
        assert image["alt"] == "A line."
        ElementTree.parse(site.html / Path(page).parent / str(image["src"]))
    assert scripts(site, "pages/none.html") == []
    caption = BeautifulSoup(site.read("index.html"), "html.parser").select_one("figcaption p")
    assert caption is not None
    assert " ".join(caption.text.split()).startswith("A line rises. From the chapter One.")
    assert caption.select("a")[0]["href"] == "pages/one.html#fig-line-live"


def test_a_figure_comes_changes_and_goes(tmp_path: Path) -> None:
    site = small_book(tmp_path)
    site.build()
    assert scripts(site, "index.html") == []
    assert "<figure" not in site.read("index.html")

    site.write("pages/one.md", making("One", heights=[1, 2]))
    site.build()
    before = site.read("index.html")
    assert "From the chapter" in before
    site.write("pages/one.md", making("Other", heights=['<"&', 3]))
    site.build()
    assert data_of(site) == {"heights": ['<"&', 3]}
    after = site.read("index.html")
    assert "Other" in after
    assert before.partition("data/line.js?v=")[2][:8] != after.partition("data/line.js?v=")[2][:8]

    site.write("pages/one.md", "# One\n")
    site.build()
    assert scripts(site, "index.html") == []


def test_mistakes_are_told(tmp_path: Path) -> None:
    site = small_book(tmp_path)
    site.write("index.md", SHOWN.replace("} line", "} lnie"))
    site.write("pages/one.md", making("One"))
    site.write("pages/two.md", making("Two", still="fig-other").replace("fig-line-live", "fig-own"))
    (tmp_path / "_static" / "interactive" / "line.js").unlink()
    site.build(
        warnings={
            "no script draws the live figure lnie": 1,
            "no script draws the live figure line": 2,
            "no figure fig-other is here for the live figure line": 1,
            "page pages/one makes the live figure line too": 1,
        }
    )


def test_a_book_in_a_file_has_the_picture_alone(tmp_path: Path) -> None:
    site = small_book(tmp_path)
    site.write("pages/one.md", making("One", heights=[1, 2]))
    site.build("-b", "epub")
    (file,) = site.html.glob("*.epub")
    with ZipFile(file) as book:
        page = book.read("index.xhtml").decode()
        assert not [name for name in book.namelist() if "data/line" in name]
    assert 'alt="A line."' in page
    assert "interactive" not in page
