"""The networks against layers written out by hand, and their description."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from dlbook.models import (
    MLP,
    LeNet,
    Residual,
    ResidualCNN,
    SimpleCNN,
    SingleNeuron,
    count_parameters,
    describe,
    mode,
)


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


def test_a_single_neuron_is_trained_by_binary_cross_entropy() -> None:
    torch.manual_seed(0)
    model = SingleNeuron(5)
    inputs, labels = torch.randn(20, 5), torch.randint(2, (20,))
    z = (inputs @ model.neuron.weight.T + model.neuron.bias).squeeze(1)
    scores = model(inputs)
    torch.testing.assert_close(scores.softmax(1)[:, 1], torch.sigmoid(z))
    torch.testing.assert_close(
        functional.cross_entropy(scores, labels),
        functional.binary_cross_entropy_with_logits(z, labels.float()),
    )
    assert count_parameters(model) == 6


def test_a_simple_cnn_is_convolution_relu_pool_and_a_dense_layer() -> None:
    torch.manual_seed(0)
    model = SimpleCNN(2, 11, 3, widths=(4, 5))
    images = torch.randn(6, 2, 11, 11)
    maps = images
    for layer in (model.features[0], model.features[3]):
        assert isinstance(layer, nn.Conv2d)
        maps = functional.conv2d(maps, layer.weight, layer.bias, padding=1)
        maps = functional.max_pool2d(maps.clamp(min=0), 2)
    expected = maps.flatten(1) @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(images), expected)


@pytest.mark.parametrize("side", [16, 28, 32, 33])
def test_lenet_counts_its_own_inputs(side: int) -> None:
    model = LeNet(3, side, 7)
    assert model(torch.zeros(2, 3, side, side)).shape == (2, 7)


def test_lenet_on_color_images_has_the_parameters_counted_by_hand() -> None:
    convolutions = 3 * 25 * 16 + 16 + 16 * 25 * 32 + 32
    dense = (32 * 5 * 5 * 120 + 120) + (120 * 84 + 84) + (84 * 10 + 10)
    assert count_parameters(LeNet(3, 32)) == convolutions + dense


def test_a_residual_block_of_zeros_is_the_identity() -> None:
    layer = nn.Conv2d(2, 2, 3, padding=1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    maps = torch.randn(1, 2, 4, 4)
    assert torch.equal(Residual(layer)(maps), maps)


@pytest.mark.parametrize(
    ("widths", "parameters"), [((16, 32, 64), 116_890), ((32, 64, 128), 464_170)]
)
def test_the_residual_cnns_have_the_sizes_the_book_tells(
    widths: tuple[int, ...], parameters: int
) -> None:
    assert count_parameters(ResidualCNN(widths=widths)) == parameters


def test_the_residual_cnn_takes_images_of_any_size_and_two_switches() -> None:
    model = ResidualCNN(1, 4, (2, 3, 4))
    for height, width in ((8, 8), (9, 30)):
        assert model(torch.zeros(2, 1, height, width)).shape == (2, 4)
    kinds = {type(m) for m in ResidualCNN(normalize=False, residual=False).modules()}
    assert not kinds & {nn.BatchNorm2d, Residual}
    assert {nn.BatchNorm2d, Residual} < {type(m) for m in model.modules()}


@pytest.mark.parametrize(
    ("build", "error", "named"),
    [
        (lambda: SingleNeuron(0), ValueError, "n_inputs"),
        (lambda: SimpleCNN(1, 28, 10, widths=()), ValueError, "widths"),
        (lambda: SimpleCNN(1, 28, 0), ValueError, "n_classes"),
        (lambda: SimpleCNN(1, 3), ValueError, "side must be at least 4"),
        (lambda: SimpleCNN(1.0, 28), TypeError, "n_channels"),  # type: ignore[arg-type]
        (lambda: LeNet(3, 15), ValueError, "side must be at least 16"),
        (lambda: LeNet(3, 32, widths=(6,)), ValueError, "widths must name two"),
        (lambda: ResidualCNN(widths=(8, 8)), ValueError, "widths must name three"),
        (lambda: ResidualCNN(widths=(8, 8, -1)), ValueError, "widths"),
    ],
)
def test_networks_refuse_bad_sizes(
    build: Callable[[], nn.Module], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        build()


@pytest.mark.parametrize("model", [SimpleCNN(3, 16), LeNet(3, 16), ResidualCNN()])
@pytest.mark.parametrize(
    ("images", "error", "named"),
    [
        (torch.zeros(2, 1, 16, 16), ValueError, r"images must have shape \(N, 3,"),
        (torch.zeros(3, 16, 16), ValueError, "images must have shape"),
        (torch.zeros(2, 3, 16, 16).byte(), ValueError, r"images must hold floating.*255"),
        (torch.zeros(2, 3, 4, 4), ValueError, "images must have"),
        ([[0.0]], TypeError, "images must be a torch.Tensor"),
    ],
)
def test_networks_name_images_they_refuse(
    model: nn.Module, images: Tensor, error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        model(images)


def test_a_network_is_described_layer_by_layer() -> None:
    model = SimpleCNN(3, 8, 5, widths=(4,))
    found = describe(model, (3, 8, 8))
    assert [(layer.kind, layer.output_shape) for layer in found.layers] == [
        ("Conv2d", (4, 8, 8)),
        ("ReLU", (4, 8, 8)),
        ("MaxPool2d", (4, 4, 4)),
        ("Linear", (5,)),
    ]
    assert [layer.n_parameters for layer in found.layers] == [3 * 9 * 4 + 4, 0, 0, 64 * 5 + 5]
    assert [layer.multiply_adds for layer in found.layers] == [27 * 4 * 64, 0, 0, 64 * 5]
    assert found.n_parameters == count_parameters(model)
    assert found.multiply_adds == 27 * 4 * 64 + 64 * 5
    assert found.layers[0].name == "features.0"


def test_multiply_adds_are_half_of_what_pytorch_counts_as_operations() -> None:
    model = ResidualCNN(widths=(4, 6, 8)).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, 16, 16))
    assert 2 * describe(model, (3, 16, 16)).multiply_adds == counter.get_total_flops()


def test_a_grouped_convolution_is_counted_by_its_own_kernel() -> None:
    found = describe(nn.Conv2d(6, 6, 3, groups=6, bias=False), (6, 5, 5))
    assert found.multiply_adds == 6 * 9 * 3 * 3


def test_a_description_prints_as_a_table() -> None:
    lines = str(describe(MLP(784, 64, 10), (784,))).splitlines()
    assert lines[0].split() == ["layer", "output", "parameters", "multiply-adds"]
    assert lines[1].split() == ["Linear", "64", "50,240", "50,176"]
    assert lines[-1].split() == ["total", "50,890", "50,816"]
    assert len({len(line) for line in lines}) == 1


def test_a_layer_used_twice_is_listed_twice_and_counted_once() -> None:
    layer = nn.Linear(3, 3)
    found = describe(nn.Sequential(layer, nn.ReLU(), layer), (3,))
    assert [line.n_parameters for line in found.layers] == [12, 0, 0]
    assert found.multiply_adds == 18


def test_describing_leaves_modes_and_statistics_alone() -> None:
    model = ResidualCNN(widths=(2, 2, 2)).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    describe(model, (3, 8, 8))
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("shape", "error"), [((1, 9, 9), ValueError), ((0,), ValueError), ((2.5,), TypeError)]
)
def test_describe_names_the_shape(shape: tuple[int, ...], error: type[Exception]) -> None:
    with pytest.raises(error, match="input_shape"):
        describe(SimpleCNN(3, 8), shape)
