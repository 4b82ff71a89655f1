"""The four equations against autograd and against finite differences, in float64."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlbook.scratch.network import COSTS, Network, train_epoch
from dlbook.scratch.optim import GradientDescent

KINDS = [
    ("sigmoid", "sigmoid", "quadratic"),
    ("tanh", "linear", "quadratic"),
    ("GELU", "softmax", "quadratic"),
    ("ReLU", "softmax", "cross-entropy"),
    ("sigmoid", "softmax", "cross-entropy"),
]
SIDES = st.integers(1, 4)


def example(
    kind: tuple[str, str, str], m: int, widths: list[int], seed: int
) -> tuple[Network, Tensor, Tensor]:
    hidden, output, cost = kind
    network = Network(
        *widths, hidden=hidden, output=output, cost=cost, seed=seed, dtype=torch.float64
    )
    chance = torch.Generator().manual_seed(seed)
    for b in network.biases:
        b += torch.randn(b.shape, generator=chance, dtype=torch.float64)
    inputs = torch.randn(m, widths[0], generator=chance, dtype=torch.float64)
    targets = torch.eye(widths[-1], dtype=torch.float64)[torch.arange(m) % widths[-1]]
    return network, inputs, targets


def cost_of(network: Network, inputs: Tensor, targets: Tensor) -> Tensor:
    return network.cost.function(network.forward(inputs).outputs, targets)


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
@given(m=SIDES, widths=st.lists(SIDES, min_size=2, max_size=4), seed=st.integers(0, 1000))
def test_gradients_are_autograds(
    kind: tuple[str, str, str], m: int, widths: list[int], seed: int
) -> None:
    network, inputs, targets = example(kind, m, widths, seed)
    trace = network.forward(inputs)
    network.backward(trace, targets)
    for parameter in network.parameters:
        parameter.requires_grad_()
    expected = torch.autograd.grad(cost_of(network, inputs, targets), network.parameters)
    for ours, theirs in zip(trace.gradients, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", [k for k in KINDS if k[0] != "ReLU"], ids="-".join)
def test_gradients_are_central_differences(kind: tuple[str, str, str]) -> None:
    network, inputs, targets = example(kind, 3, [2, 4, 3], seed=0)
    trace = network.forward(inputs)
    network.backward(trace, targets)
    step = 1e-5
    for parameter, gradient in zip(network.parameters, trace.gradients, strict=True):
        entries, slopes = parameter.view(-1), gradient.reshape(-1)
        for k in range(len(entries)):
            costs = []
            for sign in (1, -1):
                entries[k] += sign * step
                costs.append(cost_of(network, inputs, targets))
                entries[k] -= sign * step
            assert float(slopes[k]) == pytest.approx(
                float(costs[0] - costs[1]) / (2 * step), rel=1e-6, abs=1e-8
            )


def test_softmax_with_cross_entropy_leaves_outputs_minus_targets() -> None:
    network, inputs, targets = example(("sigmoid", "softmax", "cross-entropy"), 4, [3, 5, 4], 0)
    trace = network.forward(inputs)
    network.backward(trace, targets)
    torch.testing.assert_close(trace.errors[-1], (trace.outputs - targets) / 4)


def test_inputs_that_ask_for_a_gradient_raise_no_warning() -> None:
    inputs = torch.ones(1, 2, requires_grad=True)
    assert Network(2, 1).forward(inputs).outputs.requires_grad


def test_a_certain_wrong_answer_has_a_finite_cost_and_error() -> None:
    network = Network(1, 2, output="softmax", cost="cross-entropy")
    network.weights[0].copy_(torch.tensor([[1.0], [-1.0]]))
    trace = network.forward(torch.tensor([[1e4]]))
    targets = torch.tensor([[0.0, 1.0]])
    network.backward(trace, targets)
    assert network.cost.function(trace.outputs, targets).isfinite()
    assert all(gradient.isfinite().all() for gradient in trace.gradients)


def test_the_trace_holds_every_value() -> None:
    network, inputs, targets = example(KINDS[0], 5, [2, 4, 3], seed=0)
    trace = network.forward(inputs)
    network.backward(trace, targets)
    assert [tuple(a.shape) for a in trace.activations] == [(5, 2), (5, 4), (5, 3)]
    assert [z.shape for z in trace.weighted_inputs] == [e.shape for e in trace.errors]
    assert [g.shape for g in trace.gradients] == [p.shape for p in network.parameters]


def test_it_learns_exclusive_or() -> None:
    inputs = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    targets = torch.tensor([[0.0], [1], [1], [0]])
    network = Network(2, 4, 1, hidden="tanh", seed=0)
    optimizer, chance = GradientDescent(2.0), torch.Generator().manual_seed(0)
    for _ in range(500):
        train_epoch(network, inputs, targets, optimizer, batch_size=4, generator=chance)
    assert (network.forward(inputs).outputs.round() == targets).all()


def test_an_epoch_takes_every_sample_once_and_weighs_them_alike() -> None:
    network, inputs, targets = example(KINDS[0], 7, [2, 3], seed=0)

    class Still:
        n_steps = 0

        def step(self, parameters: object, gradients: object) -> None:
            self.n_steps += 1

    still = Still()
    mean = train_epoch(network, inputs, targets, still, 3, torch.Generator().manual_seed(0))
    assert still.n_steps == 3
    assert mean == pytest.approx(float(cost_of(network, inputs, targets)))


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="widths"):
        Network(3)
    with pytest.raises(ValueError, match="widths"):
        Network(3, 0)
    with pytest.raises(ValueError, match="hidden must be one of"):
        Network(3, 2, hidden="softmax")
    with pytest.raises(ValueError, match="cost must be one of quadratic, cross-entropy"):
        Network(3, 2, cost="accuracy")
    network = Network(3, 2)
    for shape in ((4,), (4, 2), (0, 3)):
        with pytest.raises(ValueError, match=r"inputs must have shape \(n, 3\)"):
            network.forward(torch.zeros(shape))
    with pytest.raises(ValueError, match=r"targets must have shape \(4, 2\)"):
        network.backward(network.forward(torch.zeros(4, 3)), torch.zeros(4, 3))
    with pytest.raises(ValueError, match="as many, found 4 and 5"):
        train_epoch(
            network,
            torch.zeros(4, 3),
            torch.zeros(5, 2),
            GradientDescent(0.1),
            batch_size=2,
            generator=torch.Generator(),
        )
    assert set(COSTS) == {"quadratic", "cross-entropy"}


def test_bad_arguments_of_an_epoch_are_named() -> None:
    network = Network(2, 3)
    optimizer, chance = GradientDescent(0.1), torch.Generator()

    def epoch(inputs: Tensor, targets: Tensor) -> None:
        train_epoch(network, inputs, targets, optimizer, 1, chance)

    with pytest.raises(ValueError, match=r"inputs must have shape \(n, 2\)"):
        epoch(torch.ones(4, 3), torch.ones(4, 3))
    with pytest.raises(ValueError, match=r"inputs must have shape .* found \(0, 2\)"):
        epoch(torch.ones(0, 2), torch.ones(0, 3))
    with pytest.raises(ValueError, match=r"targets must have shape \(n, 3\)"):
        epoch(torch.ones(4, 2), torch.ones(4, 2))
    with pytest.raises(ValueError, match=r"inputs, shape .* holds NaN"):
        epoch(torch.full((4, 2), torch.nan), torch.ones(4, 3))
    with pytest.raises(ValueError, match="as many, found 4 and 2"):
        epoch(torch.ones(4, 2), torch.ones(2, 3))
