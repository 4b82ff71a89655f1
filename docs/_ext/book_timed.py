"""Keep what a clock measured apart from the pages, so that two builds give the same pages.

Times differ from build to build. So the outputs of cells and of examples with the tag ``timed``,
and the values of claims with ``timed=True``, leave places on the pages of the site. What belongs
there stands in ``measured.js``, which only pages with such places load, and a script fills them. An
e-book has no scripts and keeps everything on its pages.
"""

import html
import json
import mimetypes
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_gallery.directives import imgsgnode

from book_page import size

FILE = "_static/measured.js"
VALUE = "(measured)"
OUTPUT = "Measured while this site was built: it shows where scripts are on."
TAG = re.compile(r'^# sphinx_gallery_tags = .*"timed"', re.MULTILINE)
PICTURES = (nodes.image, imgsgnode)
BLOCKS = (nodes.image, nodes.literal_block, nodes.raw)


def place_for(key: str, words: str, tag: str = "span", kind: str = "measured") -> str:
    """Write a place for what a clock measured, with words for readers without scripts."""
    return f'<{tag} class="{kind}" data-measured="{key}">{words}</{tag}>'


def prepare(app: Sphinx) -> None:
    """Find the examples that show times, and their small pictures, which stand on many pages."""
    app.timed = {}
    for docname, script in app.uses.paths.items():
        if TAG.search(script.read_text("utf-8")):
            file = f"{docname.rpartition('/')[0]}/images/thumb/sphx_glr_{script.stem}_thumb.png"
            app.timed[docname] = nodes.image(uri=file, alt="")


def timed_outputs(app: Sphinx, docname: str, page: nodes.document) -> Iterator[nodes.Element]:
    """List the figures, the tables and the printed lines of a page that show times."""
    cells = (n for n in page.findall(nodes.container) if "tag_timed" in n["classes"])
    parts = (part for cell in cells for part in cell.findall(nodes.container))
    for output in (part for part in parts if "cell_output" in part["classes"]):
        blocks = (n for n in output.findall() if isinstance(n, BLOCKS))
        # A claim keeps its place on the page, for the links that lead there.
        yield from (n for n in blocks if 'id="claim-' not in n.astext())
    if docname in app.timed:
        yield from page.findall(imgsgnode)
        printed = page.findall(nodes.literal_block)
        yield from (n for n in printed if "sphx-glr-script-out" in n["classes"])


def leave_places(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take what was measured from a page of the site."""
    if app.builder.name != "html":
        return
    small = {image["uri"] for image in app.timed.values()}
    taken = [(image["uri"], image) for image in doctree.findall(nodes.image)]
    taken = [(uri, image) for uri, image in taken if uri in small]
    outputs = enumerate(timed_outputs(app, docname, doctree), 1)
    taken += [(f"{docname}:{number}", output) for number, output in outputs]
    for key, node in taken:
        kind = "measured picture" if isinstance(node, PICTURES) else "measured"
        # `replace_self` would hand on the classes, and the style would count twice.
        node.parent.replace(node, nodes.raw("", place_for(key, OUTPUT, "p", kind), format="html"))
    app.measured = dict(taken)


def load_values(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Have a page with places load what belongs there, before the script that fills them."""
    if "data-measured=" in (body := context.get("body", "")):
        # Sphinx would put a hash of the file into the page.
        address = context["pathto"](FILE, resource=True)
        context["body"] = f'<script defer src="{address}"></script>\n{body}'


def write_values(app: Sphinx, error: Exception | None) -> None:
    """Write what belongs into the places of all pages."""
    if error is None and app.builder.name == "html":
        script = f"const MEASURED = {json.dumps(measured(app), indent=1, sort_keys=True)};\n"
        Path(app.outdir, FILE).write_text(script, "utf-8")


def measured(app: Sphinx) -> dict[str, str]:
    """Write as HTML what belongs into the places of all pages, also of those not written again.

    The processes that write pages do not tell what they took; so it is taken once more.
    """
    found: dict[str, nodes.Element] = {image["uri"]: image for image in app.timed.values()}
    pages = [name for name, path in app.book.pages.items() if "timed" in path.read_text("utf-8")]
    for docname in [*pages, *app.timed]:
        app.env.resolve_references(app.env.get_doctree(docname), docname, app.builder)
        found |= app.measured
    claims = (claim for _, claim in app.env.book_claims.values() if claim.timed)
    # In an element of its own, as every other value is: some of them are links.
    values = {f"claim-{c.key}": f"<span>{html.escape(c.value_text)}</span>" for c in claims}
    return values | {key: as_html(app, node) for key, node in found.items()}


def as_html(app: Sphinx, node: nodes.Element) -> str:
    """Write an output as its page would show it; a picture brings its file along."""
    if not isinstance(node, PICTURES):
        return app.builder.render_partial(node)["fragment"]
    file = Path(app.srcdir, node["uri"].lstrip("/"))
    fine = file.with_stem(f"{file.stem}_2_00x")  # for screens that show twice the points
    data = b64encode((fine if fine.exists() else file).read_bytes()).decode("ascii")
    attributes = {
        "alt": html.escape(html.unescape(node.get("alt", ""))),
        "class": " ".join(node.get("class") or node["classes"]),
        **dict(zip(("width", "height"), size(file) or (), strict=False)),
        "src": f"data:{mimetypes.guess_type(file.name)[0]};base64,{data}",
    }
    return "<img {} />".format(" ".join(f'{name}="{value}"' for name, value in attributes.items()))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; what stands in the place of a claim is known before."""
    app.connect("builder-inited", prepare, priority=460)
    app.connect("doctree-resolved", leave_places, priority=600)
    app.connect("html-page-context", load_values)
    app.connect("build-finished", write_values, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
