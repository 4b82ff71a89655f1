"""What a backward pass costs beside a forward pass, in seconds on one machine."""

from collections.abc import Callable
from functools import partial
from time import perf_counter

import torch

from dlbook.data import load
from dlbook.records import Record, make_record
from dlbook.scratch.network import Network

REPETITIONS = 200


def seconds(call: Callable[[], object]) -> float:
    """Time a call.

    Parameters
    ----------
    call : callable
        What to time; it is called many times.

    Returns
    -------
    float
        The mean duration of a call.
    """
    start = perf_counter()
    for _ in range(REPETITIONS):
        call()
    return (perf_counter() - start) / REPETITIONS


def backward_cost() -> Record:
    """Time both passes of 784-30-10 for batches of 10 and of 1,000, five times each.

    Returns
    -------
    Record
        For each batch size the seconds of a forward and of a backward pass, and their ratio.
    """
    data = load("mnist")
    inputs, labels = data.train.rows()
    targets = torch.eye(10)[labels]
    network = Network(784, 30, 10)
    metrics: dict[str, list[float]] = {}
    repeats = [0, 1, 2, 3, 4]
    for size in (10, 1000):
        batch, wanted = inputs[:size], targets[:size]
        trace = network.forward(batch)
        forward = [seconds(partial(network.forward, batch)) for _ in repeats]
        backward = [seconds(partial(network.backward, trace, wanted)) for _ in repeats]
        metrics[f"forward_seconds_{size}"] = forward
        metrics[f"backward_seconds_{size}"] = backward
        metrics[f"ratio_{size}"] = [b / f for b, f in zip(backward, forward, strict=True)]
    return make_record(
        "backward_cost",
        settings={"widths": [784, 30, 10], "batch_sizes": [10, 1000], "calls": REPETITIONS},
        seeds=repeats,
        metrics=metrics,
        curve={},
        data=data.provenance,
    )
