"""Central differences against derivatives that are known."""

import pytest
import torch

from dlbook.scratch.differences import central_differences


def test_a_known_gradient() -> None:
    point = torch.tensor([[0.5, -1.0], [2.0, 0.0]], dtype=torch.float64)
    gradient = central_differences(lambda x: (x**3).sum() + x[0, 0] * x[1, 1], point)
    expected = 3 * point**2
    expected[0, 0] += point[1, 1]
    expected[1, 1] += point[0, 0]
    torch.testing.assert_close(gradient, expected, rtol=1e-8, atol=1e-8)


def test_the_error_falls_with_the_square_of_the_step() -> None:
    point = torch.tensor(1.0, dtype=torch.float64)
    errors = [
        float(central_differences(torch.exp, point, step) - point.exp()) for step in (1e-2, 5e-3)
    ]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize(("dtype", "step"), [(torch.float32, 1e-5), (torch.float64, 0.0)])
def test_bad_arguments_are_named(dtype: torch.dtype, step: float) -> None:
    with pytest.raises(ValueError, match="point must be float64 and step above 0"):
        central_differences(torch.sum, torch.ones(2, dtype=dtype), step)
