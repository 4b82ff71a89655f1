"""Live figures: their data in files of the site, and their scripts on the pages that show them.

The HTML of a cell's output carries the data of a live figure (`dlbook.interactive`), so that a
page whose outputs come from the cache has it too. Here the data moves into a script beside those of
the figures: it may be large, and a page that is opened from a folder may not fetch.

The directive ``{live}`` shows a figure on another page: the still picture, with its caption and a
link to where it was made, and over it the same live figure with the same data.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)
SCRIPTS = Path("_static", "interactive")
MARK = re.compile(r'data-live="([^"]+)"')
MADE = re.compile(r'(data-live="([^"]+)" data-still="([^"]+)") data-input="([^"]*)"')


class live_place(nodes.General, nodes.Element):  # noqa: N801
    """Stands for a live figure of another page until all pages have been read."""


class Live(SphinxDirective):
    """The directive ``{live}`` followed by the name of a live figure."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder."""
        name = self.arguments[0]
        if not Path(self.env.srcdir, SCRIPTS, f"{name}.js").exists():
            raise self.error(f"no script draws the live figure {name}")
        return [live_place(name=name)]


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Take the data of live figures out of a page, and note whether it shows those of others.

    What is noted in Sphinx's metadata of a page is kept as long as the page is not read again.
    """
    docname = app.env.current_document.docname
    made = {}
    for raw in doctree.findall(nodes.raw):
        for _, name, still, data in MADE.findall(raw.astext()):
            made[name] = (still, html.unescape(data))
            raw[:] = [nodes.Text(MADE.sub(r"\1", raw.astext()))]
            if still not in doctree.ids:
                warn(f"no figure {still} is here for the live figure {name}", docname)
    metadata = app.env.metadata[docname]
    metadata["book_live"] = made
    metadata["book_live_shows"] = next(doctree.findall(live_place), None) is not None


def env_updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the data, before the pages whose links carry its checksum.

    Pages that show figures of others are written in every build: they may have changed.
    """
    pages: dict[str, str] = {}
    for docname, metadata in sorted(env.metadata.items()):
        for name, (_, data) in metadata.get("book_live", {}).items():
            if pages.setdefault(name, docname) != docname:
                warn(f"page {pages[name]} makes the live figure {name} too", docname)
            elif on_site(app):
                file = Path(app.outdir, SCRIPTS, "data", f"{name}.js")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"dlbook.data[{json.dumps(name)}] = {json.dumps(data)};\n")
    return [docname for docname, found in env.metadata.items() if found.get("book_live_shows")]


class ShowElsewhere(SphinxPostTransform):
    """Put figures of other pages where the placeholders are."""

    # Before MyST-NB chooses one of the formats of a picture (4) and references are resolved (10).
    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace all placeholders of a page."""
        for place in list(self.document.findall(live_place)):
            place.replace_self(self.copied(place["name"]))

    def copied(self, name: str) -> list[nodes.Node]:
        """Copy a figure from its page; without the page there is none."""
        found = self.env.metadata.items()
        pages = [page for page, metadata in found if name in metadata.get("book_live", {})]
        if not pages:
            return []
        docname = min(pages)
        still, _ = self.env.metadata[docname]["book_live"][name]
        figure = self.env.get_doctree(docname).ids[still]
        link = addnodes.pending_xref(
            "",
            nodes.inline("", self.env.titles[docname].astext()),
            refdomain="std",
            reftype="ref",
            reftarget=still,
            refexplicit=True,
            refdoc=self.env.current_document.docname,
        )
        for caption in figure.findall(nodes.caption):
            caption += [nodes.Text(" From the chapter "), link, nodes.Text(".")]
        mark = f'<div class="live-figure" data-live="{name}" data-still="{still}"></div>'
        # The style sheet knows the pictures of chapters as outputs of cells.
        output = nodes.container("", figure, classes=["cell_output"])
        return [output, nodes.raw("", mark, format="html")]


def add_scripts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the scripts that the live figures of a page need, and their data."""
    if doctree is None or not on_site(app):
        return
    raws = doctree.findall(nodes.raw)
    names = sorted({name for raw in raws for name in MARK.findall(raw.astext())})
    for name in names:
        if not Path(app.srcdir, SCRIPTS, f"{name}.js").exists():
            warn(f"no script draws the live figure {name}", pagename)
    files = [file for name in names for file in (f"data/{name}", name)]
    for file in ["live", *files] if names else []:
        app.add_js_file(f"{SCRIPTS.name}/{file}.js", loading_method="defer")


def on_site(app: Sphinx) -> bool:
    """Tell whether what is built is a site; a book in a file shows the still pictures."""
    return app.builder.name == "html"


def warn(message: str, docname: str) -> None:
    """Give a warning of the kind ``live``."""
    LOG.warning(message, location=docname, type="live")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_node(live_place)
    app.add_directive("live", Live)
    app.add_post_transform(ShowElsewhere)
    app.connect("doctree-read", doctree_read)
    app.connect("env-updated", env_updated)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
