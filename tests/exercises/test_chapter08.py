"""Wrong and right answers to the exercises of chapter 8, written as a reader might."""

from itertools import pairwise, takewhile
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from dlbook.exercises import grade

Batches = list[tuple[Tensor, Tensor]]


def by_logarithms(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[Tensor]:
    losses = []
    for inputs, labels in batches:
        model.zero_grad()
        chances = model.train()(inputs).log_softmax(dim=-1)
        losses.append(-chances[range(len(labels)), labels].mean())
        losses[-1].backward()
        optimizer.step()
    return losses


def gradients_pile_up(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[float]:
    losses, criterion = [], nn.CrossEntropyLoss()
    optimizer.zero_grad()
    for inputs, labels in batches:
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def cleared_too_late(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[float]:
    losses = []
    for inputs, labels in batches:
        loss = nn.CrossEntropyLoss()(model(inputs), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


def step_first(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[float]:
    losses = []
    for inputs, labels in batches:
        loss = nn.CrossEntropyLoss()(model(inputs), labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


def softmax_in_front(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[float]:
    with_softmax = nn.Sequential(model, nn.Softmax(dim=1))
    return [float(loss) for loss in steps_of_fit(with_softmax, optimizer, batches)]


def steps_of_fit(model: nn.Module, optimizer: Optimizer, batches: Batches) -> list[Tensor]:
    losses = []
    for inputs, labels in batches:
        loss = functional.cross_entropy(model(inputs), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.detach())
    return losses


def by_softplus(outputs: Tensor, answers: Tensor) -> Tensor:
    z = outputs[:, 0]
    return (functional.softplus(z) - answers * z).mean()


def shapes_that_differ(outputs: Tensor, answers: Tensor) -> Tensor:
    return (functional.softplus(outputs) - answers * outputs).mean()


def formula_of_chapter_4(outputs: Tensor, answers: Tensor) -> Tensor:
    p = 1 / (1 + (-outputs.flatten()).exp())
    return -(answers * p.log() + (1 - answers) * (1 - p).log()).mean()


def large_power(outputs: Tensor, answers: Tensor) -> Tensor:
    z = outputs.view(-1)
    return ((1 + z.exp()).log() - answers * z).mean()


def sigmoid_in_front(outputs: Tensor, answers: Tensor) -> Tensor:
    loss: Tensor = nn.BCELoss()(torch.sigmoid(outputs), answers[:, None].float())
    return loss


def not_the_mean(outputs: Tensor, answers: Tensor) -> Tensor:
    criterion = nn.BCEWithLogitsLoss(reduction="none")
    losses: Tensor = criterion(outputs, answers.unsqueeze(1).float())
    return losses.sum()


def as_matrices(first: nn.Linear, second: nn.Linear) -> tuple[Tensor, Tensor]:
    a, b = second.weight.detach().numpy(), first.weight.detach().numpy()
    c, d = second.bias.detach().numpy(), first.bias.detach().numpy()
    return torch.from_numpy(np.einsum("jh,hk->jk", a, b)), torch.from_numpy(a.dot(d) + c)


def one_bias(first: nn.Linear, second: nn.Linear) -> tuple[Tensor, Tensor]:
    return torch.mm(second.weight, first.weight), second(torch.zeros(second.in_features))


def other_bias(first: nn.Linear, second: nn.Linear) -> tuple[Tensor, Tensor]:
    return as_matrices(first, second)[0], functional.linear(first.bias, second.weight)


def rows_of_inputs(first: nn.Linear, second: nn.Linear) -> tuple[Tensor, Tensor]:
    bias = second(first(torch.zeros(first.in_features)))
    return second(first(torch.eye(first.in_features))) - bias, bias


def in_a_while_loop(losses: list[float], patience: int) -> list[int]:
    epoch = 0
    while epoch < len(losses):
        epoch += 1
        best = int(np.argmin(losses[:epoch])) + 1
        if epoch - best >= patience:
            return [epoch, best]
    return [epoch, best]


def rises_in_a_row(losses: list[float], patience: int) -> tuple[int, int]:
    epoch = patience + 1
    while epoch <= len(losses):
        last = losses[epoch - patience - 1 : epoch]
        if all(b >= a for a, b in pairwise(last)):
            break
        epoch += 1
    epoch = min(epoch, len(losses))
    return epoch, losses[:epoch].index(min(losses[:epoch])) + 1


def never_begun_anew(losses: list[float], patience: int) -> tuple[int, int]:
    lowest, best, waited = losses[0], 1, 0
    for k in range(1, len(losses)):
        if losses[k] < lowest:
            lowest, best = losses[k], k + 1
        else:
            waited += 1
            if waited >= patience:
                return k + 1, best
    return len(losses), best


def from_zero(losses: list[float], patience: int) -> tuple[int, int]:
    epoch, best = in_a_while_loop(losses, patience)
    return epoch, best - 1


def one_too_many(losses: list[float], patience: int) -> tuple[int, int]:
    for epoch in range(1, len(losses) + 1):
        best = losses.index(min(losses[:epoch])) + 1
        if epoch - best > patience:
            break
    return epoch, best


def best_of_all(losses: list[float], patience: int) -> tuple[int, int]:
    lowest = [min(losses[: k + 1]) for k in range(len(losses))]
    going = takewhile(
        lambda k: k < patience or lowest[k] < lowest[k - patience], range(len(losses))
    )
    return min(len(list(going)) + 1, len(losses)), int(np.argmin(losses)) + 1


@pytest.mark.parametrize(
    ("number", "answer", "words"),
    [
        ("8.8", gradients_pile_up, "zero_grad is missing"),
        ("8.8", cleared_too_late, "The network stays as it was"),
        ("8.8", step_first, "follows the gradient of the batch before"),
        ("8.8", softmax_in_front, "softmax was applied twice"),
        ("8.9", shapes_that_differ, "broadcast to (n, n)"),
        ("8.9", formula_of_chapter_4, "the loss is infinite"),
        ("8.9", large_power, "the loss is infinite"),
        ("8.9", sigmoid_in_front, "cuts each logarithm off"),
        ("8.9", not_the_mean, "the loss is their mean"),
        ("8.10", one_bias, "bias of the first layer is lost"),
        ("8.10", other_bias, "bias of the second layer is missing"),
        ("8.10", rows_of_inputs, "weight is transposed"),
        ("8.11", rises_in_a_row, "compare with the lowest loss so far"),
        ("8.11", never_begun_anew, "Only those in a row count"),
        ("8.11", from_zero, "counted from 1"),
        ("8.11", one_too_many, "one epoch too many"),
        ("8.11", best_of_all, "never run"),
    ],
)
def test_a_wrong_answer_is_told_its_mistake(number: str, answer: Any, words: str) -> None:
    verdict = grade(number, answer)
    assert not verdict.right
    assert words in verdict.hint


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("8.8", by_logarithms),
        ("8.8", steps_of_fit),
        ("8.9", by_softplus),
        ("8.10", as_matrices),
        ("8.11", in_a_while_loop),
    ],
)
def test_an_answer_may_be_written_differently(number: str, answer: Any) -> None:
    assert grade(number, answer).right


@pytest.mark.parametrize(("number", "answer"), [("8.8", steps_of_fit), ("8.10", as_matrices)])
def test_layers_are_drawn_without_the_random_numbers_of_the_reader(
    number: str, answer: Any
) -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    grade(number, answer)
    assert torch.equal(torch.rand(3), expected)
