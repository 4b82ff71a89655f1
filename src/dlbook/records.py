"""Recorded runs: results too long, or of too many seeds, to compute while the book is built.

A record is one JSON file in ``docs/records/``, written by ``nox -s record -- NAME`` and never by
hand. It keeps the settings, one value per seed of each metric, and where they came from. A page
that shows a record says so; "How to run this book" explains it. Chapter 1 shows the first one.
"""

import json
import math
import platform
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy
import torch

from dlbook.data import Provenance

_PACKAGE = Path(__file__).parent
_FOLDERS = (_PACKAGE / "_records", _PACKAGE.parents[1] / "docs" / "records")


@dataclass(frozen=True)
class Record:
    """The result of one named experiment.

    Attributes
    ----------
    name
        Name of the experiment, as in the command ``python -m dlbook.experiments --list``.
    settings
        What was run, in the experiment's own words.
    seeds
        Seeds of the runs.
    metrics
        For each metric one value per seed, in the order of `seeds`.
    curve
        For each curve one list of values per epoch, for each seed.
    title, tier, hashes
        Data set, the tier that answered ("local", "cache", "network" or "standin"), and the
        SHA-256 of its files.
    versions
        Versions of Python and of the packages that compute.
    machine
        Kind of machine and number of threads.
    digest
        Digest of the experiment's code and of every module that it imports.
    """

    name: str
    settings: dict[str, Any]
    seeds: list[int]
    metrics: dict[str, list[float]]
    curve: dict[str, list[list[float]]]
    title: str
    tier: str
    hashes: dict[str, str]
    versions: dict[str, str]
    machine: str
    digest: str

    @property
    def n(self) -> int:
        """Number of runs."""
        return len(self.seeds)

    def mean(self, metric: str) -> float:
        """Return the mean of a metric over the runs.

        Parameters
        ----------
        metric
            A key of `metrics`.

        Returns
        -------
        float
            The mean.

        Raises
        ------
        KeyError
            If it was not recorded.
        """
        return statistics.fmean(self.metrics[metric])

    def sd(self, metric: str) -> float:
        """Return the sample standard deviation of a metric over the runs.

        Parameters
        ----------
        metric
            A key of `metrics`.

        Returns
        -------
        float
            The standard deviation; 0 for a single run.

        Raises
        ------
        KeyError
            If it was not recorded.
        """
        return statistics.stdev(self.metrics[metric]) if self.n > 1 else 0.0


def make_record(
    name: str,
    *,
    settings: dict[str, Any],
    seeds: list[int],
    metrics: dict[str, list[float]],
    curve: dict[str, list[list[float]]],
    data: Provenance,
) -> Record:
    """Build a `Record` of a run on this machine, still without the digest of its code.

    Parameters
    ----------
    name, settings, seeds, metrics, curve
        As in `Record`.
    data
        Where the data came from.

    Returns
    -------
    Record
        With the versions and the machine of now, and an empty digest.

    Raises
    ------
    ValueError
        If a metric or a curve does not hold one finite entry per seed.

    Examples
    --------
    >>> drawn = Provenance("pair", "two points", "standin", "drawn", {}, "CC0", "an example")
    >>> losses = {"loss": [1.0, 2.0]}
    >>> record = make_record("try", settings={}, seeds=[0, 1], metrics=losses, curve={}, data=drawn)
    >>> record.n, record.mean("loss")
    (2, 1.5)
    """
    lengths = {key: len(values) for key, values in metrics.items()}
    lengths |= {key: len(values) for key, values in curve.items()}
    for key, length in lengths.items():
        if length != len(seeds):
            raise ValueError(f"{key!r} has {length} entries for {len(seeds)} seeds")
    for key, numbers in metrics.items():
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"{key!r} holds a value that is not finite: {numbers}")
    return Record(
        name=name,
        settings=settings,
        seeds=seeds,
        metrics=metrics,
        curve=curve,
        title=data.title,
        tier=data.tier,
        hashes=dict(data.hashes),
        versions={
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
        },
        machine=f"{platform.system()} {platform.machine()}, {torch.get_num_threads()} thread(s)",
        digest="",
    )


def load_record(name: str) -> Record:
    """Load a record by its name.

    Parameters
    ----------
    name
        Name of the experiment.

    Returns
    -------
    Record
        The record.

    Raises
    ------
    FileNotFoundError
        If there is none, with the command that makes it.
    ValueError
        If the file is not a record.

    Notes
    -----
    An installed wheel carries the records inside the package; a checkout has them in
    ``docs/records/``.

    Examples
    --------
    >>> sorted(load_record("first_network").metrics)
    ['accuracy', 'loss']
    """
    for folder in _FOLDERS:
        path = folder / f"{name}.json"
        if path.is_file():
            return read_record(path)
    raise FileNotFoundError(f"no record called {name!r}; make it with: nox -s record -- {name}")


def read_record(path: Path) -> Record:
    """Read one record from a file.

    Parameters
    ----------
    path
        A JSON file that `write_record` wrote.

    Returns
    -------
    Record
        The record.

    Raises
    ------
    ValueError
        If the file is not a record; the message names it.
    """
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is not a record ({error}); make it again with: nox -s record -- {path.stem}"
        ) from error


def write_record(record: Record, folder: Path) -> Path:
    """Write a record to ``NAME.json``; an older one is replaced whole.

    Parameters
    ----------
    record
        What to write.
    folder
        Where to; made if it is missing.

    Returns
    -------
    Path
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{record.name}.json"
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def records_folder() -> Path:
    """Return where a checkout keeps its records, ``docs/records``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileNotFoundError
        If the package does not run from a checkout.
    """
    folder = _FOLDERS[1]
    if not folder.parent.is_dir():
        raise FileNotFoundError("records are written in a checkout of the book; found none here")
    return folder
