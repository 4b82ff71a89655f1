"""The closure of imports, against a small package written for the purpose."""

from pathlib import Path

import pytest

from dlbook.digest import ROOT, UNCOUNTED, closure, closure_digest, digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "__init__.py": "",
        "base.py": "VALUE = 1",
        "lazy.py": "def f():\n    from dlbook.base import VALUE\n    return VALUE",
        "other.py": "",
        "part/__init__.py": "from .leaf import x",
        "part/leaf.py": "from ..base import VALUE as x",
    }
    for name, text in files.items():
        path = tmp_path / "dlbook" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os", set()),
        ("import dlbook.base", {"__init__", "base"}),
        ("from dlbook import base", {"__init__", "base"}),
        ("from dlbook.lazy import f", {"__init__", "base", "lazy"}),
        ("def f():\n    import dlbook.other", {"__init__", "other"}),
        ("import dlbook.part", {"__init__", "base", "part/__init__", "part/leaf"}),
    ],
)
def test_closure_follows_imports(root: Path, source: str, expected: set[str]) -> None:
    files = closure(source, root=root)
    found = {f.relative_to(root / "dlbook").with_suffix("").as_posix() for f in files}
    assert found == expected


def test_digest_changes_with_content_and_extras_but_not_with_place(root: Path) -> None:
    files = closure("import dlbook.lazy", root=root)
    before = digest(files, root=root)
    assert digest(files, ["torch==2"], root=root) != before
    moved = root.rename(root.with_name("moved"))
    files = closure("import dlbook.lazy", root=moved)
    assert digest(files, root=moved) == before
    (moved / "dlbook" / "base.py").write_text("VALUE = 2")
    assert digest(files, root=moved) != before


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ('"""Other words."""\n\nclass A:\n    """Longer:\n\n    words."""\n\n    x = 1\n', True),
        ("class A:\n    x = 1\n", True),
        ('"""Words."""\n\nclass A:\n    """Words."""\n\n    x = 2\n', False),
        ('"""Words."""\n\nclass A:\n    """Words."""\n\n    x = 1\n    """More."""\n', False),
        ('"""Words."""\n\nclass A: "words"; x = 1\n', False),
    ],
)
def test_docstrings_do_not_count_and_code_does(root: Path, changed: str, same: bool) -> None:
    base = root / "dlbook" / "base.py"
    base.write_text('"""Words."""\n\nclass A:\n    """Words."""\n\n    x = 1\n')
    before = digest([base], root=root)
    base.write_text(changed)
    assert (digest([base], root=root) == before) == same


def test_closure_digest_counts_what_makes_numbers() -> None:
    files = closure("import dlbook.training")
    names = {file.relative_to(ROOT / "dlbook").as_posix() for file in files}
    assert {"_checks.py", "checkpoints.py", "evaluation.py"} <= names
    counted = [file for file in files if file.name not in ("_checks.py", "checkpoints.py")]
    assert closure_digest("dlbook.training") == digest(counted)
    reached = closure("import dlbook.experiments.wheat_seeds")
    assert any("data" in file.parts for file in reached)
    counted = [f for f in reached if "data" not in f.parts and f.name not in UNCOUNTED]
    assert closure_digest("dlbook.experiments.wheat_seeds") == digest(counted)


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"'dlbook\.nothing' is not a module"):
        closure_digest("dlbook.nothing")
