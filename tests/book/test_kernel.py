"""A forked kernel: like a fresh one, alone in its folder, and gone when the build is."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook

import book_freshness
from book_freshness import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")

LOOK = """
import json, os, signal, sys, torch
import matplotlib.pyplot as plt
own = ("JPY_PARENT_PID", "IPYTHONDIR", "PWD", "OLDPWD")
print(json.dumps({
    "environment": sorted(f"{k}={v}" for k, v in os.environ.items() if k not in own),
    "path": sys.path,
    "backend": plt.get_backend(),
    "signals": [str(signal.getsignal(s)) for s in (signal.SIGCHLD, signal.SIGPIPE)],
    "threads": torch.get_num_threads(),
    "leads": os.getpgid(0) == os.getpid(),
    "empty": os.listdir() in ([], [".ipython"]),
    "input": sys.__stdin__.read(),
    "name": __name__,
}))
"""


def execute(*cells: str, fork: bool = True, standins: Sequence[str] = ()) -> list[Any]:
    """Run cells as a page; return their outputs."""
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=metadata)
    executed, _ = run(notebook, timeout=60, fork=fork, standins=standins)
    return [cell.outputs for cell in executed.cells]


def test_a_forked_kernel_is_like_a_fresh_one() -> None:
    seen = [json.loads(execute(LOOK, fork=fork)[0][0].text) for fork in (True, False)]
    assert seen[0] == seen[1]


def test_what_is_printed_in_parts_is_one_output() -> None:
    # A kernel sends what was printed every 0.2 s: the pauses are longer, so that it comes in parts.
    slow = "for part in 'abc': print(part, end=' ', flush=True); time.sleep(0.3)"
    (_, (output,)) = execute("import time", slow)
    assert output.text == "a b c "


def test_a_stand_in_is_drawn_before_the_fork() -> None:
    look = "from dlbook.data import standins; standins._drawn.cache_info().currsize"
    ((output,),) = execute(look, standins=["seeds"])
    assert output.data["text/plain"] == "1"


def test_a_figure_is_drawn_as_the_settings_say() -> None:
    (outputs,) = execute("import matplotlib.pyplot as plt; plt.plot([1, 2]);")
    assert set(outputs[0].data) == {"image/svg+xml", "text/plain"}


def test_a_kernel_cleans_up() -> None:
    make = "from tempfile import TemporaryDirectory; folder = TemporaryDirectory(); folder.name"
    (outputs,) = execute(make)
    assert not Path(outputs[0].data["text/plain"].strip("'")).exists()


def test_a_kernel_that_dies_fails_its_page() -> None:
    with pytest.raises(book_freshness.DeadKernelError):
        execute("import os; os.kill(os.getpid(), 9)")


def test_kernels_end_with_the_build(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    page = f"open({str(noted)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    script = f"import test_kernel; test_kernel.execute('import os, time', {page!r})"
    paths = [str(Path(__file__).parent), str(Path(book_freshness.__file__).parent)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    build = subprocess.Popen([sys.executable, "-c", script], env=env)
    try:
        while not (noted.exists() and noted.read_text()):
            assert build.poll() is None
            time.sleep(0.1)
    finally:
        build.kill()
        build.wait()
    kernel = int(noted.read_text())
    for _ in range(600):  # it looks for its parent once a second
        if not Path(f"/proc/{kernel}").exists():
            return
        time.sleep(0.1)
    pytest.fail(f"kernel {kernel} outlived its build by a minute")
