"""What a piece of code depends on, and a fingerprint of it.

A number is fresh as long as the code that made it has not changed. This module follows the
``import`` statements of a page, a script or a module through the package, and hashes the files
it reaches. The book uses it to decide what to run again, and a record to know its own age.
Docstrings do not count: they change no number.
"""

import ast
import hashlib
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from modulefinder import ModuleFinder
from pathlib import Path
from types import CodeType
from typing import Any

PACKAGE = "dlbook"
ROOT = Path(__file__).parent.parent
# The packages whose release can change a result or a figure.
LOCKED = ("torch", "torchvision", "numpy", "scikit-learn", "matplotlib", "pillow")

# Folders and modules that read, check or keep numbers, and make none: a record names the hashes of
# its data, and the tests hold what the readers make of the published files.
UNCOUNTED = {"data", "_checks.py", "checkpoints.py", "digest.py", "records.py"}


class _PackageFinder(ModuleFinder):
    """Follow imports inside the package only: torch alone has thousands of modules."""

    def find_module(self, name: str, path: Any, parent: Any = None) -> Any:
        if path is None and name != PACKAGE:
            raise ImportError(name)
        return super().find_module(name, path, parent)

    def load_module(self, fqname: str, fp: Any, pathname: str, file_info: Any) -> Any:
        if file_info[0] != ".py":
            return super().load_module(fqname, fp, pathname, file_info)
        module: Any = self.add_module(fqname)
        module.__file__ = pathname
        module.__code__ = _compiled(fp.read(), pathname)
        self.scan_code(module.__code__, module)
        return module

    def scan_opcodes(self, co: CodeType) -> Iterator[Any]:
        return iter(_imports_in(co))


@cache
def _compiled(source: bytes, name: str) -> CodeType:
    """Compile a module; most of a closure's time would go into doing it again for every page."""
    return compile(source, name, "exec")


@cache
def _imports_in(code: CodeType) -> list[Any]:
    """List the imports of a piece of code; a build meets the same modules for every page."""
    return list(ModuleFinder().scan_opcodes(code))


def closure(source: str, name: str = "<page>", root: Path = ROOT) -> list[Path]:
    """List the files of the package that a piece of code reaches through its imports.

    Parameters
    ----------
    source : str
        Python source code.
    name : str
        What to call it in a syntax error.
    root : pathlib.Path
        The folder that holds the package; by default the one this module was imported from.

    Returns
    -------
    list of pathlib.Path
        The files, sorted. The ``__init__.py`` of every package on the way is among them.

    Raises
    ------
    SyntaxError
        If `source` is not valid Python.

    Notes
    -----
    Static imports are followed wherever they stand, inside functions too, relative ones
    included. Imports by a computed name are not: the package has none, and a test holds that.

    Examples
    --------
    >>> [file.name for file in closure("from dlbook.scratch import losses")]
    ['__init__.py', '__init__.py', '_checks.py', 'activations.py', 'losses.py']
    """
    finder = _PackageFinder(path=[str(root)])
    finder.scan_code(compile(source, name, "exec"), finder.add_module("__main__"))
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return sorted(Path(file) for file in files if file is not None)


def digest(files: Iterable[Path], extra: Iterable[str] = (), root: Path = ROOT) -> str:
    """Hash the code of files, with any further texts that matter.

    Parameters
    ----------
    files : iterable of pathlib.Path
        Python files below `root`; their names relative to it count, the place of `root` does not.
    extra : iterable of str
        Further texts, such as versions or the hashes of data.
    root : pathlib.Path
        The folder that the names are relative to.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.
    """
    sha = hashlib.sha256()
    for file in files:
        code = _without_docstrings(file.read_text("utf-8"))
        content = hashlib.sha256(code.encode()).hexdigest()
        sha.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    for text in extra:
        sha.update(f"{text}\n".encode())
    return sha.hexdigest()[:16]


@cache
def _without_docstrings(source: str) -> str:
    """Leave out the lines of docstrings."""
    lines = source.splitlines()
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            first, last = node.body[0].lineno, node.body[0].end_lineno or 0
            # A docstring on the line of its `def` stays: the line is code too.
            if not lines[first - 1][: node.body[0].col_offset].strip():
                lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(line for line in lines if line)


def closure_digest(module: str) -> str:
    """Hash a module together with all that it imports from the package and that makes numbers.

    Parameters
    ----------
    module : str
        A dotted name, such as ``"dlbook.training"``.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a SHA-256.

    Raises
    ------
    ValueError
        If the package has no such module.

    Notes
    -----
    What reads data, checks arguments or keeps results does not count, so that a better message
    ages no record: `UNCOUNTED`.
    """
    files = closure(f"import {module}")
    parts = module.split(".")
    own = ROOT.joinpath(*parts)
    if own.with_suffix(".py") not in files and own / "__init__.py" not in files:
        raise ValueError(f"module: {module!r} is not a module of {PACKAGE}")
    inside = ROOT / PACKAGE
    return digest(f for f in files if UNCOUNTED.isdisjoint(f.relative_to(inside).parts))


def versions() -> list[str]:
    """Name the releases of Python and of the packages that can change a result.

    Returns
    -------
    list of str
        Entries such as ``"torch==2.15.0"``.

    Examples
    --------
    >>> [entry.split("==")[0] for entry in versions()]
    ['python', 'torch', 'torchvision', 'numpy', 'scikit-learn', 'matplotlib', 'pillow']
    """
    packages = [f"{name}=={version(name)}" for name in LOCKED]
    return [f"python=={platform.python_version()}", *packages]
