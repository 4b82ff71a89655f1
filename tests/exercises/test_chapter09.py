"""Wrong and right answers to the exercises of chapter 9, written as a reader might."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook.exercises import grade


def precision(scores: Tensor, labels: Tensor) -> Tensor:
    said = scores.argmax(1)
    return torch.tensor(
        [
            float((labels[said == k] == k).sum()) / int((said == k).sum())
            for k in range(scores.shape[1])
        ]
    )


def share_of_all(scores: Tensor, labels: Tensor) -> Tensor:
    hits = torch.zeros(scores.shape[1])
    for row, label in zip(scores, labels, strict=True):
        if row.argmax() == label:
            hits[label] += 1
    return hits / scores.shape[0]


def one_against_rest(scores: Tensor, labels: Tensor) -> Tensor:
    c = scores.shape[1]
    said, truth = functional.one_hot(scores.argmax(1), c), functional.one_hot(labels, c)
    return (said == truth).double().mean(0)


def by_counting(scores: Tensor, labels: Tensor) -> Tensor:
    said, truth = scores.numpy().argmax(1), labels.numpy()
    hits = np.bincount(truth[said == truth], minlength=scores.shape[1])
    return torch.from_numpy(hits / np.bincount(truth))


def by_building(n_in: int, n_out: int, side: int, height: int, width: int) -> tuple[int, int]:
    layer = nn.Conv2d(n_in, n_out, side, padding="same")
    parameters = sum(p.numel() for p in layer.parameters())
    return parameters, layer.weight.numel() * layer(torch.zeros(n_in, height, width))[0].numel()


def without_biases(n_in: int, n_out: int, side: int, height: int, width: int) -> list[int]:
    weights = nn.Conv2d(n_in, n_out, side).weight.numel()
    return [weights, weights * height * width]


def one_table(n_in: int, n_out: int, side: int, height: int, width: int) -> tuple[int, int]:
    layer = nn.Conv2d(1, n_out, side)
    return sum(p.numel() for p in layer.parameters()), height * layer.weight.numel() * width


def used_once(n_in: int, n_out: int, side: int, height: int, width: int) -> tuple[int, int]:
    weights = side * n_in * side * n_out
    return weights + n_out, weights


def in_loops(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    total = 0.0
    for number in range(n_bins):
        gap = 0.0
        for row, label in zip(beliefs.tolist(), labels.tolist(), strict=True):
            if number == min(int(max(row) * n_bins), n_bins - 1):
                gap += (row.index(max(row)) == label) - max(row)
        total += abs(gap)
    return total / len(labels)


def half_open_bins(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    sure, guess = beliefs.max(1)
    gaps = (guess == labels).double() - sure
    places = (sure * n_bins).floor()
    return sum(abs(float(gaps[places == k].sum())) for k in range(n_bins)) / len(labels)


def bin_behind_the_last(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    return half_open_bins(beliefs, labels, n_bins) + (
        float((beliefs.gather(1, labels[:, None])[beliefs.max(1).values == 1] < 1).sum())
        / len(labels)
    )


def mean_of_bins(beliefs: Tensor, labels: Tensor, n_bins: int) -> Tensor:
    sure, guess = beliefs.max(1)
    gaps = []
    for low in range(n_bins):
        rows = (sure >= low / n_bins) & (sure < (low + 1) / n_bins)
        if low == n_bins - 1:
            rows |= sure == 1
        if rows.any():
            gaps.append(((guess == labels)[rows].float().mean() - sure[rows].mean()).abs())
    return torch.stack(gaps).mean()


def signs_kept(beliefs: Tensor, labels: Tensor, n_bins: int) -> Tensor:
    sure, guess = beliefs.max(1)
    bins = (sure * n_bins).floor()
    parts = [
        (bins == k).float().mean()
        * (sure[bins == k].mean() - (guess == labels)[bins == k].float().mean())
        for k in set(bins.tolist())
    ]
    return torch.stack(parts).sum()


def belief_in_label(beliefs: Tensor, labels: Tensor, n_bins: int) -> float:
    given = beliefs.numpy()[np.arange(len(labels)), labels.numpy()].astype(float)
    right = beliefs.numpy().argmax(1) == labels.numpy()
    total = 0.0
    for k in np.unique((given * n_bins).astype(int)):
        rows = (given * n_bins).astype(int) == k
        total += rows.mean() * abs(right[rows].mean() - given[rows].mean())
    return total


def sorted_in_python(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    wrong = [k for k, row in enumerate(beliefs) if row.argmax() != labels[k]]
    return torch.tensor(sorted(wrong, key=lambda k: float(beliefs[k, labels[k]]))[:n])


def right_ones_too(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    losses = functional.nll_loss(beliefs.log(), labels, reduction="none")
    return losses.topk(min(n, len(losses))).indices


def surest(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    rows = beliefs.max(1).values.sort(descending=True).indices
    return rows[beliefs.argmax(1)[rows] != labels[rows]][:n]


def places(beliefs: Tensor, labels: Tensor, n: int) -> Tensor:
    wrong = (beliefs.argmax(1) != labels).nonzero().flatten()
    return beliefs[wrong].gather(1, labels[wrong].unsqueeze(1)).squeeze(1).sort().indices[:n]


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("9.8", precision, "That is the precision"),
        ("9.8", share_of_all, "divided by the number of all images"),
        ("9.8", one_against_rest, "counts every right"),
        ("9.9", without_biases, "biases are missing"),
        ("9.9", one_table, "a table for each channel"),
        ("9.9", used_once, "used at every place"),
        ("9.10", mean_of_bins, "Weight each distance"),
        ("9.10", signs_kept, "absolute value in each bin"),
        ("9.10", half_open_bins, "belongs in the last bin"),
        ("9.10", bin_behind_the_last, "belongs in the last bin"),
        ("9.10", belief_in_label, "You used the probability of the label"),
        ("9.11", right_ones_too, "were read right"),
        ("9.11", surest, "confidence in the wrong answer"),
        ("9.11", places, "row numbers of the whole set"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [("9.8", by_counting), ("9.9", by_building), ("9.10", in_loops), ("9.11", sorted_in_python)],
)
def test_an_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right
