"""The EPUB and the PDF: that they open, are whole, and say what their pictures show."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"


@pytest.fixture(scope="module")
def epub(site: Path) -> Iterator[zipfile.ZipFile]:
    """The EPUB that `nox -s epub` builds."""
    file = site.parent / "epub" / "dlbook.epub"
    if not file.exists():
        pytest.skip("no EPUB was built: `nox -s epub`")
    with zipfile.ZipFile(file) as archive:
        yield archive


@pytest.fixture(scope="module")
def pages(epub: zipfile.ZipFile) -> dict[str, ElementTree.Element]:
    """The pages of the EPUB, read as XML."""
    names = [name for name in epub.namelist() if name.endswith(".xhtml")]
    return {name: ElementTree.fromstring(epub.read(name)) for name in names}


def test_epub_is_complete(epub: zipfile.ZipFile, site: Path) -> None:
    names = epub.namelist()
    assert names[0] == "mimetype"
    assert epub.read("mimetype") == b"application/epub+zip"
    chapters = {f"chapters/{path.stem}.xhtml" for path in site.glob("chapters/*.html")}
    assert chapters <= set(names)
    manifest = ElementTree.fromstring(epub.read("content.opf")).iter(f"{OPF}item")
    assert {unquote(str(item.get("href"))) for item in manifest} <= set(names)
    assert "_static/math.woff2" in names
    assert not [name for name in names if name.endswith((".js", ".ipynb", ".whl", ".json"))]


def test_epub_has_a_table_of_contents(pages: dict[str, ElementTree.Element]) -> None:
    links = {urldefrag(str(link.get("href"))).url for link in pages["nav.xhtml"].iter(f"{XHTML}a")}
    assert {name for name in pages if name.startswith("chapters/")} <= links


def test_epub_pictures_are_there_and_described(
    epub: zipfile.ZipFile, pages: dict[str, ElementTree.Element]
) -> None:
    problems = []
    for name, page in pages.items():
        for image in page.iter(f"{XHTML}img"):
            source = str(image.get("src"))
            parts: list[str] = []
            for part in [*PurePosixPath(name).parent.parts, *unquote(source).split("/")]:
                parts = parts[:-1] if part == ".." else [*parts, part]
            if "/".join(parts) not in epub.namelist():
                problems.append(f"{name}: {source} is missing")
            if image.get("alt") is None:
                problems.append(f"{name}: {source} has no alt text")
    assert not problems, "\n".join(problems)


def test_epub_formulas_are_mathml(
    epub: zipfile.ZipFile, pages: dict[str, ElementTree.Element]
) -> None:
    content = epub.read("content.opf").decode()
    with_formulas = [n for n, page in pages.items() if next(page.iter(f"{MATHML}math"), None)]
    assert with_formulas
    for name in with_formulas:
        assert re.search(f'href="{re.escape(name)}"[^>]* properties="[^"]*mathml', content), name


def test_pdf_has_all_pages_and_bookmarks(site: Path) -> None:
    file = site.parent / "dlbook.pdf"
    if not file.exists():
        pytest.skip("no PDF was printed: `nox -s pdf`")
    pdf = PdfReader(file)
    titles = [str(entry["/Title"]) for entry in pdf.outline]  # type: ignore[call-overload]
    printed = "\n".join(page.extract_text() for page in pdf.pages[:3])
    assert titles[0] in printed.replace("\n", " ")
    assert len(titles) > len(list(site.glob("chapters/*.html")))
    actions = [
        annotation.get_object().get("/A", {})
        for page in pdf.pages
        for annotation in page.get("/Annots", ())
    ]
    assert not [action for action in actions if str(action.get("/URI", "")).startswith("file:")]
