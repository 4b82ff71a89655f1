"""What every page of the site is sent with: pictures that wait, controls that have a name.

A picture says how large it is, so that nothing moves when it comes, and all but the first of a
page are loaded when a reader comes near them. The theme's switches of the sidebar show an arrow
alone; they get a name for those who do not see it.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx

IMAGE = re.compile(r'<img\b(?![^>]*\bloading=)([^>]*?\bsrc="(?!\w+:)([^"]+)"[^>]*?)\s*/?>')
SVG_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)(pt|px)?"[^>]*?\bheight="([\d.]+)', re.DOTALL)
SVG_SIZE_TURNED = re.compile(
    r'<svg\b[^>]*?\bheight="([\d.]+)(pt|px)?"[^>]*?\bwidth="([\d.]+)', re.DOTALL
)
HEAD = 4000  # characters of an SVG in which its opening tag stands
PIXELS_PER_POINT = 4 / 3


def size(file: Path) -> tuple[int, int] | None:
    """Read the width and the height of a picture in CSS pixels."""
    if file.suffix != ".svg":
        with Image.open(file) as image:
            return image.size
    with file.open(encoding="utf-8") as lines:
        head = lines.read(HEAD)
    if found := SVG_SIZE.search(head):
        width, unit, height = found.groups()
    elif found := SVG_SIZE_TURNED.search(head):
        height, unit, width = found.groups()
    else:
        return None
    scale = PIXELS_PER_POINT if unit == "pt" else 1
    return round(float(width) * scale), round(float(height) * scale)


def lazy_images(app: Sphinx, body: str) -> str:
    """Let all pictures of a page but the first wait, and give each its size."""
    sources = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
    first = True

    def sized(tag: re.Match[str]) -> str:
        nonlocal first
        name = Path(tag[2]).name
        file = sources.get(name, Path(app.outdir, app.builder.imagedir, name))
        attributes = tag[1]
        has_size = re.search(r"\b(width|height|style)=", attributes)
        if not has_size and file.exists() and (measured := size(file)):
            attributes += ' width="{}" height="{}"'.format(*measured)
        loading, first = ("" if first else ' loading="lazy"'), False
        return f"<img{attributes}{loading} />"

    return IMAGE.sub(sized, body)


def name_switches(generate: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Give the switches of the sidebar a name, each after the page whose list it opens."""
    tree = generate(*arguments, **options)
    if isinstance(tree, BeautifulSoup):
        for switch in tree.select("li > details > summary"):
            if (page := switch.find_parent("li")) and (link := page.find("a")):
                switch["aria-label"] = f"Pages of: {link.get_text(strip=True)}"
    return tree


def finish_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Finish what a page of the site is made of, before its template is filled."""
    if app.builder.name != "html":
        return
    if "body" in context:
        context["body"] = lazy_images(app, context["body"])
    if "generate_toctree_html" in context:
        context["generate_toctree_html"] = partial(name_switches, context["generate_toctree_html"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; the theme adds its functions to a page before."""
    app.connect("html-page-context", finish_page, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
