"""What pages are sent with, and how they become pages of an e-book."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from book_epub import as_xml
from book_gallery import describe
from book_page import lazy_images, name_switches, size


@pytest.fixture
def app(tmp_path: Path) -> Any:
    """A build with two pictures."""
    Image.new("L", (30, 20)).save(tmp_path / "dots.png")
    (tmp_path / "line.svg").write_text('<svg height="15pt" viewBox="0 0 9 9" width="60pt"/>')
    images = {"dots.png": "dots.png", "line.svg": "line.svg"}
    builder = SimpleNamespace(images=images, imagedir="_images")
    return SimpleNamespace(srcdir=tmp_path, outdir=tmp_path, builder=builder)


def test_images_have_sizes_and_all_but_the_first_wait(app: Any) -> None:
    body = '<img src="_images/line.svg" /><img alt="a" src="_images/dots.png"/>'
    first, second = BeautifulSoup(lazy_images(app, body), "html.parser").find_all("img")
    assert first.attrs == {"src": "_images/line.svg", "width": "80", "height": "20"}
    assert second["alt"] == "a"
    assert (second["width"], second["height"], second["loading"]) == ("30", "20", "lazy")


def test_sizes_are_left_alone(app: Any) -> None:
    body = '<img src="_images/dots.png" style="width: 9px" /><img src="_images/gone.png" />'
    assert 'width="30"' not in lazy_images(app, body)
    assert '<img src="data:image/png;base64,x">' in lazy_images(
        app, '<img src="data:image/png;base64,x">'
    )


def test_svg_without_a_size_has_none(tmp_path: Path) -> None:
    file = tmp_path / "free.svg"
    file.write_text('<svg viewBox="0 0 9 9"></svg>')
    assert size(file) is None


def test_switches_of_the_sidebar_have_names() -> None:
    text = '<li><a href="#">Descent</a><details><summary></summary></details></li>'
    tree = name_switches(lambda: BeautifulSoup(text, "html.parser"))
    assert tree.summary["aria-label"] == "Pages of: Descent"


def test_html_becomes_xml() -> None:
    body = as_xml('<p hidden>a&nbsp;b<br><svg viewBox="0 0 1 1"></svg><math><mi>x</mi></math>')
    page = ElementTree.fromstring(f"<div>{body}</div>")
    assert 'viewBox="0 0 1 1"' in body
    assert page.find(".//{http://www.w3.org/1998/Math/MathML}mi") is not None


def test_figures_are_described() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([1], label="a <b>")
    left.set(title="before", xlabel="step", ylabel="cost")
    left.legend()
    figure.colorbar(right.imshow([[1]]), label="change")
    assert describe(figure, "The race") == (
        "The race. Figure, 2 panels: before. Axes: cost against step. "
        "Legend: a &lt;b&gt;. Colors: change."
    )
    plt.close(figure)
