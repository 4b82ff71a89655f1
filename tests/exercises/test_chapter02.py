"""The exercises of chapter 2, answered in other ways than the book answers them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises import grade


def wrapped(image: Tensor, amount: int) -> Tensor:
    return torch.clamp(image + amount, 0, 255)


def stops_above_only(image: Tensor, amount: int) -> Tensor:
    total = image.long() + amount
    total[total > 255] = 255
    return total.byte()


def beyond_the_ends(image: Tensor, amount: int) -> Tensor:
    return torch.from_numpy(image.numpy().astype(np.int64) + amount)


def in_numpy(image: Tensor, amount: int) -> Tensor:
    return torch.from_numpy(np.clip(image.numpy().astype(int) + amount, 0, 255).astype(np.uint8))


def of_whole_numbers(images: Tensor, labels: Tensor, label: int) -> Tensor:
    return torch.mean(images[torch.where(labels == label)], 0)


def of_all(images: Tensor, labels: Tensor, label: int) -> Tensor:
    return images.double().sum(0) / images.shape[0]


def over_all(images: Tensor, labels: Tensor, label: int) -> Tensor:
    total = torch.zeros(images.shape[1:])
    for image, y in zip(images, labels, strict=True):
        if y == label:
            total += image
    return total / len(labels)


def one_for_each(images: Tensor, labels: Tensor, label: int) -> Tensor:
    return torch.tensor([float(image.float().mean()) for image in images[labels == label]])


def one_for_all(images: Tensor, labels: Tensor, label: int) -> Tensor:
    chosen = images[labels == label]
    return chosen.sum() / chosen.numel()


def weighted_sum(images: Tensor, labels: Tensor, label: int) -> Tensor:
    weights = (labels == label).float()
    return torch.einsum("n,nchw->chw", weights / weights.sum(), images.float())


def aligned_at_the_right(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    centered = images.clone()
    centered -= means
    centered /= deviations
    return centered


def along_the_height(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return images.sub(means[:, None]).div(deviations.reshape(-1, 1))


def along_the_images(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return (images - means[:, None, None, None]) / deviations[:, None, None, None]


def undivided(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return torch.stack([images[:, c] - mean for c, mean in enumerate(means)], dim=1)


def without_parentheses(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return images - means.view(1, -1, 1, 1) / deviations.view(1, -1, 1, 1)


def channels_last(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    return ((images.permute(0, 2, 3, 1) - means) / deviations).permute(0, 3, 1, 2)


def channel_after_channel(images: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    result = torch.empty_like(images)
    for c in range(images.shape[1]):
        result[:, c] = (images[:, c] - means[c]) / deviations[c]
    return result


def lost_dimension(scores: Tensor, dim: int) -> Tensor:
    powers = torch.exp(scores)
    return powers.div(torch.sum(powers, dim=dim))


def all_together(scores: Tensor, dim: int) -> Tensor:
    return functional.softmax(scores.flatten(), dim=0).reshape(scores.shape)


def without_powers(scores: Tensor, dim: int) -> Tensor:
    return functional.normalize(scores, p=1, dim=dim) * (
        scores.abs().sum(dim, keepdim=True) / scores.sum(dim, keepdim=True)
    )


def last_dimension_first(scores: Tensor, dim: int) -> Tensor:
    powers = scores.movedim(dim, -1).exp()
    return (powers / powers.sum(-1)[..., None]).movedim(-1, dim)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("2.8", wrapped, "wrapped around. Convert"),
        ("2.8", stops_above_only, "stops at 255 only"),
        ("2.8", beyond_the_ends, "outside of 0 to 255"),
        ("2.9", of_whole_numbers, "convert them to floating point"),
        ("2.9", of_all, "the mean of all images"),
        ("2.9", over_all, "number of all images"),
        ("2.9", one_for_each, "One number came out for each image"),
        ("2.9", one_for_all, "One number came out for all"),
        ("2.10", aligned_at_the_right, "meet the width"),
        ("2.10", along_the_height, "meet the height"),
        ("2.10", along_the_images, "meet the images"),
        ("2.10", undivided, "nothing is divided"),
        ("2.10", without_parentheses, "in parentheses"),
        ("2.11", lost_dimension, "lost the dimension"),
        ("2.11", all_together, "All numbers together"),
        ("2.11", lambda scores, dim: functional.softmax(scores, dim=1), "always take the same"),
        ("2.11", lambda scores, dim: scores.log_softmax(0).exp(), "always take the same"),
        ("2.11", without_powers, "raise e to the power"),
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
        ("2.8", in_numpy),
        ("2.9", weighted_sum),
        ("2.10", channels_last),
        ("2.10", channel_after_channel),
        ("2.11", last_dimension_first),
        ("2.11", functional.softmax),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Callable[..., Any]) -> None:
    verdict = grade(number, answer)
    assert verdict.right, verdict
