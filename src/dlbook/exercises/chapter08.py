"""The exercises of chapter 8: networks in PyTorch."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import le, lt

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD, Adam, Optimizer

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.models import MLP

Batches = list[tuple[Tensor, Tensor]]


def _trainings(generator: torch.Generator) -> Iterator[tuple[nn.Module, Optimizer, Batches]]:
    """Draw a network, its optimizer, and batches of inputs (m, k) and labels (m,)."""
    optimizers: tuple[Callable[..., Optimizer], ...] = (
        partial(SGD, lr=0.5),
        partial(SGD, lr=0.2, momentum=0.9),
        partial(Adam, lr=0.05),
    )
    for widths, m, optimizer in zip(
        ((2, 3), (3, 8, 2), (4, 5, 3)), (8, 5, 1), optimizers, strict=True
    ):
        model = MLP(*widths)
        batches = [
            (
                torch.randn(m, widths[0], generator=generator),
                torch.randint(widths[-1], (m,), generator=generator),
            )
            for _ in range(5)
        ]
        yield model, optimizer(model.parameters()), batches


def _pass(
    model: nn.Module,
    optimizer: Optimizer,
    batches: Batches,
    steps: str = "zero_grad backward step",
    loss: Callable[[Tensor, Tensor], Tensor] = functional.cross_entropy,
) -> list[float]:
    losses = []
    for inputs, labels in batches:
        value = loss(model(inputs), labels)
        calls: dict[str, Callable[[], object]] = {
            "zero_grad": optimizer.zero_grad,
            "backward": value.backward,
            "step": optimizer.step,
        }
        for name in steps.split():
            calls[name]()
        losses.append(value.item())
    return losses


def _softmax_twice(outputs: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.softmax(1), labels)


def _answers(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw outputs (n, 1) and answers (n,); in the last case one is very sure, and wrong."""
    for n in (4, 7, 30):
        outputs = 2 * torch.randn(n, 1, generator=generator)
        answers = torch.randint(2, (n,), generator=generator)
        if n == 30:
            outputs[0], answers[0] = 200, 0
            outputs[1], answers[1] = -150, 1
        yield outputs, answers


def _binary(outputs: Tensor, answers: Tensor, reduction: str = "mean") -> Tensor:
    return functional.binary_cross_entropy_with_logits(
        outputs.squeeze(1), answers.float(), reduction=reduction
    )


def _by_logarithms(outputs: Tensor, answers: Tensor) -> Tensor:
    p = outputs.squeeze(1).sigmoid()
    return -torch.where(answers == 1, p, 1 - p).log().mean()


def _cut_off(outputs: Tensor, answers: Tensor) -> Tensor:
    return functional.binary_cross_entropy(outputs.squeeze(1).sigmoid(), answers.float())


