"""Optimizers against those of ``torch.optim``: a hundred steps, in float64."""

import math
from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor

from dlbook.scratch import optim

PAIRS: dict[
    str, tuple[Callable[[], optim.Optimizer], Callable[[Iterable[Tensor]], torch.optim.Optimizer]]
] = {
    "gradient descent": (
        lambda: optim.GradientDescent(0.05),
        lambda w: torch.optim.SGD(w, lr=0.05),
    ),
    "momentum": (
        lambda: optim.GradientDescent(0.01, momentum=0.9),
        lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.9),
    ),
    "RMSprop": (
        lambda: optim.RMSprop(0.01),
        lambda w: torch.optim.RMSprop(w, lr=0.01),
    ),
    "RMSprop as in Keras": (
        lambda: optim.RMSprop(1e-3, decay=0.9, epsilon=1e-7),
        lambda w: torch.optim.RMSprop(w, lr=1e-3, alpha=0.9, eps=1e-7),
    ),
    "Adam": (
        lambda: optim.Adam(0.01),
        lambda w: torch.optim.Adam(w, lr=0.01),
    ),
    "Adam, other memory": (
        lambda: optim.Adam(0.02, beta1=0.5, beta2=0.9, epsilon=1e-6),
        lambda w: torch.optim.Adam(w, lr=0.02, betas=(0.5, 0.9), eps=1e-6),
    ),
}


def start() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(*shape, dtype=torch.float64, generator=generator) for shape in [(3, 2), (3,)]
    ]


def bumpy(parameters: list[Tensor]) -> Tensor:
    """Compute a loss whose gradient is neither constant nor proportional to the parameters."""
    weights, biases = parameters
    return (weights**4).sum() + (weights.sum(1) - 2 * biases).cos().sum() + (biases**2).sum()


@pytest.mark.parametrize("name", PAIRS)
def test_a_hundred_steps_are_pytorchs(name: str) -> None:
    make, make_reference = PAIRS[name]
    ours, theirs = start(), [w.requires_grad_() for w in start()]
    optimizer, reference = make(), make_reference(theirs)
    for _ in range(100):
        leaves = [w.detach().requires_grad_() for w in ours]
        optimizer.step(ours, torch.autograd.grad(bumpy(leaves), leaves))
        reference.zero_grad()
        bumpy(theirs).backward()
        reference.step()
        for w, expected in zip(ours, theirs, strict=True):
            torch.testing.assert_close(w, expected.detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "make_reference"),
    [
        (
            optim.step_decay(0.1, 0.5, every=7),
            lambda o: torch.optim.lr_scheduler.StepLR(o, step_size=7, gamma=0.5),
        ),
        (
            optim.step_decay(0.1, 0.9, every=1),
            lambda o: torch.optim.lr_scheduler.ExponentialLR(o, gamma=0.9),
        ),
        (
            optim.cosine(0.1, total=30),
            lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=30),
        ),
    ],
)
def test_schedules_are_pytorchs(
    schedule: optim.Schedule,
    make_reference: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler],
) -> None:
    weight = torch.zeros(1, requires_grad=True)
    reference = torch.optim.SGD([weight], lr=0.1)
    scheduler = make_reference(reference)
    for n_steps in range(30):
        assert schedule(n_steps) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9, abs=1e-12)
        reference.step()
        scheduler.step()


def test_a_schedule_sets_the_rate_of_each_step() -> None:
    weight = torch.zeros(1)
    optimizer = optim.GradientDescent(optim.step_decay(1.0, 0.5, every=1))
    for _ in range(3):
        optimizer.step([weight], [torch.ones(1)])
    assert weight.item() == -(1 + 0.5 + 0.25)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: optim.GradientDescent(0), "learning_rate must be above 0"),
        (lambda: optim.GradientDescent(float("nan")), "learning_rate must be above 0"),
        (lambda: optim.GradientDescent(0.1, momentum=1), "momentum must lie in"),
        (lambda: optim.RMSprop(0.1, decay=-0.1), "decay must lie in"),
        (lambda: optim.RMSprop(0.1, epsilon=0), "epsilon must be above 0"),
        (lambda: optim.Adam(beta1=1), "beta1 must lie in"),
        (lambda: optim.Adam(beta2=float("nan")), "beta2 must lie in"),
        (lambda: optim.Adam(epsilon=float("nan")), "epsilon must be above 0"),
        (lambda: optim.step_decay(0.1, 0.5, every=0), "every must be at least 1"),
        (lambda: optim.cosine(math.inf, 10), "initial must be above 0"),
    ],
)
def test_bad_settings_are_refused(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        make()


@pytest.mark.parametrize("make", [pair[0] for pair in PAIRS.values()])
def test_gradients_of_other_shapes_are_refused(make: Callable[[], optim.Optimizer]) -> None:
    with pytest.raises(ValueError, match="gradients must have the shapes"):
        make().step([torch.zeros(2)], [torch.zeros(3)])
