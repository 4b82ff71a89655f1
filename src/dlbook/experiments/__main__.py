"""Run experiments from the command line, and find records that are out of date."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from dlbook.digest import closure_digest
from dlbook.experiments.ants_and_bees import ants_and_bees
from dlbook.experiments.backward_cost import backward_cost
from dlbook.experiments.clothes import clothes
from dlbook.experiments.cnn_steps import cnn_steps
from dlbook.experiments.cut_out import cut_out
from dlbook.experiments.digits import digits
from dlbook.experiments.digits_from_scratch import digits_from_scratch
from dlbook.experiments.first_network import first_network
from dlbook.experiments.gpu_speed import gpu_speed
from dlbook.experiments.large_maps import large_maps
from dlbook.experiments.photographs import photographs
from dlbook.experiments.residual_cnn import residual_cnn
from dlbook.experiments.six_views import six_views
from dlbook.experiments.wheat_seeds import wheat_seeds
from dlbook.records import Record, load_record, records_folder, write_record
from dlbook.training import choose_device

EXPERIMENTS: dict[str, Callable[[], Record]] = {
    experiment.__name__: experiment
    for experiment in (
        first_network,
        digits_from_scratch,
        backward_cost,
        wheat_seeds,
        digits,
        clothes,
        photographs,
        cnn_steps,
        residual_cnn,
        large_maps,
        cut_out,
        six_views,
        ants_and_bees,
        gpu_speed,
    )
}
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
        if record.digest != closure_digest(experiment.__module__):
            problems[name] = f"the code changed since; run again: nox -s record -- {name}"
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run experiments from the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
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
    if "gpu_speed" in options.names and choose_device().type == "cpu":
        parser.error("gpu_speed compares a GPU with the processor, and PyTorch finds no GPU here")
    for name in options.names:
        experiment = EXPERIMENTS[name]
        record = replace(experiment(), digest=closure_digest(experiment.__module__))
        print(write_record(record, records_folder()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
