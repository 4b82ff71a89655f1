"""The book as an EPUB, from the same sources and the same outputs as the site.

Mathematics stays MathML, as on the site. What a page takes from its cells is HTML as browsers
forgive it; an EPUB is XML, so such a page is written anew. What belongs to the site alone, its
scripts and its files to download, stays out.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from book_mathml import write_font

NAMESPACES = {
    "math": "http://www.w3.org/1998/Math/MathML",
    "svg": "http://www.w3.org/2000/svg",
}
PART = re.compile(r"<(math|svg)\b(?![^>]*\bxmlns=)")
ITEM = re.compile(r'<item id="([^"]+)" href="([^"]+\.xhtml)" media-type="([^"]+)" />')
# What the parser for HTML writes in small letters.
CAPITALS = re.compile(r"\b(viewbox|preserveaspectratio)(?==)")


class BookEpub(Epub3Builder):
    """The builder of Sphinx, which knows neither the font of the site nor MathML and SVG."""

    def init(self) -> None:
        """Let the font be packed."""
        super().init()
        self.media_types = {**self.media_types, ".woff2": "font/woff2"}

    def handle_finish(self) -> None:
        """Add the font before all files are packed."""
        write_font(self.app)
        super().handle_finish()

    def build_content(self) -> None:
        """Say in the list of files which of them hold formulas and drawings."""
        super().build_content()
        content = Path(self.outdir, "content.opf")

        def described(item: re.Match[str]) -> str:
            text = Path(self.outdir, item[2]).read_text("utf-8")
            kinds = {"math": "mathml", "svg": "svg"}
            properties = " ".join(word for kind, word in kinds.items() if f"<{kind} " in text)
            if not properties:
                return item[0]
            return f'{item[0].removesuffix(" />")} properties="{properties}" />'

        content.write_text(ITEM.sub(described, content.read_text("utf-8")), "utf-8")


def as_xml(body: str) -> str:
    """Write the body of a page as XML."""
    body = PART.sub(lambda part: f'{part[0]} xmlns="{NAMESPACES[part[1]]}"', body)
    try:
        ElementTree.fromstring(f"<div>{body}</div>")
    except ElementTree.ParseError:
        soup = BeautifulSoup(body, "html.parser")
        names = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
        body = CAPITALS.sub(lambda name: names[name[1]], soup.decode(formatter="minimal"))
    return body


def finish_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Rewrite a page of the EPUB."""
    if app.builder.name == "epub" and "body" in context:
        context["body"] = as_xml(context["body"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder in the place of Sphinx's own."""
    app.add_builder(BookEpub, override=True)
    app.connect("html-page-context", finish_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