def _everyone_with_everyone(outputs: Tensor, answers: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(
        outputs.expand(-1, len(answers)), answers.float().expand(len(answers), -1)
    )


def _pairs(generator: torch.Generator) -> Iterator[tuple[nn.Linear, nn.Linear]]:
    """Draw two layers, the second one fed with what the first gives out."""
    for n_in, n_hidden, n_out in ((2, 5, 1), (3, 2, 4), (4, 4, 4)):
        first = nn.Linear(n_in, n_hidden)
        yield first, nn.Linear(n_hidden, n_out)


def _merged(first: nn.Linear, second: nn.Linear) -> tuple[Tensor, Tensor]:
    return second.weight @ first.weight, second(first.bias)


def _histories(generator: torch.Generator) -> Iterator[tuple[list[float], int]]:
    """Give validation losses and a patience: ragged curves, one of them with a tie."""
    yield [0.9, 0.7, 0.6, 0.65, 0.62, 0.64, 0.5, 0.4], 3
    yield [0.9, 0.8, 0.85, 0.8, 0.7, 0.75, 0.72, 0.71, 0.6], 4
    yield [0.7, 0.75, 0.71, 0.8, 0.72, 0.9, 0.73, 0.3], 5
    yield [0.9, 0.5, 0.6, 0.5, 0.7, 0.6], 3


def _stopped(
    losses: list[float], patience: int, below: Callable[[float, float], bool] = lt
) -> tuple[int, int]:
    best = epoch = 1
    for epoch, loss in enumerate(losses, 1):
        if below(loss, losses[best - 1]):
            best = epoch
        if epoch - best == patience:
            break
    return epoch, best


def _against_the_one_before(losses: list[float], patience: int) -> tuple[int, int]:
    rises = epoch = 0
    for epoch, loss in enumerate(losses, 1):
        rises = rises + 1 if epoch > 1 and loss >= losses[epoch - 2] else 0
        if rises == patience:
            break
    seen = losses[:epoch]
    return epoch, seen.index(min(seen)) + 1


def _failures_added_up(losses: list[float], patience: int) -> tuple[int, int]:
    best, failures, epoch = 1, 0, 1
    for epoch, loss in enumerate(losses[1:], 2):
        if loss < losses[best - 1]:
            best = epoch
        else:
            failures += 1
        if failures == patience:
            break
    return epoch, best


EXERCISES = {
    "8.8": Exercise(
        task="It takes a network, its optimizer, and a list of batches, pairs of inputs (m, k) and "
        "labels (m,); it makes one step of training with each batch, in order, and returns the "
        "list of their cross-entropies, each as it was before the step.",
        solution=_pass,
        cases=_trainings,
        mistakes=(
            Mistake(
                "zero_grad is missing: backward adds to the gradients of the batches before.",
                partial(_pass, steps="backward step"),
            ),
            Mistake(
                "The network stays as it was. A step needs gradients: clear them before "
                "backward(), and call step() after it.",
                partial(_pass, steps=""),
            ),
            Mistake(
                "Each step follows the gradient of the batch before, because step() stands ahead "
                "of backward().",
                partial(_pass, steps="step zero_grad backward"),
            ),
            Mistake(
                "The softmax was applied twice: cross_entropy takes logits and applies it itself.",
                partial(_pass, loss=_softmax_twice),
            ),
            Mistake(
                "You added up over the samples of a batch; the loss is their mean, so that the "
                "step does not depend on the size of the batch.",
                partial(_pass, loss=partial(functional.cross_entropy, reduction="sum")),
            ),
        ),
    ),
    "8.9": Exercise(
        task="It takes the outputs z (n, 1) of a network and the answers (n,), whole numbers 0 and "
        "1; it returns their mean binary cross-entropy, a tensor with one number, finite for z of "
        "any size.",
        solution=_binary,
        cases=_answers,
        mistakes=(
            Mistake(
                "Outputs (n, 1) and answers (n,) were broadcast to (n, n): every output met every "
                "answer. Bring them to one shape first.",
                _everyone_with_everyone,
            ),
            Mistake(
                "Where the network is very sure and wrong, a logarithm of 0 or a huge power of e "
                "came in, and the loss is infinite. Use the last form of the equation.",
                _by_logarithms,
            ),
            Mistake(
                "A sigmoid, then BCELoss: it cuts each logarithm off at -100, and its slope there "
                "is 0. Take the loss of the logits themselves.",
                _cut_off,
            ),
            Mistake(
                "You added up over the samples; the loss is their mean.",
                partial(_binary, reduction="sum"),
            ),
            Mistake(
                "The answers are turned around: this is the loss for 1 - y.",
                lambda outputs, answers: _binary(outputs, 1 - answers),
            ),
        ),
    ),
    "8.10": Exercise(
        task="It takes two layers nn.Linear, the first with k inputs and the second with j "
        "outputs; it returns two tensors, the weight (j, k) and the bias (j,) of the one layer "
        "that does the same as both.",
        solution=_merged,
        cases=_pairs,
        mistakes=(
            Mistake(
                "The bias of the first layer is lost. It passes through the second layer too.",
                lambda first, second: (second.weight @ first.weight, second.bias),
            ),
            Mistake(
                "The bias of the second layer is missing.",
                lambda first, second: (
                    second.weight @ first.weight,
                    second.weight @ first.bias,
                ),
            ),
            Mistake(
                "The weight is transposed: nn.Linear keeps a row for each output.",
                lambda first, second: (
                    first.weight.T @ second.weight.T,
                    second(first.bias),
                ),
            ),
        ),
    ),
    "8.11": Exercise(
        task="It takes a list of validation losses, one for each epoch that could be run, and the "
        "patience; it returns two whole numbers, how many epochs are run and which was the best, "
        "counted from 1.",
        solution=_stopped,
        cases=_histories,
        mistakes=(
            Mistake(
                "You compared each epoch with the one before. A ragged curve falls now and then "
                "without coming to anything: compare with the lowest loss so far.",
                _against_the_one_before,
            ),
            Mistake(
                "You counted all epochs without a new lowest loss. Only those in a row count: "
                "begin anew whenever there is a new one.",
                _failures_added_up,
            ),
            Mistake(
                "A loss as low as the lowest so far is no new lowest: it changes nothing.",
                partial(_stopped, below=le),
            ),
            Mistake(
                "The epochs are counted from 1: the first in the list is epoch 1.",
                lambda losses, patience: (
                    _stopped(losses, patience)[0],
                    _stopped(losses, patience)[1] - 1,
                ),
            ),
            Mistake(
                "You waited one epoch too many: stop when so many epochs as the patience says "
                "have brought nothing new.",
                lambda losses, patience: _stopped(losses, patience + 1),
            ),
            Mistake(
                "You looked at epochs that were never run: the best epoch is the best until "
                "the stop.",
                lambda losses, patience: (
                    _stopped(losses, patience)[0],
                    losses.index(min(losses)) + 1,
                ),
            ),
        ),
    ),
}
