"""Answers to the exercises of chapter 13, as a reader may write them."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.transforms.functional import normalize

from dlbook.exercises import grade
from dlbook.transfer import Classifier


def by_einsum(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    places = maps.shape[2] * maps.shape[3]
    return torch.einsum("nchw,kc->nk", maps, weights) / places + biases


def of_maxima(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return functional.linear(functional.adaptive_max_pool2d(maps, 1).flatten(1), weights, biases)


def without_biases(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return torch.from_numpy(maps.numpy().mean(axis=(-2, -1)) @ weights.numpy().T)


def sums(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return torch.stack([weights @ image.flatten(1).sum(1) + biases for image in maps])


def transposed(maps: Tensor, weights: Tensor, biases: Tensor) -> Tensor:
    return functional.linear(maps.flatten(2).mean(2), weights.T, biases)


def by_torchvision(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    prepared: Tensor = normalize(images.float().div_(255), mean.tolist(), sd.tolist())
    return prepared


def by_numpy(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    pixels = images.numpy() / np.float64(255)
    return torch.from_numpy(pixels / sd.numpy()[:, None, None] - mean.numpy()[:, None, None])


def large(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    prepared: Tensor = normalize(images.float(), mean.tolist(), sd.tolist())
    return prepared


def on_columns(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    return torch.sub(images.float().div(255), mean).div(sd)


def centered(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    result = images.float() / 255
    for channel in range(3):
        result[:, channel] -= mean[channel]
    return result


def own_numbers(images: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    pixels = images.double()
    spread, middle = torch.std_mean(pixels, dim=(0, 2, 3), keepdim=True)
    return (pixels - middle) / spread


def count(parameters: Any) -> int:
    return sum(p.numel() for p in parameters if p.requires_grad)


def gradients_only(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    model.body.requires_grad_(False)
    return count(model.parameters()), model.body(images)


def mode_only(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    model.eval()
    with torch.no_grad():
        return count(model.parameters()), model.body(images)


def everything(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    model.requires_grad_(False).eval()
    return count(model.parameters()), model.body(images)


def tensors(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    model.body.requires_grad_(False).eval()
    return sum(p.requires_grad for p in model.parameters()), model.body(images)


def nothing(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    with torch.no_grad():
        return count(model.parameters()), model.body(images)


def only_norms(model: Classifier, images: Tensor) -> tuple[int, Tensor]:
    for part in model.body.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
    for parameter in model.body.parameters():
        parameter.requires_grad_(False)
    return count(model.head.parameters()), model.body(images)


def masked(logits: Tensor, columns: list[int]) -> Tensor:
    mask = torch.full_like(logits, -torch.inf)
    mask[:, columns] = 0
    return (logits + mask).softmax(1)[:, columns]


def in_order(logits: Tensor, columns: list[int]) -> Tensor:
    allowed = torch.zeros(logits.shape[1], dtype=torch.bool)
    allowed[columns] = True
    return functional.softmax(logits[:, allowed], dim=1)


def with_others(logits: Tensor, columns: list[int]) -> Tensor:
    powers = logits.exp()
    return torch.stack([powers[:, c] / powers.sum(1) for c in columns], dim=1)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("13.8", of_maxima, "takes the mean"),
        ("13.8", without_biases, "biases are missing"),
        ("13.8", sums, "added up the places"),
        ("13.8", transposed, "must be transposed"),
        ("13.9", by_numpy, "subtracted first"),
        ("13.9", large, "from 0 to 1"),
        ("13.9", on_columns, "met the columns"),
        ("13.9", centered, "still to come"),
        ("13.9", own_numbers, "by their own numbers"),
        ("13.10", gradients_only, "Which mode"),
        ("13.10", mode_only, "must not ask for a gradient"),
        ("13.10", everything, "Freeze the body only"),
        ("13.10", tensors, "counted the tensors"),
        ("13.10", nothing, "learns on"),
        ("13.11", in_order, "order of their numbers"),
        ("13.11", with_others, "do not sum to 1"),
        ("13.11", lambda logits, columns: logits.T[columns].softmax(1).T, "over the samples"),
        ("13.11", lambda logits, columns: logits.T[columns].T.max(1).indices, "one class for each"),
    ],
)
def test_a_wrong_answer_gets_the_hint_of_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [("13.8", by_einsum), ("13.9", by_torchvision), ("13.10", only_norms), ("13.11", masked)],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
