"""The exercises of chapter 5, answered in other ways than the book answers them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.exercises import grade

Tensors = list[Tensor]


def row_meets_column(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return torch.sigmoid(torch.addmm(biases, activations, weights))


def samples_in_columns(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return torch.sigmoid(weights @ activations.T + biases[:, None])


def without_biases(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return functional.linear(activations, weights).sigmoid()


def biases_outside(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    outputs = 1 / (1 + torch.exp(-activations @ weights.T))
    outputs += biases
    return outputs


def by_loops(activations: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    outputs = torch.zeros(len(activations), len(weights))
    for i, a in enumerate(activations):
        for j, w in enumerate(weights):
            outputs[i, j] = torch.sigmoid(sum(w * a) + biases[j])
    return outputs


def weights_alone(widths: list[int]) -> int:
    return sum(widths[i] * widths[i + 1] for i in range(len(widths) - 1))


def biased_inputs(widths: list[int]) -> int:
    total = widths[0]
    for before, neurons in pairwise(widths):
        total += neurons * (before + 1)
    return total


def bias_of_each_input(widths: list[int]) -> int:
    return sum(k * (j + 1) for k, j in pairwise(widths))


def bias_of_each_layer(widths: list[int]) -> int:
    return sum(k * j + 1 for k, j in pairwise(widths))


def by_torch(widths: list[int]) -> int:
    layers = [nn.Linear(k, j) for k, j in pairwise(widths)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def scores_of(inputs: Tensor, weights: Tensors, biases: Tensors) -> Tensor:
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        inputs = functional.linear(inputs, w, b).sigmoid()
    return functional.linear(inputs, weights[-1], biases[-1])


def sigmoid_then_softmax(inputs: Tensor, weights: Tensors, biases: Tensors) -> Tensor:
    a = inputs
    for w, b in zip(weights, biases, strict=True):
        a = torch.sigmoid(a @ w.T + b)
    return torch.exp(a) / torch.exp(a).sum(1, keepdim=True)


def softmax_everywhere(inputs: Tensor, weights: Tensors, biases: Tensors) -> Tensor:
    a = inputs
    for w, b in zip(weights, biases, strict=True):
        a = functional.softmax(a @ w.T + b, dim=1)
    return a


def only_matrices(inputs: Tensor, weights: Tensors, biases: Tensors) -> Tensor:
    columns = inputs.T
    for w, b in zip(weights, biases, strict=True):
        columns = w @ columns + b.unsqueeze(1)
    return columns.softmax(0).T


def sample_by_sample(inputs: Tensor, weights: Tensors, biases: Tensors) -> Tensor:
    outputs = []
    for x in inputs:
        *hidden, last = zip(weights, biases, strict=True)
        for w, b in hidden:
            x = 1 / (1 + torch.exp(-(w @ x + b)))
        powers = torch.exp(last[0] @ x + last[1])
        outputs.append(powers / powers.sum())
    return torch.stack(outputs)


def by_probing(w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> list[Tensor]:
    def both(x: Tensor) -> Tensor:
        return w2 @ (w1 @ x + b1) + b2

    at_zero = both(torch.zeros(w1.shape[1]))
    columns = [both(unit) - at_zero for unit in torch.eye(w1.shape[1])]
    return [torch.stack(columns, dim=1), at_zero]


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("5.8", row_meets_column, "not turned over"),
        ("5.8", samples_in_columns, "for samples in columns"),
        ("5.8", without_biases, "biases are missing"),
        ("5.8", functional.linear, "the activation function is missing"),
        ("5.8", biases_outside, "come too late"),
        ("5.9", weights_alone, "the weights alone"),
        ("5.9", biased_inputs, "biases to the inputs"),
        ("5.9", bias_of_each_input, "a bias for each input"),
        ("5.9", bias_of_each_layer, "one bias in each layer"),
        ("5.10", sigmoid_then_softmax, "and softmax to that"),
        ("5.10", lambda *case: scores_of(*case).sigmoid(), "uses the sigmoid too"),
        ("5.10", lambda *case: scores_of(*case).softmax(0), "over the samples"),
        ("5.10", scores_of, "softmax is missing"),
        ("5.10", softmax_everywhere, "hidden layers use softmax too"),
        ("5.10", only_matrices, "no activation function"),
        (
            "5.11",
            lambda w1, b1, w2, b2: (torch.mm(w1, w2), functional.linear(b1, w2, b2)),
            "the wrong way round",
        ),
        (
            "5.11",
            lambda w1, b1, w2, b2: (w1.T @ w2.T, functional.linear(b1, w2, b2)),
            "weights are transposed",
        ),
        ("5.11", lambda w1, b1, w2, b2: (w2.mm(w1), b2.clone()), "biases of the first layer are"),
        ("5.11", lambda w1, b1, w2, b2: (w2.mm(w1), w2.mv(b1)), "second layer are missing"),
        ("5.11", lambda w1, b1, w2, b2: (w2.mm(w1), b2.add(b1)), "do not just add"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(
    number: str, answer: Callable[..., Any], words: str
) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("5.8", by_loops),
        ("5.8", lambda *case: functional.linear(*case).sigmoid()),
        ("5.9", by_torch),
        ("5.10", sample_by_sample),
        ("5.11", by_probing),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Callable[..., Any]) -> None:
    verdict = grade(number, answer)
    assert verdict.right, verdict
