"""Answers to the exercises of chapter 14, as a reader may write them."""

from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from dlbook.exercises import grade


def operations(layer: nn.Module, inputs: Tensor) -> int:
    with FlopCounterMode(display=False) as counter:
        layer(inputs)
    total: int = counter.get_total_flops()
    return total


def by_formula(layer: Any, inputs: Tensor, *, places: bool = True, biases: bool = False) -> int:
    """Count by the formula, with one or another slip."""
    if isinstance(layer, nn.Linear):
        return len(inputs) * int(layer.out_features) * (layer.in_features + biases)
    rows, columns = (
        (n + 2 * p - k) // s + 1
        for n, k, s, p in zip(
            inputs.shape[2:], layer.kernel_size, layer.stride, layer.padding, strict=True
        )
    )
    of_place = layer.out_channels * (layer.in_channels * prod(layer.kernel_size) + biases)
    total: int = len(inputs) * of_place * (rows * columns if places else 1)
    return total


def times(
    calls: int, moved: int, work: int, overhead: float, bandwidth: float, peak: float
) -> list[float]:
    return [calls * overhead, moved / bandwidth, work / peak]


NAMES = ("overhead", "memory", "arithmetic")


def by_comparison(
    calls: int, moved: int, work: int, overhead: float, bandwidth: float, peak: float
) -> tuple[str, float]:
    first, second, third = times(calls, moved, work, overhead, bandwidth, peak)
    if first >= second and first >= third:
        return "overhead", first
    return ("memory", second) if second > third else ("arithmetic", third)


def added(*case: Any) -> tuple[str, float]:
    found = times(*case)
    return NAMES[int(np.argmax(found))], float(np.sum(found))


def smallest(*case: Any) -> tuple[str, float]:
    found = np.array(times(*case))
    return NAMES[found.argmin()], found.min()


def one_call(
    calls: int, moved: int, work: int, overhead: float, bandwidth: float, peak: float
) -> list[Any]:
    found = torch.tensor([overhead, moved / bandwidth, work / peak])
    return [NAMES[int(found.argmax())], found.max()]


def by_tensor(m: int, n_inputs: int, n_outputs: int, n_bytes: int) -> float:
    weights, inputs = torch.empty(n_inputs, n_outputs), torch.empty(m, n_inputs)
    moved = weights.numel() + inputs.numel() + (inputs @ weights).numel()
    return weights.numel() / moved * m / n_bytes


def anew(m: int, n_inputs: int, n_outputs: int, n_bytes: int) -> float:
    moved = sum(n_inputs + n_inputs * n_outputs + n_outputs for _ in range(m))
    return m * n_inputs * n_outputs / moved / n_bytes


def weighted_rows(gradients: Tensor, sizes: list[int]) -> Tensor:
    return torch.from_numpy(np.average(gradients.numpy(), axis=0, weights=sizes))


def of_samples(gradients: Tensor, sizes: list[int]) -> Tensor:
    """Give every sample the gradient of its worker, and take the mean."""
    return gradients.repeat_interleave(torch.tensor(sizes), dim=0).mean(0)


def over_samples(gradients: Tensor, sizes: list[int]) -> Tensor:
    return gradients.repeat_interleave(torch.tensor(sizes), dim=0).sum(0)


def plain(gradients: Tensor, sizes: list[int]) -> Tensor:
    total = torch.zeros(gradients.shape[1])
    for gradient in gradients:
        total += gradient
    return total / len(sizes)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("14.8", operations, "count as one"),
        ("14.8", lambda *case: by_formula(*case, places=False), "every place of its map"),
        ("14.8", lambda *case: by_formula(*case, biases=True), "counted the biases"),
        ("14.8", lambda layer, inputs: by_formula(layer, inputs[:1]), "one input"),
        ("14.9", anew, "reads them once"),
        ("14.9", lambda m, n, k, b: by_tensor(m, n, k, b) * b, "several bytes"),
        ("14.9", lambda m, n, k, b: (m * n * k) / ((n * k) * b), "of the weights only"),
        ("14.9", lambda m, n, k, b: (m * n * k) / ((n * k + m * n) * b), "written, too"),
        ("14.9", lambda m, n, k, b: b / m + b / n + b / k, "turned over"),
        ("14.10", added, "added the three times"),
        ("14.10", smallest, "smallest of the three"),
        ("14.10", one_call, "for every call"),
        ("14.11", plain, "same size"),
        ("14.11", over_samples, "sum over all samples"),
        ("14.11", lambda g, sizes: weighted_rows(g, sizes) / len(g), "number of workers as well"),
    ],
)
def test_a_wrong_answer_gets_the_hint_of_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("14.8", by_formula),
        ("14.8", lambda layer, inputs: operations(layer, inputs) // 2),
        ("14.9", by_tensor),
        ("14.10", by_comparison),
        ("14.11", weighted_rows),
        ("14.11", of_samples),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
