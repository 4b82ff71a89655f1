"""Answers to the exercises of chapter 11, as a reader may write them."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from dlbook.exercises import grade


def turned(image: Tensor, kernel: Tensor) -> Tensor:
    h, w = kernel.shape
    result = torch.zeros(image.shape[0] - h + 1, image.shape[1] - w + 1)
    for r, c, i, j in product(*map(range, (*result.shape, h, w))):
        result[r, c] += kernel[h - 1 - i, w - 1 - j] * image[r + i, c + j]
    return result


def short(image: Tensor, kernel: Tensor) -> Tensor:
    h, w = kernel.shape
    return torch.tensor(
        [
            [(image[r : r + h, c : c + w] * kernel).sum() for c in range(image.shape[1] - w)]
            for r in range(image.shape[0] - h)
        ]
    )


def padded(image: Tensor, kernel: Tensor) -> Tensor:
    h, w = kernel.shape
    wide = functional.pad(image, (w // 2, w // 2, h // 2, h // 2))
    return (wide.unfold(0, h, 1).unfold(1, w, 1) * kernel).sum((2, 3))


def averaged(image: Tensor, kernel: Tensor) -> Tensor:
    return (image.unfold(0, kernel.shape[0], 1).unfold(1, kernel.shape[1], 1) * kernel).mean((2, 3))


def by_numpy(image: Tensor, kernel: Tensor) -> Tensor:
    windows = np.lib.stride_tricks.sliding_window_view(image.numpy(), tuple(kernel.shape))
    return torch.from_numpy(np.tensordot(windows, kernel.numpy(), axes=2))


def zero_start(maps: Tensor, window: int, stride: int) -> Tensor:
    rows, columns = ((side - window) // stride + 1 for side in maps.shape[2:])
    result = torch.zeros(*maps.shape[:2], rows, columns)
    for r, c, i, j in product(range(rows), range(columns), range(window), range(window)):
        pixels = maps[:, :, r * stride + i, c * stride + j]
        result[:, :, r, c] = torch.maximum(result[:, :, r, c], pixels)
    return result


def cut_windows(maps: Tensor, window: int, stride: int) -> Tensor:
    lines = [
        torch.stack(
            [
                maps[:, :, r : r + window, c : c + window].amax((2, 3))
                for c in range(0, maps.shape[3], stride)
            ],
            dim=2,
        )
        for r in range(0, maps.shape[2], stride)
    ]
    return torch.stack(lines, dim=2)


def by_autograd(images: Tensor, errors: Tensor) -> Tensor:
    h, w = (n - m + 1 for n, m in zip(images.shape[2:], errors.shape[2:], strict=True))
    kernels = torch.zeros(errors.shape[1], images.shape[1], h, w, requires_grad=True)
    return torch.autograd.grad(functional.conv2d(images, kernels), kernels, errors)[0]


def by_windows(images: Tensor, errors: Tensor, sums: str) -> Tensor:
    windows = images.unfold(2, errors.shape[2], 1).unfold(3, errors.shape[3], 1)
    return torch.einsum(sums, windows, errors)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("11.8", turned, "turned the kernel by half a circle"),
        ("11.8", short, "n - k + 1 places"),
        ("11.8", padded, "you padded it"),
        ("11.8", averaged, "mean of the products"),
        ("11.9", lambda n, k, s, p: int((n - k + p) / s) + 1, "at both ends"),
        ("11.9", lambda n, k, s, p: len(range(0, n + 2 * p - k - s + 1, s)), "first place is miss"),
        ("11.9", lambda n, k, s, p: 1 + (n + 2 * p - k) / s, "after the decimal point"),
        ("11.9", lambda n, k, s, p: len(range(k, n + 2 * p + s, s)), "rounded up"),
        ("11.10", zero_start, "negative numbers is negative"),
        ("11.10", cut_windows, "only whole windows"),
        ("11.10", lambda m, w, s: functional.max_pool2d(m, w), "how far one window begins"),
        ("11.10", functional.avg_pool2d, "means of the windows"),
        ("11.10", lambda m, w, s: functional.max_pool2d(m, w, s).amax(1)[:, None], "channels too"),
        (
            "11.11",
            lambda images, errors: by_windows(images, errors, "ncijyx,nkyx->ckij"),
            "(K, C, h, w)",
        ),
        (
            "11.11",
            lambda images, errors: by_windows(images, errors, "ncijyx,nkyx->nkcij"),
            "for each sample",
        ),
        (
            "11.11",
            lambda images, errors: by_autograd(images, errors / len(errors)),
            "mean over the samples",
        ),
        (
            "11.11",
            lambda images, errors: by_autograd(images, errors.rot90(2, (2, 3))),
            "turned the errors",
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
        ("11.8", by_numpy),
        ("11.9", lambda n, k, s, p: len(range(0, n + 2 * p - k + 1, s))),
        ("11.10", functional.max_pool2d),
        ("11.11", by_autograd),
    ],
)
def test_a_right_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
