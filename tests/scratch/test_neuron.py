"""The sigmoid neuron against autograd, and its linear response against the true change."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlbook.scratch.neuron import SigmoidNeuron


def neuron_and_inputs(n: int, k: int, seed: int) -> tuple[SigmoidNeuron, torch.Tensor]:
    chance = torch.Generator().manual_seed(seed)
    weights = torch.randn(k, generator=chance, dtype=torch.float64)
    return SigmoidNeuron(weights, 0.3), torch.randn(n, k, generator=chance, dtype=torch.float64)


@given(n=st.integers(1, 4), k=st.integers(1, 4), seed=st.integers(0, 1000))
def test_derivatives_are_autograds(n: int, k: int, seed: int) -> None:
    neuron, inputs = neuron_and_inputs(n, k, seed)
    by_weight, by_bias = neuron.derivatives(inputs)
    w, b = neuron.weights.requires_grad_(), neuron.bias.requires_grad_()
    for row in range(n):
        expected = torch.autograd.grad(torch.sigmoid(inputs @ w + b)[row], (w, b))
        torch.testing.assert_close(by_weight[row], expected[0], rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(by_bias[row], expected[1], rtol=1e-10, atol=1e-10)


def test_the_error_of_the_linear_response_shrinks_with_the_square_of_the_step() -> None:
    neuron, inputs = neuron_and_inputs(3, 2, 0)
    before, dw = neuron.output(inputs), torch.tensor([0.02, -0.01], dtype=torch.float64)
    errors = []
    for part in (1.0, 0.5):
        moved = SigmoidNeuron(neuron.weights + part * dw, float(neuron.bias) + part * 0.03)
        change = moved.output(inputs) - before
        errors.append(change - neuron.linear_response(inputs, part * dw, part * 0.03))
    assert torch.allclose(errors[0] / errors[1], torch.tensor(4.0).double(), rtol=0.1)


def test_a_step_is_torchs() -> None:
    neuron, inputs = neuron_and_inputs(5, 3, 1)
    targets = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    w = neuron.weights.clone().requires_grad_()
    b = neuron.bias.clone().requires_grad_()
    cost = ((torch.sigmoid(inputs @ w + b) - targets) ** 2).mean() / 2
    cost.backward()
    torch.optim.SGD([w, b], lr=0.7).step()
    assert neuron.descend(inputs, targets, 0.7) == pytest.approx(cost.item(), rel=1e-12)
    torch.testing.assert_close(neuron.weights, w.detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(neuron.bias, b.detach(), rtol=1e-12, atol=1e-12)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(k,\)"):
        SigmoidNeuron(torch.ones(2, 2))
    with pytest.raises(ValueError, match=r"weights.*NaN"):
        SigmoidNeuron(torch.tensor([torch.nan]))
    neuron, inputs = neuron_and_inputs(3, 2, 0)
    with pytest.raises(ValueError, match=r"inputs must have shape \(n, 2\)"):
        neuron.output(inputs[:, :1])
    with pytest.raises(ValueError, match=r"targets must have shape \(3,\)"):
        neuron.descend(inputs, torch.ones(2).double(), 1.0)
    with pytest.raises(ValueError, match=r"targets, shape .* holds NaN"):
        neuron.descend(inputs, torch.full((3,), torch.nan), 1.0)
    with pytest.raises(ValueError, match=r"dw must have shape \(2,\)"):
        neuron.linear_response(inputs, torch.ones(2, 1).double(), 0.0)
    with pytest.raises(ValueError, match="weights must hold floating-point"):
        SigmoidNeuron(torch.ones(2, dtype=torch.long))
    with pytest.raises(ValueError, match=r"bias, shape .* holds NaN"):
        SigmoidNeuron(torch.ones(2), float("nan"))
