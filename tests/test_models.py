"""The multilayer perceptron against layers written out by hand."""

import pytest
import torch
from torch import nn

from dlbook.models import MLP, count_parameters, mode


def test_mlp_computes_the_layers_written_out() -> None:
    torch.manual_seed(0)
    model = MLP(5, 4, 3)
    inputs = torch.randn(7, 5)
    first, last = model.layers[0], model.layers[2]
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    hidden = torch.relu(inputs @ first.weight.T + first.bias)
    torch.testing.assert_close(model(inputs), hidden @ last.weight.T + last.bias)


def test_mlp_parameters_are_counted_by_hand() -> None:
    assert count_parameters(MLP(784, 512, 10)) == 784 * 512 + 512 + 512 * 10 + 10


def test_frozen_parameters_are_not_counted() -> None:
    model = MLP(5, 4, 3)
    model.layers[0].requires_grad_(False)
    assert count_parameters(model) == 4 * 3 + 3


def test_mlp_builds_activation_and_dropout_after_hidden_layers_only() -> None:
    model = MLP(6, 5, 4, 3, activation=nn.Tanh, dropout=0.5)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Linear", "Tanh", "Dropout", "Linear", "Tanh", "Dropout", "Linear"]


def test_mlp_of_two_widths_is_linear() -> None:
    assert [type(layer).__name__ for layer in MLP(6, 3).layers] == ["Linear"]


@pytest.mark.parametrize(
    ("widths", "dropout", "error", "named"),
    [
        ((5,), 0.0, ValueError, "widths"),
        ((), 0.0, ValueError, "widths"),
        ((5, 0), 0.0, ValueError, "widths"),
        ((5, 2.0), 0.0, TypeError, "widths"),
        ((5, True), 0.0, TypeError, "widths"),
        ((5, 3, 2), 1.0, ValueError, "dropout"),
        ((5, 3, 2), -0.1, ValueError, "dropout"),
        ((5, 3, 2), float("nan"), ValueError, "dropout"),
        ((5, 3, 2), "half", TypeError, "dropout"),
    ],
)
def test_mlp_refuses_bad_settings(
    widths: tuple[int, ...], dropout: float, error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        MLP(*widths, dropout=dropout)


def test_mlp_says_how_to_flatten() -> None:
    with pytest.raises(ValueError, match=r"inputs .*\(2, 1, 3, 3\).*flatten"):
        MLP(9, 2)(torch.zeros(2, 1, 3, 3))


def test_mlp_says_how_to_scale() -> None:
    with pytest.raises(ValueError, match=r"inputs .*uint8.*255"):
        MLP(9, 2)(torch.zeros(2, 9, dtype=torch.uint8))


def test_mode_gives_each_module_its_own_mode_back() -> None:
    model = MLP(4, 3, 2, dropout=0.5)
    model.layers[2].eval()
    before = [module.training for module in model.modules()]
    with mode(model, training=False):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
