"""A small site in an empty folder, to see what one extension does."""

import os
from collections.abc import Mapping
from pathlib import Path

from forks import sphinx_build

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_ext"


class SmallSite:
    """Pages and settings written by a test."""

    def __init__(self, folder: Path, conf: str) -> None:
        self.folder = folder
        self.html = folder / "_build" / "html"
        self.output = ""
        path = f"import sys\nsys.path.insert(0, {str(EXTENSIONS)!r})\n"
        self.write("conf.py", f'{path}exclude_patterns = ["_build"]\n{conf}\n')

    def write(self, name: str, text: str) -> None:
        """Write a file of the site."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def read(self, name: str) -> str:
        """Read a page that was built."""
        return (self.html / name).read_text("utf-8")

    def build(self, *options: str, warnings: Mapping[str, int] | None = None, **env: str) -> None:
        """Build strictly; every warning must hold one of the texts, each so often as told."""
        clean = {name: text for name, text in os.environ.items() if name != "DLBOOK_CLAIMS"}
        folders = ["-d", "_build/doctrees", ".", "_build/html"]
        strict = ["-n", "-W", "--keep-going"]
        run = sphinx_build(self.folder, [*strict, *options, *folders], {**clean, **env})
        self.output = run.stdout + run.stderr
        expected = warnings or {}
        assert run.returncode == (1 if expected else 0), self.output
        lines = run.stderr.splitlines()
        found = [line for line in lines if "WARNING: " in line or "ERROR: " in line]
        assert len(found) == sum(expected.values()), self.output
        for text, times in expected.items():
            assert sum(text in line for line in found) == times, self.output
