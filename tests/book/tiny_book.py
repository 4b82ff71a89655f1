"""A tiny book: three pages and two examples, with the real settings and the real extensions."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from forks import sphinx_build

ROOT = Path(__file__).parents[2]
COPIED = ("docs/conf.py", "docs/_ext", "docs/_static", "docs/_templates", "docs/records", "src")
PROJECT = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-text")
# Every run of a page or an example leaves its name in a file.
LOG = 'import os\nwith open(os.environ["RUN_LOG"], "a") as log:\n    log.write("{name} ")\n'
PAGE = "---\nfile_format: mystnb\n---\n# {name}\n\nProse.\n\n```{{code-cell}} python\n{code}\n```\n"
DRAW = "import matplotlib.pyplot as plt\n\nplt.plot([VALUE])\n"
EXAMPLE = '"""\n{name}\n{line}\n\nIt draws. Chapter 1 tells why.\n"""\n{code}\n' + DRAW
INDEX = "# Tiny\n\n```{{toctree}}\n{pages}\n```\n"
HEADER = "Examples\n========\n\n"


class TinyBook:
    """A copy of the project with pages of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "runs.txt"
        self.html = folder / "docs" / "_build" / "html"
        self.output = ""
        ignore = shutil.ignore_patterns("__pycache__", "_build")
        for name in COPIED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignore)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        for name in PROJECT:
            shutil.copy(ROOT / name, folder)

    def write(self, name: str, text: str) -> None:
        """Write a file of the copy."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit a file of the copy."""
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def page(self, name: str, code: str) -> None:
        """Write a page with one code cell."""
        text = PAGE.format(name=name, code=LOG.format(name=name) + code)
        self.write(f"docs/{name}.md", text)

    def example(self, name: str, code: str) -> None:
        """Write an example of the gallery."""
        code = LOG.format(name=name) + code
        text = EXAMPLE.format(name=name, line="=" * len(name), code=code)
        self.write(f"gallery/plot_{name}.py", text)

    def forget(self) -> None:
        """Remove all that builds have made."""
        for name in ("_build", "gallery"):
            shutil.rmtree(self.folder / "docs" / name, ignore_errors=True)

    def environment(self, **env: str) -> dict[str, str]:
        """Say what a process in the book's folder finds in its environment."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DLBOOK_")}
        own = {"PYTHONPATH": str(self.folder / "src"), "RUN_LOG": str(self.log)}
        return {**clean, **own, "DLBOOK_DATA": "standin", **env}

    def options(self, *more: str) -> tuple[str, ...]:
        """Build as `nox -s docs` does, but on one core: other tests run on the others."""
        strict = ("-n", "-W", "--keep-going", "-j", "1")
        return (*strict, *more, "-d", "docs/_build/doctrees", "docs", "docs/_build/html")

    def start(self, *command: str, **env: str) -> "subprocess.Popen[str]":
        """Start Python in the book's folder, in a process group of its own."""
        self.log.write_text("")
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def build(self, *options: str, fails: bool = False, **env: str) -> list[str]:
        """Build the book; name the pages and examples that ran, sorted."""
        self.log.write_text("")
        done = sphinx_build(self.folder, self.options(*options), self.environment(**env))
        return self.finish(done.stdout + done.stderr, done.returncode, fails)

    def run(self, *command: str, fails: bool = False, **env: str) -> list[str]:
        """Run Python in the book's folder; name the pages and examples that ran, sorted."""
        process = self.start(*command, **env)
        return self.finish(process.communicate()[0], process.returncode, fails)

    def finish(self, output: str, code: int, fails: bool) -> list[str]:
        """See that a process ended as expected; name the pages and examples that ran, sorted."""
        self.output = output
        assert (code != 0) == fails, output
        return sorted(self.log.read_text().split())
