"""The engine against torch.autograd and central differences, over drawn shapes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlbook.scratch.activations import ACTIVATIONS
from dlbook.scratch.autograd import Variable, graph
from dlbook.scratch.network import Network

SIDES = st.integers(1, 4)


def draw(*shape: int, seed: int = 0) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=chance, dtype=torch.float64) + 0.1


def shapes_that_broadcast(data: st.DataObject) -> tuple[list[int], list[int]]:
    """Draw two shapes, each dimension equal or 1 in one of them, one perhaps shorter."""
    full = data.draw(st.lists(SIDES, min_size=0, max_size=3))
    first, second = ([data.draw(st.sampled_from([n, 1])) for n in full] for _ in range(2))
    return first, second[data.draw(st.integers(0, len(full))) :]


OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1.0),
    "mix": lambda a, b: 2.0 / (1.0 + a * a) - 3.0 * b * a + (1.0 - b) ** 3,
}


@pytest.mark.parametrize("name", OPERATIONS)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_operations_broadcast_like_torch(name: str, data: st.DataObject, seed: int) -> None:
    shapes = shapes_that_broadcast(data)
    a, b = (draw(*shape, seed=seed + k) for k, shape in enumerate(shapes))
    ours = Variable(a), Variable(b)
    result = OPERATIONS[name](*ours).sum()
    result.backward()
    theirs = a.clone().requires_grad_(), b.clone().requires_grad_()
    expected = OPERATIONS[name](*theirs).sum()
    torch.testing.assert_close(result.data, expected.detach())
    for mine, other in zip(ours, torch.autograd.grad(expected, theirs), strict=True):
        torch.testing.assert_close(mine.gradient, other, rtol=1e-10, atol=1e-10)


@given(n=SIDES, k=SIDES, m=SIDES, seed=st.integers(0, 1000))
def test_matrices_functions_and_sums(n: int, k: int, m: int, seed: int) -> None:
    a, b = draw(n, k, seed=seed), draw(m, k, seed=seed + 1)
    x, w = Variable(a), Variable(b)
    scores = x @ w.T
    powers = scores.exp()
    result = (powers / powers.sum(dim=1)).log().sum() * (1 / n)
    result.backward()
    theirs = a.clone().requires_grad_(), b.clone().requires_grad_()
    expected = (theirs[0] @ theirs[1].T).log_softmax(1).sum() / n
    torch.testing.assert_close(result.data, expected.detach())
    for mine, other in zip((x, w), torch.autograd.grad(expected, theirs), strict=True):
        torch.testing.assert_close(mine.gradient, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_functions_by_central_differences(name: str) -> None:
    z = torch.tensor([-2.0, -0.3, 0.4, 1.7], dtype=torch.float64)
    variable = Variable(z)
    variable.apply(name).sum().backward()
    function, step = ACTIVATIONS[name].function, 1e-6
    slopes = (function(z + step) - function(z - step)) / (2 * step)
    torch.testing.assert_close(variable.gradient, slopes, rtol=1e-6, atol=1e-9)


@given(widths=st.lists(SIDES, min_size=2, max_size=4), m=SIDES, seed=st.integers(0, 1000))
def test_the_four_equations_are_what_the_engine_finds(widths: list[int], m: int, seed: int) -> None:
    network = Network(*widths, seed=seed, dtype=torch.float64)
    x, y = draw(m, widths[0], seed=seed), draw(m, widths[-1], seed=seed + 1)
    trace = network.forward(x)
    network.backward(trace, y)
    weights, biases = map(Variable, network.weights), map(Variable, network.biases)
    parameters = list(zip(weights, biases, strict=True))
    a = Variable(x)
    for w, b in parameters:
        a = (a @ w.T + b).apply("sigmoid")
    (((a - Variable(y)) ** 2).sum() / (2 * m)).backward()
    found = [w.gradient for w, _ in parameters] + [b.gradient for _, b in parameters]
    for ours, theirs in zip(found, trace.gradients, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


def test_a_variable_used_twice_adds_up_and_a_second_call_starts_over() -> None:
    x = Variable(torch.tensor(3.0))
    y = x * x + x
    y.backward()
    y.backward()
    assert x.gradient.item() == 7


@pytest.mark.parametrize("exponent", [0, 1, 2, 3.0])
def test_powers_at_zero(exponent: float) -> None:
    zero = Variable(torch.tensor(0.0))
    (zero**exponent).backward()
    theirs = torch.tensor(0.0, requires_grad=True)
    (theirs**exponent).backward()
    assert zero.gradient == theirs.grad


def test_a_gradient_has_the_type_of_its_variable() -> None:
    single, double = Variable(torch.ones(2)), Variable(torch.ones(2, dtype=torch.float64))
    (single * double).sum().backward()
    assert single.gradient.dtype == torch.float32


def test_the_order_is_topological_and_deep_graphs_are_no_matter() -> None:
    start = Variable(torch.tensor(1.0))
    result = start
    for _ in range(5000):
        result = result + start
    order = graph(result)
    places = {id(variable): place for place, variable in enumerate(order)}
    assert len(order) == len(places) == 5001
    for variable in order:
        assert all(places[id(o)] < places[id(variable)] for o, _ in variable.operands)
    result.backward()
    assert start.gradient.item() == 5001


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="data of w must be floating-point"):
        Variable(torch.tensor(1), "w")
    with pytest.raises(ValueError, match=r"data of log .* no NaN"):
        Variable(torch.tensor(-1.0)).log()
    with pytest.raises(TypeError, match=r"data must be a tensor, found 3.0"):
        Variable(3.0)
    ones = Variable(torch.ones(2, 2))
    with pytest.raises(TypeError, match="an operand must be a Variable or a number, found Tensor"):
        ones + torch.ones(2)
    with pytest.raises(TypeError, match="unsupported operand"):
        ones @ torch.ones(2, 2)
    with pytest.raises(TypeError, match="unsupported operand"):
        ones**ones
    with pytest.raises(ValueError, match="T needs a matrix"):
        _ = Variable(torch.ones(2)).T
    with pytest.raises(ValueError, match=r"single number.*\(2,\)"):
        Variable(torch.ones(2)).backward()
    with pytest.raises(ValueError, match=r"two matrices .* found shapes \(2,\)"):
        Variable(torch.ones(2)) @ Variable(torch.ones(2))
    with pytest.raises(ValueError, match="name must be one of sigmoid"):
        Variable(torch.ones(2)).apply("swish")
