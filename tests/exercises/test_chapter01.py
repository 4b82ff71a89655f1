"""The exercises of chapter 1, answered in other ways than the book answers them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises import grade


def unscaled(images: Tensor) -> Tensor:
    return torch.stack([image.float().reshape(-1) for image in images])


def by_the_brightest(images: Tensor) -> Tensor:
    rows = images.reshape(len(images), -1).to(torch.float32)
    rows /= rows.max()
    return rows


def in_8_bits(images: Tensor) -> Tensor:
    return images.reshape(len(images), -1).div(255, rounding_mode="floor")


def one_row(images: Tensor) -> Tensor:
    return images.double().div(255).reshape(-1)


def pixel_by_pixel(images: Tensor) -> Tensor:
    n, _, height, width = images.shape
    rows = torch.empty(n, height * width)
    for i in range(n):
        for y in range(height):
            for x in range(width):
                rows[i, y * width + x] = float(images[i, 0, y, x]) / 255
    return rows


def without_the_rest(n_samples: int, batch_size: int, epochs: int) -> int:
    count = 0
    for _ in range(epochs):
        count += int(n_samples / batch_size)
    return count


def all_epochs_at_once(n_samples: int, batch_size: int, epochs: int) -> int:
    return len(torch.split(torch.arange(epochs * n_samples), batch_size))


def one_epoch(n_samples: int, batch_size: int, epochs: int) -> int:
    return len(range(0, n_samples, batch_size))


def upward_by_minus(n_samples: int, batch_size: int, epochs: int) -> int:
    return -(-n_samples // batch_size) * epochs


def turned(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    counts = torch.zeros(n_classes, n_classes, dtype=torch.int64)
    for true, guess in zip(labels, predicted, strict=True):
        counts[guess, true] += 1
    return counts


def written_once(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    counts = torch.zeros(n_classes, n_classes, dtype=torch.int64)
    counts[labels, predicted] += 1
    return counts


def only_seen_classes(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    seen = sorted({*labels.tolist(), *predicted.tolist()})
    return torch.tensor(
        [[int(((labels == i) & (predicted == j)).sum()) for j in seen] for i in seen]
    )


def only_right(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    right = labels[labels == predicted]
    return torch.diag(torch.bincount(right, minlength=n_classes))


def by_one_hot(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    true, guess = (functional.one_hot(part, n_classes) for part in (labels, predicted))
    return torch.einsum("ni,nj->ij", true, guess)


def in_numpy(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    counts = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(counts, (labels.numpy(), predicted.numpy()), 1)
    return torch.from_numpy(counts)


def exchanged(labels: Tensor, predicted: Tensor, c: int) -> tuple[float, float]:
    of_class, as_class = labels.eq(c), predicted.eq(c)
    recall = float(as_class[of_class].float().mean())
    precision = float(of_class[as_class].float().mean())
    return recall, precision


def over_all(labels: Tensor, predicted: Tensor, c: int) -> tuple[float, float]:
    n_right = sum(y == p == c for y, p in zip(labels.tolist(), predicted.tolist(), strict=True))
    return n_right / len(labels), n_right / len(predicted)


def with_the_others(labels: Tensor, predicted: Tensor, c: int) -> tuple[float, float]:
    n_wrong = int(((labels == c) ^ (predicted == c)).sum())
    return 1 - n_wrong / len(labels), 1 - n_wrong / len(labels)


def accuracy(labels: Tensor, predicted: Tensor, c: int) -> tuple[float, float]:
    n_right = labels.eq(predicted).sum() / len(labels)
    return float(n_right), float(n_right)


def by_counting(labels: Tensor, predicted: Tensor, c: int) -> list[float]:
    pairs = list(zip(labels.tolist(), predicted.tolist(), strict=True))
    tp = pairs.count((c, c))
    fp = sum(p == c and y != c for y, p in pairs)
    fn = sum(y == c and p != c for y, p in pairs)
    return [tp / (tp + fp), tp / (tp + fn)]


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("1.9", unscaled, "not scaled"),
        ("1.9", by_the_brightest, "largest pixel of these images"),
        ("1.9", in_8_bits, "without the rest"),
        ("1.9", one_row, "one long row"),
        ("1.9", lambda images: pixel_by_pixel(images).T, "the transpose"),
        ("1.10", without_the_rest, "makes an update too"),
        ("1.10", all_epochs_at_once, "ran the epochs together"),
        ("1.10", one_epoch, "of one epoch"),
        ("1.10", lambda n, size, epochs: epochs * n / size, "no part of an update"),
        ("1.11", turned, "exchanged"),
        ("1.11", written_once, "No count exceeds 1"),
        ("1.11", only_seen_classes, "that happen to come up"),
        ("1.11", only_right, "Only the right predictions"),
        ("1.12", exchanged, "exchanged"),
        ("1.12", over_all, "number of all samples"),
        ("1.12", with_the_others, "not taken for it"),
        ("1.12", accuracy, "This is the accuracy"),
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
        ("1.9", pixel_by_pixel),
        ("1.9", lambda images: torch.flatten(images / 255, start_dim=1)),
        ("1.10", upward_by_minus),
        ("1.10", lambda n, size, epochs: epochs * math.floor((n + size - 1) / size)),
        ("1.11", by_one_hot),
        ("1.11", in_numpy),
        ("1.12", by_counting),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Callable[..., Any]) -> None:
    verdict = grade(number, answer)
    assert verdict.right, verdict
