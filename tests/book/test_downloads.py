"""What the site offers to take home."""

import re
import zipfile
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from tiny_book import HEADER, INDEX, TinyBook

from book_downloads import first_cell

BASE_URL = "https://book.example/"
CODE = """from dlbook.claims import claim
claim("tiny.answer", 6 * 7, format=".1f")
claim("tiny.time", 2.5, timed=True)"""
PROSE = """(a-place)=
The answer is {claim}`tiny.answer`, as {source}`42 is <a>` and {term}`words`; in
{claim}`tiny.time` s; see [the list](gallery/index.rst) and [this](chapter.md#a-place).

:::{admonition} Aims
:class: note

To know.
:::

```{literalinclude} ../src/dlbook/models.py
:language: python
:pyobject: count_parameters
```

```{literalinclude} ../src/dlbook/scratch/optim.py
:start-at: "for w, g, m, v in"
:end-at: w.sub_(rate * mean
:dedent: 8
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published tiny book with a chapter and an example."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.page("chapter", CODE)
    book.replace("docs/chapter.md", "Prose.", PROSE)
    book.example("drawn", "VALUE = 1")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.write("docs/index.md", INDEX.format(pages="chapter\nwords\ngallery/index"))
    words = "# Words\n\n(bib-a)=\nA book.\n\n:::{glossary}\nwords\n: What this is made of.\n:::\n"
    book.write("docs/words.md", words)
    assert book.build(DLBOOK_BASEURL=BASE_URL) == ["chapter", "drawn"]
    return book.html


def test_a_chapter_downloads_as_a_notebook_without_outputs(site: Path) -> None:
    notebook = nbformat.read(site / "chapter.ipynb", as_version=4)
    nbformat.validate(notebook)
    get, title, code = notebook.cells
    assert f"%pip install --quiet {BASE_URL}wheels/dlbook-" in get.source
    assert title.source.startswith("# chapter")
    assert code.source.endswith(CODE)
    assert code.outputs == []
    assert "fingerprint" not in (site / "chapter.ipynb").read_text()
    assert 'href="chapter.ipynb"' in (site / "chapter.html").read_text()


def test_a_downloaded_chapter_reads_as_plain_markdown(site: Path) -> None:
    notebook = nbformat.read(site / "chapter.ipynb", as_version=4)
    text = notebook.cells[1].source
    assert "The answer is 42.0, as 42 is and words; in\n(measured) s; see" in text
    assert f"[the list]({BASE_URL}gallery/index.html)" in text
    assert f"[this]({BASE_URL}chapter.html#a-place)" in text
    assert "**Aims**\n\n\nTo know." in text
    assert "```python\ndef count_parameters(" in text
    assert "```python\nfor w, g, m, v in" in text
    assert not re.search(r":::|\{\w+\}|\(a-place\)=", text)


def test_a_chapter_downloads_as_a_script(site: Path, tmp_path: Path) -> None:
    script = (site / "chapter.py").read_text()
    compile(script, "chapter.py", "exec")
    assert CODE in script
    assert "dlbook-" not in script


def test_an_example_downloads_as_a_notebook_with_the_same_first_cell(site: Path) -> None:
    (path,) = site.glob("_downloads/*/plot_drawn.ipynb")
    notebook = nbformat.read(path, as_version=4)
    chapter = nbformat.read(site / "chapter.ipynb", as_version=4)
    assert notebook.cells[0].source == chapter.cells[0].source


def test_the_site_carries_the_wheel_with_the_records(site: Path) -> None:
    (wheel,) = (site / "wheels").glob("dlbook-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"dlbook/__init__.py", "dlbook/_records/first_network.json"} <= set(names)


def test_without_an_address_the_first_cell_prints_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cell = TransformerManager().transform_cell(first_cell("dlbook-1-py3-none-any.whl", ""))
    exec(cell.replace('"dlbook"', '"no_such_package"'))
    assert "%pip install dlbook-1-py3-none-any.whl" in capsys.readouterr().out
    exec(cell)
    assert capsys.readouterr().out == "", "an installed package is left alone"
