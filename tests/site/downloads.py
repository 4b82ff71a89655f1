"""Run what the site offers to take home, in an environment that has the site's wheel alone.

``python tests/site/downloads.py SITE ENVIRONMENT`` runs every chapter and every example, as a
script and as a notebook, each in an empty folder; ``--sample 6`` runs six of them. A notebook must
draw the figures of its page.
"""

import argparse
import os
import random
import subprocess
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import nbformat
import numpy as np
from bs4 import BeautifulSoup
from PIL import Image
from tqdm import tqdm

KERNEL_CONFIG = Path(__file__).parents[2] / "docs" / "_ext" / "kernel_config.py"
# sphinx-gallery saves a figure as it is; a notebook would cut off its margins.
AS_IN_THE_GALLERY = (
    'c = get_config()\nc.InlineBackend.print_figure_kwargs = {"bbox_inches": None}\n'
)
# Where a figure shows times, a page has a place, which a script fills.
FIGURES = {
    "chapters": "div.cell_output :is(img, .measured.picture)",
    "gallery": "img.sphx-glr-single-img, img.sphx-glr-multi-img, .measured.picture",
}


class Download(NamedTuple):
    """A chapter or an example, with its two files."""

    page: Path
    script: Path
    notebook: Path

    @property
    def kind(self) -> str:
        """The part of the site that the page stands in."""
        return "gallery" if "gallery" in self.page.parts else "chapters"


def downloads(site: Path) -> Iterator[Download]:
    """Find the chapters and the examples of a site, with the files that their pages lead to."""
    for page in sorted([*site.glob("chapters/*.html"), *site.glob("gallery/*/plot_*.html")]):
        yield Download(page, linked(page, ".py"), linked(page, ".ipynb"))


def linked(page: Path, suffix: str) -> Path:
    """Follow the link of a page to a file."""
    links = soup(page).select(f'a[href$="{suffix}"]')
    (address,) = {str(link["href"]) for link in links}
    return (page.parent / address).resolve()


def soup(page: Path) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup(page.read_text("utf-8"), "html.parser")


def run(environment: Path, folder: Path, config: str, *arguments: str) -> str:
    """Run Python with little but its own environment in sight; return what went wrong."""
    profile = folder / ".ipython" / "profile_default"
    profile.mkdir(parents=True)
    profile.joinpath("ipython_kernel_config.py").write_text(config, "utf-8")
    kept = {k: v for k, v in os.environ.items() if k.startswith(("DLBOOK_DATA", "LANG"))}
    env = {
        **kept,
        "HOME": str(folder),
        "IPYTHONDIR": str(profile.parent),
        "OMP_NUM_THREADS": "1",
        "PATH": os.pathsep.join([str(environment / "bin"), os.defpath]),
    }
    work = folder / "work"
    command = [str(environment / "bin" / "python"), *arguments]
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True)
    return f"{done.stdout}\n{done.stderr}" if done.returncode else ""


def check(download: Download, suffix: str, environment: Path) -> str:
    """Run one file of a download in an empty folder; return what went wrong."""
    source = download.script if suffix == ".py" else download.notebook
    in_chapter = download.kind == "chapters"
    config = KERNEL_CONFIG.read_text("utf-8") if in_chapter else AS_IN_THE_GALLERY
    with TemporaryDirectory() as name:
        copy = Path(name, "work", source.name)
        copy.parent.mkdir()
        copy.write_bytes(source.read_bytes())
        if suffix == ".py":
            return run(environment, Path(name), config, copy.name)
        execute = ["-m", "jupyter", "execute", "--inplace", "--timeout=900", copy.name]
        problem = run(environment, Path(name), config, *execute)
        return problem or differences(download, nbformat.read(copy, as_version=4))


def differences(download: Download, notebook: nbformat.NotebookNode) -> str:
    """Compare the figures of an executed notebook with those of its page."""
    page = soup(download.page)
    shown = page.select(FIGURES[download.kind])
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    drawn = [output.data for output in outputs if is_figure(output.get("data", {}))]
    if len(shown) != len(drawn):
        return f"the page shows {len(shown)} figures, the notebook draws {len(drawn)}"
    for number, (image, data) in enumerate(zip(shown, drawn, strict=True), 1):
        if image.name == "img" and not same(download.page.parent / str(image["src"]), data):
            return f"figure {number} of the notebook is not that of the page"
    return ""


def is_figure(data: dict[str, str]) -> bool:
    """Say whether an output is a picture."""
    return "image/svg+xml" in data or "image/png" in data


def same(file: Path, data: dict[str, str]) -> bool:
    """Compare a picture of the site with an output."""
    if file.suffix == ".svg":
        return file.read_text("utf-8").strip() == data.get("image/svg+xml", "").strip()
    pixels = [
        np.asarray(Image.open(source).convert("RGB"), float)
        for source in (file, BytesIO(b64decode(data["image/png"])))
    ]
    return pixels[0].shape == pixels[1].shape and bool(abs(pixels[0] - pixels[1]).mean() < 1)


def check_zips(site: Path, found: list[Download]) -> str:
    """Look for the archives of all examples, in both forms."""
    wanted = {download.script.stem for download in found if download.kind == "gallery"}
    for suffix in (".py", ".ipynb"):
        kind = "python" if suffix == ".py" else "jupyter"
        archive = linked(site / "gallery" / "index.html", f"gallery_{kind}.zip")
        names = {Path(name).name for name in zipfile.ZipFile(archive).namelist()}
        if missing := {f"{name}{suffix}" for name in wanted} - names:
            return f"{archive.name} lacks {', '.join(sorted(missing))}"
    return ""


def main() -> int:
    """Run the downloads, as many at once as there are cores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("environment", type=Path)
    parser.add_argument("pages", nargs="*", help="parts of the names of pages; by default all")
    parser.add_argument("--sample", type=int, help="run so many, chosen by chance")
    options = parser.parse_args()
    found = list(downloads(options.site.resolve()))
    problem = check_zips(options.site, found)
    problems = [problem] if problem else []
    if options.pages:
        found = [d for d in found if any(part in d.script.name for part in options.pages)]
    if options.sample:
        found = random.sample(found, min(options.sample, len(found)))
    if not found:
        sys.exit(f"there is nothing to run in {options.site}")
    plan = [(download, suffix) for download in found for suffix in (".py", ".ipynb")]

    def timed(job: tuple[Download, str]) -> tuple[str, float]:
        start = perf_counter()
        return check(*job, options.environment.resolve()), perf_counter() - start

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = zip(plan, pool.map(timed, plan), strict=True)
        for (download, suffix), (problem, seconds) in tqdm(jobs, total=len(plan), unit="file"):
            name = f"{download.script.stem}{suffix}"
            tqdm.write(f"{name} {seconds:.0f} s {'failed' if problem else 'ok'}")
            if problem:
                problems.append(f"{name}: {problem}")
    print("\n\n".join(problems), file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
