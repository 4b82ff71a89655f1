"""Activation functions against PyTorch's, in float64."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from dlbook.scratch import activations
from dlbook.scratch.activations import ACTIVATIONS, softmax, softmax_jacobian

REFERENCES = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "linear": lambda z: z * 1,
    "ReLU": torch.relu,
    "leaky ReLU": functional.leaky_relu,
    "GELU": functional.gelu,
}
FINITE = st.floats(-50, 50)


def numbers() -> Tensor:
    """Numbers small and large, the kink among them."""
    size = torch.logspace(-12, 1.5, 200, dtype=torch.float64)
    return torch.cat([-size, torch.zeros(1, dtype=torch.float64), size])


def test_every_activation_has_a_reference() -> None:
    assert set(ACTIVATIONS) == set(REFERENCES)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_function_and_derivative_are_pytorchs(name: str) -> None:
    z = numbers().requires_grad_()
    expected = REFERENCES[name](z)
    (slope,) = torch.autograd.grad(expected.sum(), z)
    exact = {"rtol": 1e-12, "atol": 1e-14}
    torch.testing.assert_close(ACTIVATIONS[name].function(z), expected, **exact)
    torch.testing.assert_close(ACTIVATIONS[name].derivative(z.detach()), slope, **exact)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_overflows(name: str, dtype: torch.dtype) -> None:
    z = torch.tensor([-1e4, -100.0, 100.0, 1e4], dtype=dtype)
    for function in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        assert function(z).isfinite().all()
        assert function(z).dtype == dtype


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_autograd_finds_the_derivative(name: str, dtype: torch.dtype) -> None:
    far = torch.tensor([-1e4, -800.0, -100.0, -88.0, 88.0, 100.0, 800.0, 1e4], dtype=dtype)
    z = torch.cat([numbers().to(dtype), far])
    if name == "ReLU":  # it has no slope at 0: ours says 0, releases of PyTorch differ
        assert ACTIVATIONS[name].derivative(z[z == 0]).tolist() == [0]
        z = z[z != 0]
    z.requires_grad_()
    (slope,) = torch.autograd.grad(ACTIVATIONS[name].function(z).sum(), z)
    torch.testing.assert_close(slope, ACTIVATIONS[name].derivative(z.detach()))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_argument_is_left_alone(name: str) -> None:
    z = numbers()
    ACTIVATIONS[name].function(z).add_(1)
    assert z.equal(numbers())


def test_a_steeper_leak() -> None:
    z = numbers()
    torch.testing.assert_close(
        activations.leaky_relu(z, slope=0.2), functional.leaky_relu(z, negative_slope=0.2)
    )
    assert set(activations.leaky_relu_derivative(z, slope=0.2).tolist()) == {0.2, 1.0}


@given(st.lists(FINITE, min_size=1, max_size=5), FINITE)
def test_softmax_ignores_a_shift_and_sums_to_one(scores: list[float], shift: float) -> None:
    z = torch.tensor(scores, dtype=torch.float64)
    torch.testing.assert_close(softmax(z + shift), softmax(z), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(softmax(z).sum(), torch.ones((), dtype=torch.float64))


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax_is_pytorchs_along_either_dimension(dim: int) -> None:
    z = torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(softmax(z, dim), torch.softmax(z, dim), rtol=1e-12, atol=0)


def test_softmax_does_not_overflow() -> None:
    assert softmax(torch.tensor([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.0, 1.0]


def test_softmax_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="z: shape"):
        softmax(torch.empty(2, 0))


def test_softmax_jacobian_is_autograds() -> None:
    z = torch.randn(4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, -1), z)
    torch.testing.assert_close(softmax_jacobian(z), expected, rtol=1e-12, atol=1e-15)
    assert softmax_jacobian(z.expand(2, 3, 4)).shape == (2, 3, 4, 4)
