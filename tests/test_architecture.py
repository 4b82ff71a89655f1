"""The arrows between the folders, and what every public name owes its reader."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import dlbook
import dlbook.experiments
import dlbook.scratch

SOURCE = Path(dlbook.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
# What a reader imports from; the package `dlbook.data` names what is public in its `__all__`.
MODULES = [
    info.name
    for package in (dlbook, dlbook.experiments, dlbook.scratch)
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    if "._" not in info.name
]


def imported(file: Path) -> Iterator[str]:
    """Name every module that a file imports, relative imports made absolute."""
    package = ["dlbook", *file.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            # `from dlbook import plotting` imports a module too.
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_the_library_knows_nothing_of_the_site(file: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(file)}
    assert not tops & {"sphinx", "IPython", "pytest", "docutils", "myst_nb", "importlib_metadata"}


@pytest.mark.parametrize(
    "file",
    [f for f in FILES if f.parent.name != "plotting"],
    ids=lambda f: str(f.relative_to(SOURCE)),
)
def test_only_pages_import_plotting(file: Path) -> None:
    assert not [name for name in imported(file) if name.startswith("dlbook.plotting")]


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_are_static(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "import_module(" not in text
    assert "__import__(" not in text


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.parent.name == "scratch"], ids=lambda f: f.name
)
def test_scratch_imports_nothing_else_of_the_library(file: Path) -> None:
    own = {name for name in imported(file) if name.startswith("dlbook")}
    assert all(name.startswith("dlbook.scratch") for name in own)


def test_the_package_itself_imports_nothing() -> None:
    code = "import sys; import dlbook; print([m for m in sys.modules if m.startswith('dlbook.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """List the functions and classes that a module defines for others, and their methods."""
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "").startswith(module.__name__)
        if name.startswith("_") or not own or name not in getattr(module, "__all__", [name]):
            continue
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value):
            yield name, value
            for method, function in vars(value).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{name}.{method}", function


def described(doc: str) -> set[str]:
    """Name the parameters that a NumPy docstring has an entry for."""
    section = re.search(
        r"^Parameters\n-+\n(.*?)(?:\n\n\w+\n-+\n|\Z)", doc, re.DOTALL | re.MULTILINE
    )
    heads = re.findall(r"^\*{,2}(\w.*?)(?: : .*)?$", section[1], re.MULTILINE) if section else []
    return {name.lstrip("*") for head in heads for name in head.split(", ")}


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} opens without its idea"
    for label, value in public(module):
        doc = inspect.getdoc(value)
        assert doc, f"{name}.{label} has no docstring"
        if not inspect.isfunction(value):
            continue
        signature = inspect.signature(value)
        parameters = [p for p in signature.parameters if p != "self"]
        undescribed = set(parameters) - described(doc)
        assert not undescribed, f"{name}.{label} does not describe {undescribed}"
        if signature.return_annotation not in (None, "None") and label.count(".") == 0:
            returned = "Returns\n---" in doc or "Yields\n---" in doc
            assert returned, f"{name}.{label} does not say what it returns"
