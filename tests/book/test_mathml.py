"""Formulas become MathML, misspelled ones a warning, and the site gets a font for them."""

import re
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from small_site import SmallSite

from book_mathml import CHARACTERS, FONT, cut

CONF = r"""
extensions = ["myst_parser", "book_mathml"]
myst_enable_extensions = ["amsmath", "dollarmath"]
html_math_renderer = "mathml"
mathml_macros = {"loss": r"\mathcal{L}"}
"""
PAGE = r"""# Index

Inline $\hat y < \loss$, and equation {eq}`cost`.

$$
C = \frac{1}{2n} \sum_x \lVert y(x) - a(x) \rVert^2
$$ (cost)

\begin{align*}
a &= \sigma(z)
\end{align*}
"""


@pytest.fixture
def site(tmp_path: Path) -> SmallSite:
    """An empty site."""
    return SmallSite(tmp_path, CONF)


def test_punctuation_stays_with_its_formula(site: SmallSite) -> None:
    site.write("index.md", "# Index\n\nOf ($x$, $y$) and $m$-by-$n$, *$z$*.\n")
    site.build()
    page = BeautifulSoup(site.read("index.html"), "html.parser")
    for annotation in page.find_all("annotation"):
        annotation.decompose()
    paragraph = page.p
    assert paragraph is not None
    assert paragraph.text == "Of (x, y) and m-by-n, z."
    assert [held.text for held in page.select(".held")] == ["(x,", "y)", "m-", "-n,", "z"]


def test_formulas_are_typeset(site: SmallSite) -> None:
    site.write("index.md", PAGE)
    site.build()
    page = BeautifulSoup(site.read("index.html"), "html.parser")
    formulas = page.select(".math")
    assert [bool(formula.select("math > *")) for formula in formulas] == [True, True, True]
    inline, display, _ = formulas
    assert inline.annotation is not None
    assert inline.annotation.text == r"\hat y < \loss"
    assert "ℒ" in inline.text
    number = display.find(class_="eqno", recursive=False)
    assert number is not None
    assert number.text.startswith("(1)")
    assert display["id"] == "equation-cost"
    assert not page.find("script", src=re.compile("//"))

    font = site.html / "_static" / "math.woff2"
    written = font.stat().st_mtime_ns
    site.build()
    assert font.stat().st_mtime_ns == written, "an untouched build leaves the font alone"
    font.unlink()
    site.build()
    assert font.exists(), "a site without the font gets it back"


def test_spelling_errors_are_warnings(site: SmallSite) -> None:
    site.write("index.md", "# Index\n\nA $a \\dd b$.\n\n$$\n\\fraq{1}{2}\n$$\n")
    site.build(
        warnings={
            'index.md:3: WARNING: formula: 2: Unknown command "\\dd". in: a \\dd b': 1,
            'index.md:5: WARNING: formula: 0: Unknown command "\\fraq". in: \\fraq{1}{2}': 1,
        }
    )
    assert r"<code>a \dd b</code>" in site.read("index.html")


def test_character_outside_the_font_is_a_warning(site: SmallSite) -> None:
    site.write("index.md", "# Index\n\n$\\mathfrak{g}$\n")
    site.build(warnings={"index.md:3: WARNING: formula: the font of the site lacks": 1})


def test_equation_with_two_numbers_is_a_warning(site: SmallSite) -> None:
    site.write("index.md", "# Index\n\n\\begin{align}\na &= b\n\\end{align}\n")
    site.build(warnings={"index.md:3: WARNING: number an equation by $$": 1})


def test_font_is_small_complete_and_the_same_every_time() -> None:
    source = Path(str(distribution("ziamath").locate_file(FONT)))
    data = cut(source)
    assert data == cut(source)
    assert len(data) < 250_000
    asked = {c for low, high in CHARACTERS for c in range(low, high + 1)}
    with TTFont(BytesIO(data)) as font, TTFont(source) as whole:
        assert "MATH" in font
        assert "SIL Open Font License" in str(font["name"].getDebugName(13))
        assert asked & set(whole.getBestCmap()) <= set(font.getBestCmap())
