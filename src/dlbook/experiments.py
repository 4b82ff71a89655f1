"""Named experiments whose results the book keeps as records.

``python -m dlbook.experiments NAME`` runs one and writes ``docs/records/NAME.json``; ``--check``
names the records whose code changed since. Each function is the experiment that a chapter
describes: "first_network" belongs to chapter 1.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from torch import Tensor
from tqdm import tqdm

from dlbook.data import Split, load
from dlbook.digest import closure_digest
from dlbook.models import MLP
from dlbook.records import Record, load_record, make_record, records_folder, write_record
from dlbook.training import Run, train_and_test


def flat_digits(split: Split) -> tuple[Tensor, Tensor]:
    """Prepare images for dense layers: rows of float32 from 0 to 1, and their labels.

    Parameters
    ----------
    split
        8-bit images (N, C, H, W) and labels (N,).

    Returns
    -------
    tuple of Tensor
        Inputs (N, C * H * W), float32, and the labels.
    """
    return split.inputs.flatten(1).float() / 255, split.labels


def first_network() -> Record:
    """Train chapter 1's network with three seeds: 784-512-10, RMSprop, batch 128, 5 epochs.

    Returns
    -------
    Record
        Metrics "accuracy" and "loss" on the test images, curves over the epochs.
    """
    data = load("mnist")
    train, test = flat_digits(data.train), flat_digits(data.test)
    seeds = [0, 1, 2]
    runs: list[Run] = [
        train_and_test(lambda: MLP(784, 512, 10), train, test, seed=seed, watch=True)
        for seed in tqdm(seeds, unit="seed", disable=None)
    ]
    return make_record(
        "first_network",
        settings={
            "widths": [784, 512, 10],
            "activation": "ReLU",
            "optimizer": "RMSprop",
            "learning_rate": 1e-3,
            "alpha": 0.9,
            "eps": 1e-7,
            "batch_size": 128,
            "epochs": 5,
            "scaling": "pixel / 255",
            "training_images": len(data.train.inputs),
            "test_images": len(data.test.inputs),
        },
        seeds=seeds,
        metrics={
            "accuracy": [run.test.accuracy for run in runs],
            "loss": [run.test.loss for run in runs],
        },
        curve={
            "train_loss": [run.history.train_loss for run in runs],
            "train_accuracy": [run.history.train_accuracy for run in runs],
            "test_loss": [run.history.validation_loss for run in runs],
            "test_accuracy": [run.history.validation_accuracy for run in runs],
        },
        data=data.provenance,
    )


EXPERIMENTS: dict[str, Callable[[], Record]] = {"first_network": first_network}
"""Every experiment by the name of its record."""


def stale_records() -> dict[str, str]:
    """Find the experiments without an up-to-date record.

    Returns
    -------
    dict of str to str
        For each of them, what is wrong.
    """
    problems = {}
    for name, experiment in EXPERIMENTS.items():
        try:
            record = load_record(name)
        except (FileNotFoundError, ValueError) as error:
            problems[name] = str(error)
            continue
        if record.digest != closure_digest(_module_of(experiment)):
            problems[name] = f"the code changed since; run again: nox -s record -- {name}"
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run experiments from the command line.

    Parameters
    ----------
    arguments
        The command line; by default that of the process.

    Returns
    -------
    int
        The exit status: 1 if ``--check`` found a record out of date.
    """
    parser = argparse.ArgumentParser(prog="python -m dlbook.experiments", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="experiments to run")
    parser.add_argument("--list", action="store_true", help="list the experiments")
    parser.add_argument("--check", action="store_true", help="report records that are out of date")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in EXPERIMENTS]
    if unknown:
        parser.error(f"unknown experiment {', '.join(unknown)}; known: {', '.join(EXPERIMENTS)}")
    if options.list:
        print("\n".join(EXPERIMENTS))
        return 0
    if options.check:
        problems = stale_records()
        for name, problem in problems.items():
            print(f"{name}: {problem}", file=sys.stderr)
        return 1 if problems else 0
    if not options.names:
        parser.error("name an experiment, or give --list or --check")
    for name in options.names:
        experiment = EXPERIMENTS[name]
        # Under "python -m" the module's own name is __main__; the digest needs the real one.
        record = replace(experiment(), digest=closure_digest(_module_of(experiment)))
        print(write_record(record, records_folder()))
    return 0


def _module_of(experiment: Callable[[], Record]) -> str:
    """Return the importable name of the module that defines `experiment`."""
    module = experiment.__module__
    return "dlbook.experiments" if module == "__main__" else module


if __name__ == "__main__":
    sys.exit(main())
