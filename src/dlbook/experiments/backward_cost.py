"""What a backward pass costs beside a forward pass, in seconds on one machine."""

from collections.abc import Callable
from functools import partial
from timeit import timeit

from torch.nn import functional

from dlbook.data import load
from dlbook.records import Record, make_record
from dlbook.scratch.network import Network


def backward_cost(calls: int = 500) -> Record:
    """Time both passes of 784-30-10 for batches of 10 and of 1,000, five times each.

    Parameters
    ----------
    calls : int
        Calls behind each measured mean.

    Returns
    -------
    Record
        For each batch size the seconds of a forward and of a backward pass, and their ratio. In
        place of seeds it counts the repetitions.
    """
    data = load("mnist")
    inputs, labels = data.train.rows()
    targets = functional.one_hot(labels, 10).float()
    network = Network(784, 30, 10)
    metrics: dict[str, list[float]] = {}
    repetitions = [0, 1, 2, 3, 4]
    for size in (10, 1000):
        trace = network.forward(inputs[:size])
        passes: dict[str, Callable[[], object]] = {
            "forward": partial(network.forward, inputs[:size]),
            "backward": partial(network.backward, trace, targets[:size]),
        }
        for name, run in passes.items():
            timeit(run, number=calls)  # warms up
            times = [timeit(run, number=calls) / calls for _ in repetitions]
            metrics[f"{name}_seconds_{size}"] = times
        pairs = zip(
            metrics[f"backward_seconds_{size}"], metrics[f"forward_seconds_{size}"], strict=True
        )
        metrics[f"ratio_{size}"] = [backward / forward for backward, forward in pairs]
    return make_record(
        "backward_cost",
        settings={"widths": [784, 30, 10], "batch_sizes": [10, 1000], "calls": calls},
        seeds=repetitions,
        metrics=metrics,
        curve={},
        data=data.provenance,
    )
