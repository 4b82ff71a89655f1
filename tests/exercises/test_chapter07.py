"""Wrong and right answers to the exercises of chapter 7, written as a reader might."""

from math import exp
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.model_selection import KFold
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from torch import Tensor

from dlbook.exercises import grade

Matrix = list[list[float]]
Numbers = list[float]


def by_tensors(weights: Matrix, biases: Numbers, inputs: Numbers) -> Numbers:
    z = torch.tensor(weights) @ torch.tensor(inputs) + torch.tensor(biases)
    result: Numbers = z.sigmoid().tolist()
    return result


def no_sigmoid(weights: Matrix, biases: Numbers, inputs: Numbers) -> Numbers:
    result: Numbers = (np.dot(weights, inputs) + biases).tolist()
    return result


def no_biases(weights: Matrix, biases: Numbers, inputs: Numbers) -> Numbers:
    outputs = []
    for row in weights:
        z = 0.0
        for weight, value in zip(row, inputs, strict=True):
            z += weight * value
        outputs.append(1 / (1 + exp(-z)))
    return outputs


def bias_in_the_loop(weights: Matrix, biases: Numbers, inputs: Numbers) -> Numbers:
    outputs = []
    for row, bias in zip(weights, biases, strict=True):
        z = sum(weight * value + bias for weight, value in zip(row, inputs, strict=True))
        outputs.append(1 / (1 + exp(-z)))
    return outputs


def by_autograd(inputs: Numbers, outputs: Numbers, targets: Numbers) -> tuple[Matrix, Numbers]:
    z = torch.tensor(outputs).logit().requires_grad_()
    loss = 0.5 * (z.sigmoid() - torch.tensor(targets)).square().sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert z.grad is not None
    return torch.outer(z.grad, torch.tensor(inputs)).tolist(), z.grad.tolist()


def no_slope(inputs: Numbers, outputs: Numbers, targets: Numbers) -> tuple[Matrix, Numbers]:
    errors = np.subtract(outputs, targets)
    return np.outer(errors, inputs).tolist(), errors.tolist()


def no_half(inputs: Numbers, outputs: Numbers, targets: Numbers) -> list[Any]:
    weights, biases = by_autograd(inputs, outputs, targets)
    return [(2 * np.array(weights)).tolist(), [2 * bias for bias in biases]]


def downhill(inputs: Numbers, outputs: Numbers, targets: Numbers) -> list[Any]:
    weights, biases = by_autograd(inputs, outputs, targets)
    return [[[-w for w in row] for row in weights], [-b for b in biases]]


def transposed(inputs: Numbers, outputs: Numbers, targets: Numbers) -> tuple[Matrix, Numbers]:
    errors = [
        (outputs[j] - targets[j]) * outputs[j] * (1 - outputs[j]) for j in range(len(targets))
    ]
    return [[value * error for error in errors] for value in inputs], errors


def by_scikit(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    scaler = MinMaxScaler().fit(train.numpy())
    return tuple(torch.from_numpy(scaler.transform(rows.numpy())) for rows in (train, test))  # type: ignore[return-value]


def leak(train: Tensor, test: Tensor) -> list[Tensor]:
    every = torch.from_numpy(MinMaxScaler().fit_transform(np.vstack([train, test])))
    return [every[: len(train)], every[len(train) :]]


def each_by_its_own(train: Tensor, test: Tensor) -> list[Tensor]:
    return [torch.from_numpy(MinMaxScaler().fit_transform(rows)) for rows in (train, test)]


def whole_table(train: Tensor, test: Tensor) -> list[Tensor]:
    return [(rows - train.min()) / (train.max() - train.min()) for rows in (train, test)]


def cut_off(train: Tensor, test: Tensor) -> list[Tensor]:
    scaler = MinMaxScaler(clip=True).fit(train)
    return [torch.from_numpy(scaler.transform(rows)) for rows in (train, test)]


def to_unit_variance(train: Tensor, test: Tensor) -> list[Tensor]:
    scaler = StandardScaler().fit(train)
    return [torch.from_numpy(scaler.transform(rows)) for rows in (train, test)]


def dealt_with_sets(n: int, k: int) -> list[list[list[int]]]:
    tests = [set(range(n)[fold::k]) for fold in range(k)]
    return [[sorted(set(range(n)) - test), sorted(test)] for test in tests]


def swapped(n: int, k: int) -> list[Any]:
    return [(test, train) for train, test in dealt_with_sets(n, k)]


def seen(n: int, k: int) -> list[Any]:
    return [([*range(n)], [row for row in range(n) if row % k == fold]) for fold in range(k)]


def of_scikit(n: int, k: int) -> list[Any]:
    return [(train.tolist(), test.tolist()) for train, test in KFold(k).split(range(n))]


def left_over(n: int, k: int) -> list[Any]:
    rows, size = list(range(n)), n // k
    return [
        (rows[:start] + rows[start + size :], rows[start : start + size])
        for start in range(0, size * k, size)
    ]


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("7.8", no_sigmoid, "gives out sigmoid(z)"),
        ("7.8", no_biases, "biases are missing"),
        ("7.8", bias_in_the_loop, "outside of the sum"),
        ("7.9", no_slope, "slope of the sigmoid is missing"),
        ("7.9", no_half, "twice too large"),
        ("7.9", downhill, "belongs to the step"),
        ("7.9", transposed, "one row for each neuron"),
        ("7.10", leak, "This is the leak"),
        ("7.10", each_by_its_own, "by their own extremes"),
        ("7.10", whole_table, "Each column has its own unit"),
        ("7.10", cut_off, "cut the test values off"),
        ("7.10", to_unit_variance, "Mean and standard deviation"),
        ("7.11", swapped, "wrong order within each pair"),
        ("7.11", seen, "must not be tested on"),
        ("7.11", of_scikit, "blocks of neighbors"),
        ("7.11", left_over, "left over are never"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [("7.8", by_tensors), ("7.9", by_autograd), ("7.10", by_scikit), ("7.11", dealt_with_sets)],
)
def test_an_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
