"""Live figures: their data in files of the site, and their scripts on the pages that show them.

The HTML of a cell's output carries the data of a live figure (`dlbook.interactive`), so that a
page whose outputs come from the cache has it too. Here the data moves into Sphinx's metadata, which
Sphinx keeps for pages that are not read again and merges from parallel readers, and from there into
a script beside those of the figures: a classic script, because a page in a folder may not fetch.

The directive ``{live}`` shows a figure on another page: the still picture, with its caption and a
link to where it was made, and over it the same live figure with the same data.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)
SCRIPTS = "interactive"
MARK = re.compile(r'data-live="([^"]+)"')
DATA = re.compile(r'data-live="([^"]+)" data-still="([^"]+)"( data-input="([^"]*)")')


class LiveFigure(TypedDict):
    """What a page says of a live figure: the name of the still one, how it looks, and the data."""

    still: str
    picture: str
    data: str


class live_place(nodes.General, nodes.Element):  # noqa: N801
    """Stands for a live figure of another page until all pages have been read."""


class Live(SphinxDirective):
    """The directive ``{live}`` followed by the name of a live figure."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder."""
        node = live_place(name=self.arguments[0])
        self.set_source_info(node)
        return [node]


def doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Take the data of live figures out of a page, and remember which figures it shows."""
    figures: dict[str, LiveFigure] = {}
    for raw in doctree.findall(nodes.raw):
        text = raw.astext()
        for name, still, attribute, data in DATA.findall(text):
            picture = still_figure(doctree, still)
            shown = picture.pformat() if picture else ""
            figures[name] = {"still": still, "picture": shown, "data": html.unescape(data)}
            text = text.replace(attribute, "")
            raw[:] = [nodes.Text(text)]
    metadata = app.env.metadata[app.env.current_document.docname]
    metadata["book_live"] = figures
    metadata["book_live_shown"] = [
        (place["name"], place.line) for place in doctree.findall(live_place)
    ]


def still_figure(doctree: nodes.document, name: str) -> nodes.figure | None:
    """Find the figure of a page that has a name."""
    return next((node for node in doctree.findall(nodes.figure) if name in node["ids"]), None)


def all_figures(env: BuildEnvironment) -> Iterator[tuple[str, str, LiveFigure]]:
    """List the live figures of all pages: the page, the name, and what the page says of it."""
    for docname in sorted(env.metadata):
        for name, figure in env.metadata[docname].get("book_live", {}).items():
            yield docname, name, figure


def env_updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the data, and have the pages written again whose figures of other pages changed."""
    figures: dict[str, tuple[str, LiveFigure]] = {}
    for docname, name, figure in all_figures(env):
        if name in figures:
            warn(f"the live figure {name} is made on page {figures[name][0]} too", docname)
        if not figure["picture"]:
            warn(f"no figure {figure['still']} is here for the live figure {name}", docname)
        figures.setdefault(name, (docname, figure))
    if has_scripts(app):
        folder = Path(app.outdir, "_static", SCRIPTS, "data")
        folder.mkdir(parents=True, exist_ok=True)
        for name, (_, figure) in figures.items():
            # Written before the pages, so that their links carry the file's checksum.
            text = f"dlbook.data[{json.dumps(name)}] = {json.dumps(figure['data'])};\n"
            (folder / f"{name}.js").write_text(text, "utf-8")
    views: dict[str, list[Any]] = {}
    for docname, metadata in env.metadata.items():
        for name, line in metadata.get("book_live_shown", ()):
            views.setdefault(docname, []).append(figures.get(name))
            if name not in figures:
                warn(f"no page makes the live figure {name}", (docname, line))
    before = getattr(env, "book_live_views", {})
    env.book_live_views = views  # type: ignore[attr-defined]
    env.book_live = figures  # type: ignore[attr-defined]
    return [docname for docname, view in views.items() if before.get(docname) != view]


class ShowElsewhere(SphinxPostTransform):
    """Put figures of other pages where the placeholders are."""

    # Before MyST-NB chooses one of the formats of a picture (4) and references are resolved (10).
    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace all placeholders of a page."""
        for place in list(self.document.findall(live_place)):
            place.replace_self(self.copied(place["name"]))

    def copied(self, name: str) -> list[nodes.Node]:
        """Copy a figure from its page."""
        source, live = self.env.book_live.get(name, (None, None))  # type: ignore[attr-defined]
        still = still_figure(self.env.get_doctree(source), live["still"]) if source else None
        if still is None:
            return []  # env_updated warned
        # The style sheet knows the pictures of chapters by the classes of their cells.
        cell: nodes.Element | None = still
        while cell is not None and "cell" not in cell["classes"]:
            cell = cell.parent
        tags = [c for c in cell["classes"] if c.startswith("tag_")] if cell else []
        figure = still.deepcopy()
        link = addnodes.pending_xref(
            "",
            nodes.inline("", self.env.titles[source].astext()),
            refdomain="std",
            reftype="ref",
            reftarget=live["still"],
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.current_document.docname,
        )
        for caption in figure.findall(nodes.caption):
            caption += [nodes.Text(" From the chapter "), link, nodes.Text(".")]
        output = nodes.container("", figure, classes=["cell_output"])
        mark = f'<div class="live-figure" data-live="{name}" data-still="{live["still"]}"></div>'
        return [
            nodes.container("", output, classes=tags), nodes.raw("", mark, format="html")
        ]


def add_scripts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the scripts that the live figures of a page need, and their data."""
    if doctree is None or not has_scripts(app):
        return
    names = {name for raw in doctree.findall(nodes.raw) for name in MARK.findall(raw.astext())}
    for name in sorted(names):
        if not Path(app.srcdir, "_static", SCRIPTS, f"{name}.js").exists():
            warn(f"no script draws the live figure {name}", pagename)
    files = [file for name in sorted(names) for file in (f"data/{name}", name)]
    for file in ["live", *files] if names else []:
        app.add_js_file(f"{SCRIPTS}/{file}.js", loading_method="defer")


def has_scripts(app: Sphinx) -> bool:
    """Tell whether what is built is a site; a book in a file shows the still pictures."""
    return app.builder.format == "html" and not getattr(app.builder, "embedded", False)


def warn(message: str, location: Any) -> None:
    """Give a warning of the kind ``live``."""
    LOG.warning(message, location=location, type="live")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_node(live_place)
    app.add_directive("live", Live)
    app.add_post_transform(ShowElsewhere)
    app.connect("doctree-read", doctree_read)
    app.connect("env-updated", env_updated)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
