"""Wrong and right answers to the exercises of chapter 10, written as a reader might."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_score, recall_score
from torch import Tensor
from torchvision.transforms.functional import to_tensor

from dlbook.exercises import grade


def by_torchvision(pictures: Tensor) -> Tensor:
    return torch.stack([to_tensor(picture.numpy()).flatten() for picture in pictures])


def as_they_lie(pictures: Tensor) -> Tensor:
    n, h, w, _ = pictures.shape
    return pictures.float().div(255).reshape(n, 3, h, w).reshape(n, -1)


def on_their_side(pictures: Tensor) -> Tensor:
    turned = np.moveaxis(pictures.numpy(), -1, 1).swapaxes(2, 3)
    return torch.from_numpy(turned.reshape(len(turned), -1) / np.float32(255))


def not_scaled(pictures: Tensor) -> Tensor:
    return torch.cat([pictures[:, :, :, k].reshape(len(pictures), -1) for k in range(3)], 1).float()


def by_scikit(z: Tensor, labels: Tensor, wanted: int) -> list[float]:
    truth, said = (labels == wanted).numpy(), (z.sigmoid() > 0.5).numpy()
    return [(truth == said).mean(), 1 - truth.mean(), recall_score(truth, said)]


def precision(z: Tensor, labels: Tensor, wanted: int) -> list[float]:
    truth, said = (labels == wanted).numpy(), (z > 0).numpy()
    return [(truth == said).mean(), 1 - truth.mean(), precision_score(truth, said)]


def bar_for_z(z: Tensor, labels: Tensor, wanted: int) -> list[float]:
    truth, said = (labels == wanted).numpy(), (z > 0.5).numpy()
    return [(truth == said).mean(), 1 - truth.mean(), recall_score(truth, said)]


def always_yes(z: Tensor, labels: Tensor, wanted: int) -> list[float]:
    accuracy, always_no, recall = by_scikit(z, labels, wanted)
    return [accuracy, 1 - always_no, recall]


def found_of_all(z: Tensor, labels: Tensor, wanted: int) -> list[float]:
    hits = sum(1 for value, label in zip(z, labels, strict=True) if value > 0 and label == wanted)
    return [*by_scikit(z, labels, wanted)[:2], hits / len(labels)]


def in_loops(confusion: Tensor, made: Tensor) -> float:
    recalls: dict[bool, list[float]] = {True: [], False: []}
    for k, row in enumerate(confusion.tolist()):
        recalls[bool(made[k])].append(row[k] / sum(row))
    return float(np.mean(recalls[True]) - np.mean(recalls[False]))


def of_columns(confusion: Tensor, made: Tensor) -> Tensor:
    share = confusion.diag() / confusion.sum(0)
    return share[made].mean() - share[~made].mean()


def all_images_together(confusion: Tensor, made: Tensor) -> Tensor:
    found, there = confusion.diagonal().double(), confusion.sum(1).double()
    return found @ made.double() / (there @ made.double()) - found[~made].sum() / there[~made].sum()


def within_the_group(confusion: Tensor, made: Tensor) -> float:
    c, of_group = len(made), []
    for true in range(c):
        hits = sum(confusion[true, k].item() for k in range(c) if made[k] == made[true])
        of_group.append(hits / confusion[true].sum().item())
    shares = torch.tensor(of_group)
    return (shares[made].mean() - shares[~made].mean()).item()


def others_first(confusion: Tensor, made: Tensor) -> float:
    return in_loops(confusion, ~made)


def by_columns(images: Tensor, by: int) -> Tensor:
    width = images.shape[-1]
    columns = [images[..., k - by] if k >= by else 0 * images[..., k] for k in range(width)]
    return torch.stack(columns, dim=-1)


def around(images: Tensor, by: int) -> Tensor:
    return torch.cat([images[..., -by:], images[..., :-by]], dim=3)


def to_the_left(images: Tensor, by: int) -> Tensor:
    return torch.cat([images[..., by:], torch.zeros_like(images[..., :by])], dim=3)


def down(images: Tensor, by: int) -> Tensor:
    moved = np.zeros(images.shape, np.float32)
    moved[:, :, by:] = images[:, :, : images.shape[2] - by]
    return torch.from_numpy(moved)


def mirrored(images: Tensor, by: int) -> Tensor:
    return torch.cat([images[..., 1 : by + 1].flip(3), images[..., :-by]], dim=3)


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("10.8", as_they_lie, "permute the dimensions first"),
        ("10.8", on_their_side, "lie on their side"),
        ("10.8", not_scaled, "still run up to 255"),
        ("10.9", precision, "third number is the precision"),
        ("10.9", bar_for_z, "where the sigmoid is one half"),
        ("10.9", always_yes, "always saying yes"),
        ("10.9", found_of_all, "share of all images"),
        ("10.10", of_columns, "that is the precision"),
        ("10.10", all_images_together, "frequent classes weigh more"),
        ("10.10", within_the_group, "counted as right"),
        ("10.10", others_first, "turned around"),
        ("10.11", around, "came in again at the left"),
        ("10.11", to_the_left, "moved to the left"),
        ("10.11", down, "moved down"),
        ("10.11", mirrored, "mirror image"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [("10.8", by_torchvision), ("10.9", by_scikit), ("10.10", in_loops), ("10.11", by_columns)],
)
def test_an_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
