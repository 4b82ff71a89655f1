"""Builds that start as forks of one process: to load Sphinx and PyTorch takes each five seconds."""

import atexit
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["matplotlib.pyplot", "myst_nb", "sphinx.cmd.build", "sphinx_gallery.gen_gallery", "torch"]
)


def sphinx_build(
    folder: Path, options: Sequence[str], env: dict[str, str]
) -> CompletedProcess[str]:
    """Build in a folder as `python -m sphinx` does, a gallery on one core only.

    Nothing would end the workers that joblib keeps for the next example.
    """
    with TemporaryDirectory() as name:
        outputs = [Path(name, stream) for stream in ("stdout", "stderr")]
        process = FORKS.Process(target=become_build, args=(folder, options, env, outputs))
        process.start()
        process.join()
        assert process.exitcode is not None
        return CompletedProcess(
            options, process.exitcode, *(output.read_text("utf-8") for output in outputs)
        )


def become_build(
    folder: Path, options: Sequence[str], env: dict[str, str], outputs: Sequence[Path]
) -> None:
    """Be what `python -m sphinx` would have become."""
    import sphinx.cmd.build

    for number, output in enumerate(outputs, start=1):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    if "PYTHONPATH" in env:
        sys.path.insert(0, env["PYTHONPATH"])
    try:
        code = sphinx.cmd.build.main(options)
    finally:
        atexit._run_exitfuncs()
    sys.exit(code)
