"""How fast each network of the book is on a GPU, beside one core of the same machine."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from timeit import timeit

import torch
from torch import nn
from torch.utils.benchmark import Timer

from dlbook.data import resolve
from dlbook.efficientnet import EfficientNetLite0
from dlbook.experiments import photographs
from dlbook.experiments.large_maps import LARGE_MAPS
from dlbook.experiments.recipes import Recipe
from dlbook.models import MLP, LeNet, ResidualCNN, SimpleCNN, SingleNeuron
from dlbook.records import Record, make_record
from dlbook.training import choose_device

REPETITIONS = [0, 1, 2, 3, 4]


def networks() -> list[tuple[str, nn.Module, tuple[int, ...], int]]:
    """List networks of every kind that the book builds.

    Returns
    -------
    list of tuple
        Name, network, shape of one input, inputs in a batch. Those with kernels have their weights
        in channels-last order.
    """
    small, wide = MLP(784, 64, 64, 10), MLP(784, 512, 512, 10)
    listed: list[tuple[str, nn.Module, tuple[int, ...], int]] = [
        ("neuron 2-1", MLP(2, 1), (2,), 1),
        ("wheat seeds 7-10-3", MLP(7, 10, 3), (7,), 1),
        ("digits 784-30-10", MLP(784, 30, 10), (784,), 10),
        ("digits 784-64-64-10", small, (784,), 1),
        ("digits 784-64-64-10", small, (784,), 32),
        ("digits 784-64-64-10", small, (784,), 1000),
        ("digits 784-512-10", MLP(784, 512, 10), (784,), 128),
        ("digits 784-512-512-10", wide, (784,), 1),
        ("digits 784-512-512-10", wide, (784,), 1000),
        ("photos, neuron 3072-1", SingleNeuron(3072), (3072,), 256),
        ("photos, linear 3072-10", MLP(3072, 10), (3072,), 256),
        ("clothes, SimpleCNN", SimpleCNN(1, 28), (1, 28, 28), 128),
        ("photos, LeNet", LeNet(3, 32), (3, 32, 32), 128),
        ("photos, ResidualCNN", ResidualCNN(), (3, 32, 32), 64),
        ("the same, twice as wide", ResidualCNN(widths=(32, 64, 128)), (3, 32, 32), 64),
        ("EfficientNet-Lite0", EfficientNetLite0(), (3, 224, 224), 4),
    ]
    for _, network, shape, _ in listed:
        if len(shape) == 3:
            network.to(memory_format=torch.channels_last)
    return listed


def gpu_speed(seconds: float = 0.1, images: int = 2560) -> Record:
    """Time the networks and what bounds them on one core and on the device that the machine has.

    Parameters
    ----------
    seconds : float
        How long to repeat each call.
    images : int
        Photographs for a pass of training.

    Returns
    -------
    Record
        For the core ("cpu") and the device: seconds of a call of a layer of one weight, bytes a
        second of the memory, multiply-adds a second of float32 and bfloat16 numbers, bytes a second
        from one to the other, images a second in training; and as curves the seconds of a forward
        pass of each of `networks`, with and without the copy of the inputs to the device. In place
        of seeds it counts the repetitions.
    """
    device = choose_device()
    metrics: dict[str, list[float]] = {}
    curve: dict[str, list[list[float]]] = {}
    for _ in REPETITIONS:
        for place, where in (("cpu", torch.device("cpu")), ("device", device)):
            measured = _limits(where, seconds) | _training(where, images)
            for name, value in measured.items():
                metrics.setdefault(f"{name}_{place}", []).append(value)
            curve.setdefault(f"seconds_{place}", []).append(list(_forward(where, seconds)))
        here = torch.ones(24_000_000)
        spent = _time("here.to(device, copy=True)", seconds, here=here, device=device)
        metrics.setdefault("link", []).append(4 * len(here) / spent)
        curve.setdefault("seconds_copied", []).append(list(_forward(device, seconds, copy=True)))
    record = make_record(
        "gpu_speed",
        settings={
            "device": str(device),
            "seconds": seconds,
            "images": images,
            "networks": [f"{name}, {size}" for name, _, _, size in networks()],
        },
        seeds=REPETITIONS,
        metrics=metrics,
        curve=curve,
        data=resolve("cifar10"),
    )
    if device.type == "cuda":
        record = replace(record, machine=f"{record.machine}, {torch.cuda.get_device_name()}")
    return record


def _time(statement: str, seconds: float, **names: object) -> float:
    """Return the seconds of a statement, of many in a row; a GPU has to end all of them."""
    timer = Timer(statement, globals=names)
    return float(timer.blocked_autorange(min_run_time=seconds).median)


@torch.inference_mode()
def _limits(device: torch.device, seconds: float) -> dict[str, float]:
    """Measure overhead, bandwidth and multiply-adds a second."""
    tiny, one = nn.Linear(1, 1, device=device), torch.ones(1, 1, device=device)
    a, b = torch.ones(2, 24_000_000, device=device)
    limits = {
        "overhead": _time("tiny(one)", seconds, tiny=tiny, one=one),
        "bandwidth": 8 * len(a) / _time("b.copy_(a)", seconds, a=a, b=b),
    }
    side = 1024 if device.type == "cpu" else 8192
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        factor = torch.randn(side, side, device=device).to(dtype)
        limits[f"peak_{name}"] = side**3 / _time("factor @ factor", seconds, factor=factor)
    return limits


@torch.inference_mode()
def _forward(device: torch.device, seconds: float, *, copy: bool = False) -> Iterator[float]:
    """Time a forward pass of each network, with the copy of its inputs to the device if asked."""
    for _, network, shape, size in networks():
        network.to(device).eval()
        batch = torch.randn(size, *shape)
        if len(shape) == 3:
            batch = batch.contiguous(memory_format=torch.channels_last)
        names = {"network": network, "batch": batch if copy else batch.to(device)}
        yield _time("network(batch.to(device))", seconds, **names, device=device)


def _training(device: torch.device, n: int) -> dict[str, float]:
    """Run two recipes for one pass over some photographs, twice; count images a second."""
    (inputs, labels), _ = photographs.samples()
    part = inputs[:n].to(device), labels[:n].to(device)
    rates = {}
    for name, recipe in (("dense", photographs.RECIPES["fcn"]), ("large_maps", LARGE_MAPS)):
        there = replace(recipe, build=partial(_built, recipe, device), epochs=1)
        run = partial(there.run, (part, (part[0][:1], part[1][:1])), watch=False)
        rates[f"images_{name}"] = n / min(timeit(run, number=1) for _ in "12")
    return rates


def _built(recipe: Recipe, device: torch.device) -> nn.Module:
    """Build the network of a recipe on a device."""
    return recipe.build().to(device)
