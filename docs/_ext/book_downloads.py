"""What a reader takes home: every chapter as a notebook and as a script, and the library's wheel.

The notebook is written from the page itself, without outputs, with a first cell that gets the
library where it is missing. What only this site's MyST understands becomes plain Markdown. The
wheel stands on the site, so that both run without the repository.
"""

import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import jupytext
from docutils import nodes
from nbformat.v4 import new_code_cell
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralInclude, LiteralIncludeReader
from sphinx.util.docutils import SphinxRole

from book_timed import VALUE

ROOT = Path(__file__).parents[2]
WHEELS = "wheels"
ROLE = re.compile(r"\{(claim|eq|fact|source|term)\}`([^`<]+?)(?:\s<[^`]+>)?`")
INCLUDE = re.compile(r"^```\{literalinclude\} (\S+)\n((?::.*\n)*)```$", re.MULTILINE)
OPTION = re.compile(r"^:([\w-]+):(?: \"?(.*?)\"?)?$", re.MULTILINE)
ADMONITION = re.compile(r"^:::\{admonition\} (.*)\n(?::.*\n)*((?:.*\n)*?):::$", re.MULTILINE)
TARGET = re.compile(r"^\([\w-]+\)=\n", re.MULTILINE)
LINK = re.compile(r"\[([^]]+)\]\(([\w./-]+)\.(?:md|rst)(#[\w-]+)?\)")


def first_cell(wheel: str, base_url: str) -> str:
    """Write the code that gets the library: from the published site, or by a printed command."""
    if base_url:
        get = f"%pip install --quiet {base_url.rstrip('/')}/{WHEELS}/{wheel}"
    else:
        get = (
            f"print(\"dlbook is missing. Download {wheel} from the page 'How to run this book' "
            f'and run: %pip install {wheel}")'
        )
    return (
        "# This notebook needs the package dlbook, which comes with the book.\n"
        "import importlib.util\n\n"
        'if importlib.util.find_spec("dlbook") is None:\n'
        f"    {get}"
    )


def wheel_name(app: Sphinx) -> str:
    """Name the wheel that this release of the library has."""
    return f"dlbook-{app.config.release}-py3-none-any.whl"


def configure_gallery(app: Sphinx, config: Any) -> None:
    """Put the first cell into the notebooks that sphinx-gallery writes."""
    cell = first_cell(wheel_name(app), config.html_baseurl)
    config.sphinx_gallery_conf["first_notebook_cell"] = cell


def write_downloads(app: Sphinx, error: Exception | None) -> None:
    """Write notebooks, scripts and the wheel into the site."""
    if error is not None or app.builder.name != "html":
        return
    for docname, path in app.book.pages.items():
        notebook = deepcopy(app.book.notebooks[docname])
        notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        for number, cell in enumerate(notebook.cells, 1):
            cell.id = f"cell-{number}"  # by itself an identifier is drawn by chance
            cell.metadata = {}
            if cell.cell_type == "markdown":
                cell.source = portable(app, cell.source, path)
        target = Path(app.outdir, f"{docname}.ipynb")
        jupytext.write(notebook, target.with_suffix(".py"), fmt="py:percent")
        get = new_code_cell(first_cell(wheel_name(app), app.config.html_baseurl), id="get-dlbook")
        notebook.cells.insert(0, get)
        jupytext.write(notebook, target)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(
        [*command, "-d", str(Path(app.outdir, WHEELS))], cwd=ROOT, check=True, capture_output=True
    )


def settle_archives(app: Sphinx) -> None:
    """Pack the archives of the examples anew: in order, and without the times of their files."""
    for archive in Path(app.srcdir, "gallery").rglob("*.zip"):
        with ZipFile(archive) as packed:
            files = {name: packed.read(name) for name in sorted(packed.namelist())}
        with ZipFile(archive, "w") as packed:
            for name, content in files.items():
                packed.writestr(ZipInfo(name), content)
        # As old as what it holds: Sphinx reads a page again that has a younger archive.
        newest = max((archive.parent / name).stat().st_mtime for name in files)
        os.utime(archive, (newest, newest))


def portable(app: Sphinx, text: str, page: Path) -> str:
    """Rewrite a text of a page as Markdown that any notebook shows.

    Values stand where claims are quoted, code where it is included, and links lead to the
    published site, or nowhere if its address is not known.
    """

    def quoted(role: re.Match[str]) -> str:
        if role[1] == "claim":
            claim = app.env.book_claims[role[2]][1]
            return VALUE if claim.timed else format(claim.value, claim.format)
        return f"({role[2]})" if role[1] == "eq" else role[2]

    def included(directive: re.Match[str]) -> str:
        convert = LiteralInclude.option_spec
        options = {name: convert[name](text) for name, text in OPTION.findall(directive[2])}
        reader = LiteralIncludeReader(str(page.parent / directive[1]), options, app.config)
        return f"```python\n{reader.read()[0].rstrip()}\n```"

    def linked(link: re.Match[str]) -> str:
        if not app.config.html_baseurl:
            return link[1]
        target = (page.parent / link[2]).resolve().relative_to(app.srcdir).as_posix()
        return f"[{link[1]}]({app.config.html_baseurl.rstrip('/')}/{target}.html{link[3] or ''})"

    text = ADMONITION.sub(r"**\1**\n\n\2", TARGET.sub("", text))
    return LINK.sub(linked, INCLUDE.sub(included, ROLE.sub(quoted, text)))


class WheelRole(SphinxRole):
    """Link to the wheel, as in ``{wheel}`dlbook` ``; for pages at the top of the site."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the link."""
        name = wheel_name(self.env.app)
        return [nodes.reference("", name, refuri=f"{WHEELS}/{name}")], []


def add_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Offer the downloads in the header of the page, beside the theme's own buttons."""
    if app.builder.name != "html" or pagename not in app.book.pages:
        return
    name = Path(pagename).name
    buttons = [
        {
            "type": "link",
            "url": f"{name}.{suffix}",
            "text": f".{suffix}",
            "icon": icon,
            "tooltip": f"Download this page as a {kind}",
            "label": f"download-{kind}-button",
        }
        for suffix, kind, icon in (
            ("ipynb", "notebook", "fas fa-code"),
            ("py", "script", "fas fa-file"),
        )
    ]
    group = {
        "type": "group",
        "tooltip": "Download this page",
        "icon": "fas fa-download",
        "buttons": buttons,
        "label": "download-buttons",
    }
    context["header_buttons"].append(group)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_role("wheel", WheelRole())
    app.connect("config-inited", configure_gallery)
    app.connect("builder-inited", settle_archives, priority=600)  # sphinx-gallery packs at 500
    # The theme makes its list of buttons at 500 and fills it at 501.
    app.connect("html-page-context", add_buttons, priority=502)
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
