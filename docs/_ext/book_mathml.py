"""Typeset mathematics while the site is built: MathML, and a font for it.

Browsers lay out MathML by themselves; no script is needed, but a font with a MATH table is. The
formulas are converted by ``math-core``, and one that does not convert is a warning, so that a
spelling error fails a strict build. The font is STIX Two Math (SIL Open Font License), taken from
the package ``ziamath`` and cut down to what formulas use.
"""

import hashlib
import re
from importlib.metadata import distribution, version
from io import BytesIO
from pathlib import Path
from typing import Any

from docutils import nodes
from fontTools import subset
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

LOG = logging.getLogger(__name__)
FONT = "ziamath/fonts/STIXTwoMath-Regular.ttf"
# Latin, accents, Greek, punctuation, scripts, letter-like, arrows, operators, technical,
# geometric, fences, supplemental operators; of the mathematical alphabets bold, italic, script,
# double-struck, sans-serif, and Greek; the selector of the round script letters.
CHARACTERS = (
    *((0x20, 0xFF), (0x131, 0x131), (0x237, 0x237), (0x2C6, 0x2DD), (0x300, 0x338)),
    *((0x391, 0x3F6), (0x2010, 0x2064), (0x2070, 0x209C), (0x20D0, 0x20F0), (0x2100, 0x214B)),
    *((0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23E3), (0x25A0, 0x25FF), (0x27C0, 0x27FF)),
    *((0x2A00, 0x2AFF), (0x1D400, 0x1D4CF), (0x1D538, 0x1D56B), (0x1D5A0, 0x1D5D3)),
    *((0x1D6A4, 0x1D755), (0xFE00, 0xFE00)),
)

OPENING, CLOSING = re.compile(r"[^\w\s]+$"), re.compile(r"^[^\w\s]+")


class HoldPunctuation(SphinxPostTransform):
    """Keep the punctuation at a formula on its line; browsers may break beside a formula."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        """Put formula and punctuation into one piece of text."""
        for formula in list(self.document.findall(nodes.math)):
            parent = formula.parent
            at = parent.index(formula)
            before, after = parent[max(at - 1, 0)], parent[min(at + 1, len(parent) - 1)]
            opening = OPENING.search(before) if isinstance(before, nodes.Text) else None
            closing = CLOSING.search(after) if isinstance(after, nodes.Text) else None
            held = nodes.inline(classes=["held"])
            parent[at] = held
            if opening:
                parent[at - 1] = nodes.Text(before[: opening.start()])
                held += nodes.Text(opening[0])
            held += formula
            if closing:
                parent[at + 1] = nodes.Text(after[closing.end() :])
                held += nodes.Text(closing[0])


def to_mathml(self: HTML5Translator, node: nodes.Element, *, display: bool) -> str:
    """Convert a formula; show its source where that fails."""
    source = node.astext()
    macros = self.config.mathml_macros
    converter = LatexToMathML(macros=macros, annotation=True, fancy_error=False)
    try:
        formula = converter.convert_with_local_state(source, displaystyle=display)
    except LatexError as error:
        LOG.warning("formula: %s in: %s", error, source, location=node, type="mathml")
        return f"<code>{self.encode(source)}</code>"
    for character in sorted(set(formula)):
        if not any(low <= ord(character) <= high for low, high in CHARACTERS) and character != "\n":
            message = "formula: the font of the site lacks %r (U+%X), see CHARACTERS"
            LOG.warning(message, character, ord(character), location=node, type="mathml")
    return formula


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate"))
    self.body.append(to_mathml(self, node, display=False))
    self.body.append("</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula in a box that scrolls, with its number beside the box."""
    if node["number"] and "amsmath" in node["classes"]:
        # MyST would label it at random, and the converter would number it once more.
        message = "number an equation by $$ ... $$ (label), with aligned inside, or use align*"
        LOG.warning(message, location=node, type="mathml")
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    # The theme lets the keyboard reach a box of this class if it scrolls.
    self.body.append('<div class="equation pst-scrollable-table-container">')
    self.body.append(f"{to_mathml(self, node, display=True)}</div>")
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def font_file(folder: Path) -> Path:
    """Return the font of the site, made once for a release of its makers and kept in `folder`."""
    source = Path(str(distribution("ziamath").locate_file(FONT)))
    recipe = f"{CHARACTERS} {version('fonttools')}".encode()
    name = hashlib.sha256(source.read_bytes() + recipe).hexdigest()[:16]
    file = folder / f"math-{name}.woff2"
    if not file.exists():
        file.write_bytes(cut(source))
    return file


def cut(source: Path) -> bytes:
    """Cut a font down to `CHARACTERS`; its tables for mathematics and its license stay."""
    options = subset.Options(flavor="woff2", layout_features=["*"], name_IDs=["*"], hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for low, high in CHARACTERS for c in range(low, high + 1)])
    data = BytesIO()
    with subset.load_font(str(source), options) as font:
        subsetter.subset(font)
        subset.save_font(font, data, options)
    return data.getvalue()


def write_font(app: Sphinx) -> None:
    """Put the font beside the style sheets."""
    target = Path(app.outdir, "_static", "math.woff2")
    data = font_file(Path(app.doctreedir)).read_bytes()
    if not target.exists() or target.read_bytes() != data:
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)


def add_font(app: Sphinx, exception: Exception | None) -> None:
    """Finish the site; an e-book is packed before, with its font."""
    if exception is None and app.builder.name == "html":
        write_font(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml`` and its configuration value."""
    app.add_config_value("mathml_macros", {}, "html", types=[dict])
    app.add_post_transform(HoldPunctuation)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("build-finished", add_font)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
