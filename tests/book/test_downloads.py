"""What the site offers to take home."""

import zipfile
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from tiny_book import HEADER, INDEX, TinyBook

from book_downloads import first_cell

BASE_URL = "https://book.example/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published tiny book with a chapter and an example."""
    book = TinyBook(tmp_path_factory.mktemp("book"))
    book.page("chapter", "print(6 * 7)")
    book.example("drawn", "VALUE = 1")
    book.write("gallery/GALLERY_HEADER.rst", HEADER)
    book.write("docs/index.md", INDEX.format(pages="chapter\ngallery/index"))
    assert book.build(DLBOOK_BASEURL=BASE_URL) == ["chapter", "drawn"]
    return book.html


def test_a_chapter_downloads_as_a_notebook_without_outputs(site: Path) -> None:
    notebook = nbformat.read(site / "chapter.ipynb", as_version=4)
    nbformat.validate(notebook)
    get, title, code = notebook.cells
    assert f"%pip install --quiet {BASE_URL}wheels/dlbook-" in get.source
    assert title.source.startswith("# chapter")
    assert code.source.endswith("print(6 * 7)")
    assert code.outputs == []
    assert "fingerprint" not in (site / "chapter.ipynb").read_text()
    assert 'href="chapter.ipynb"' in (site / "chapter.html").read_text()


def test_a_chapter_downloads_as_a_script(site: Path, tmp_path: Path) -> None:
    script = (site / "chapter.py").read_text()
    compile(script, "chapter.py", "exec")
    assert "print(6 * 7)" in script
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
