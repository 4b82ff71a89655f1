"""Give a page the scripts of its live figures, and no other page."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOG = logging.getLogger(__name__)
SCRIPTS = "interactive"
MARK = re.compile(r'data-live="([^"]+)"')


def add_scripts(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load the scripts that the outputs of a page ask for."""
    if app.builder.name != "html":
        return
    raws = doctree.findall(nodes.raw) if doctree is not None else ()
    names = {name for raw in raws for name in MARK.findall(raw.astext())}
    for name in ["live", *sorted(names)] if names else []:
        if not Path(app.srcdir, "_static", SCRIPTS, f"{name}.js").exists():
            LOG.warning("no script draws the live figure %s", name, location=pagename, type="live")
        app.add_js_file(f"{SCRIPTS}/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
