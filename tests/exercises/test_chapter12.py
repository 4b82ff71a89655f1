"""Answers to the exercises of chapter 12, as a reader may write them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.exercises import grade
from dlbook.models import Residual

Network = Callable[[Tensor], Tensor]


def as_layer(maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    layer = nn.BatchNorm2d(len(gamma), eps=epsilon)
    layer.load_state_dict({"weight": gamma, "bias": beta}, strict=False)
    normalized: Tensor = layer(maps)
    return normalized


def map_by_map(
    maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float, correction: int
) -> Tensor:
    result = torch.empty_like(maps)
    for channel in range(maps.shape[1]):
        values = maps[:, channel]
        spread = (values.var(correction=correction) + epsilon) ** 0.5
        result[:, channel] = gamma[channel] * (values - values.mean()) / spread + beta[channel]
    return result


def by_image(maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    return functional.instance_norm(maps, weight=gamma, bias=beta, eps=epsilon)


def whole(maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    z = (maps - maps.mean()) / torch.sqrt(maps.var(correction=0) + epsilon)
    return torch.einsum("nchw,c->nchw", z, gamma) + beta.reshape(1, -1, 1, 1)


def outside(maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    values = maps.numpy()
    mean, sd = (f(values, axis=(0, 2, 3), keepdims=True) for f in (np.mean, np.std))
    return torch.from_numpy(
        gamma.numpy()[:, None, None] * (values - mean) / (sd + epsilon)
        + beta.numpy()[:, None, None]
    )


def bare(maps: Tensor, gamma: Tensor, beta: Tensor, epsilon: float) -> Tensor:
    return functional.batch_norm(maps, None, None, training=True, eps=epsilon)


def convolutions(first: Tensor, second: Tensor, padding: int = 1) -> list[nn.Conv2d]:
    layers = []
    for kernels in (first, second):
        layer = nn.Conv2d(len(kernels), len(kernels), 3, padding=padding, bias=False)
        layer.weight.data = kernels
        layers.append(layer)
    return layers


def by_library(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    one, two = convolutions(first, second)
    total: Tensor = Residual(one, nn.ReLU(), two, nn.ReLU())(maps)
    return total


def like_the_paper(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    one, two = convolutions(first, second)
    return functional.relu(Residual(one, nn.ReLU(), two)(maps))


def plain(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    one, two = convolutions(first, second)
    result: Tensor = nn.Sequential(one, nn.ReLU(), two, nn.ReLU())(maps)
    return result


def shrinking(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    one, two = convolutions(first, second, padding=0)
    total: Tensor = Residual(one, nn.ReLU(), two, nn.ReLU())(maps)
    return total


def added_twice(maps: Tensor, first: Tensor, second: Tensor) -> Tensor:
    for layer in convolutions(first, second):
        maps = maps + layer(maps).clamp(min=0)
    return maps


def sample_by_sample(logits: Tensor, labels: Tensor, share: float) -> Tensor:
    losses = []
    for scores, label in zip(logits, labels, strict=True):
        wanted = torch.full_like(scores, share / len(scores))
        wanted[label] += 1 - share
        losses.append(-(wanted * (scores.exp() / scores.exp().sum()).log()).sum())
    return sum(losses, torch.zeros(())) / len(losses)


def to_others(logits: Tensor, labels: Tensor, share: float) -> Tensor:
    wanted = torch.full_like(logits, share / (logits.shape[1] - 1))
    wanted[torch.arange(len(labels)), labels] = 1 - share
    return functional.cross_entropy(logits, wanted)


def sums_below_one(logits: Tensor, labels: Tensor, share: float) -> Tensor:
    wanted = torch.full_like(logits, share / logits.shape[1])
    wanted[torch.arange(len(labels)), labels] = 1 - share
    return -(wanted * logits.log_softmax(1)).sum() / len(labels)


def over_samples(logits: Tensor, labels: Tensor, share: float) -> Tensor:
    wanted = (1 - share) * torch.eye(logits.shape[1])[labels] + share / logits.shape[1]
    return -(wanted * torch.log(torch.softmax(logits, dim=0))).sum(1).mean()


def in_place_sum(network: Network, images: Tensor) -> Tensor:
    total = torch.softmax(network(images), dim=1)
    total += torch.softmax(network(images[..., torch.arange(images.shape[3] - 1, -1, -1)]), dim=1)
    return total.div_(2)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("12.8", partial(map_by_map, correction=1), "one less than the number"),
        ("12.8", by_image, "by its own numbers. The mean and the variance of a map"),
        ("12.8", whole, "each map has its own"),
        ("12.8", outside, "before the root"),
        ("12.8", bare, "gamma and beta"),
        ("12.9", like_the_paper, "after the sum"),
        ("12.9", plain, "input itself is not added"),
        ("12.9", shrinking, "Without padding"),
        ("12.9", added_twice, "one sum leads around both"),
        ("12.10", to_others, "the true one too"),
        ("12.10", sums_below_one, "do not sum to 1"),
        ("12.10", over_samples, "wrong dimension"),
        (
            "12.10",
            lambda logits, labels, share: functional.cross_entropy(
                logits, labels, label_smoothing=share, reduction="sum"
            ),
            "the mean",
        ),
        (
            "12.11",
            lambda network, images: torch.softmax(
                torch.stack([network(images), network(images.flip(-1))]).mean(0), dim=-1
            ),
            "softmax comes first",
        ),
        (
            "12.11",
            lambda network, images: torch.stack(
                [network(v).softmax(-1) for v in (images, images.flip(-2))]
            ).mean(0),
            "upside down",
        ),
        (
            "12.11",
            lambda network, images: torch.lerp(network(images), network(images.flip(-1)), 0.5),
            "These are logits",
        ),
    ],
)
def test_a_wrong_answer_gets_the_hint_of_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("12.8", as_layer),
        ("12.8", partial(map_by_map, correction=0)),
        ("12.9", by_library),
        ("12.10", sample_by_sample),
        ("12.11", in_place_sum),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
