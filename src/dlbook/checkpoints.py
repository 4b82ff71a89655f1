"""Checkpoints: the state of a training run in one file, from which it goes on as if never stopped.

To continue a run exactly, the weights are not enough: the optimizer's moments, the place in the
schedule, the history and every random state belong to it too. Chapter 12 stops a run and resumes
it.
"""

import os
from pathlib import Path
from typing import Any

import torch

State = dict[str, Any]
"""Names to tensors, numbers, strings, and lists and dictionaries of them."""


def save_checkpoint(path: Path, state: State, run: State) -> None:
    """Write the state of a run; an older checkpoint is replaced whole, at any moment.

    Parameters
    ----------
    path
        The file; its folder is made if it is missing.
    state
        What `load_checkpoint` shall return.
    run
        What makes this run itself: settings that a run must share to go on from here.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "run.pt")
    ...     save_checkpoint(path, {"epoch": 3}, run={"seed": 0})
    ...     load_checkpoint(path, run={"seed": 0})
    {'epoch': 3}
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        torch.save({"run": run, "state": state}, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load_checkpoint(path: Path, run: State) -> State | None:
    """Read the state of a run, if it was saved.

    Parameters
    ----------
    path
        The file.
    run
        What makes this run itself, as for `save_checkpoint`.

    Returns
    -------
    dict or None
        None if there is no such file.

    Raises
    ------
    ValueError
        If the file is not a checkpoint, or one of another run; it is left as it is.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        saved, state = content["run"], content["state"]
        if not isinstance(saved, dict) or not isinstance(state, dict):
            raise TypeError("run and state must be dictionaries")
    except Exception as error:  # a damaged file can raise nearly anything
        raise ValueError(
            f"checkpoint: {path} is not a checkpoint of dlbook ({type(error).__name__}). Give "
            "another path, or delete the file to start from the beginning"
        ) from error
    differing = [key for key in run if saved.get(key) != run[key]]
    if differing:
        found = ", ".join(f"{key} {saved.get(key)!r} instead of {run[key]!r}" for key in differing)
        raise ValueError(
            f"checkpoint: {path} belongs to another run ({found}). Give another path, or delete "
            "the file to start from the beginning"
        )
    return state
