"""Whatever is passed to a public function: an error that names the argument, or a right answer."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from dlbook import data, evaluation, models, training, transfer
from dlbook.claims import claim
from dlbook.efficientnet import prepare_lite0
from dlbook.exercises.grading import grade
from dlbook.features import features_of
from dlbook.images import randomly_flipped, randomly_shifted, standardized
from dlbook.models import MLP
from dlbook.scratch import convolution, losses, network, neuron, optim, perceptron, tensors
from dlbook.scratch.activations import softmax
from dlbook.scratch.autograd import Variable
from dlbook.scratch.cnn import SimplestCNN
from dlbook.scratch.differences import central_differences

N_CASES = 60
DTYPES = [
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64),
    *(torch.uint8, torch.int32, torch.int64, torch.bool),
]
NUMBERS = [-(10**30), -3, -1, -0.5, 0, 0.5, 1, 2, 2.0, 3, 7, 10**18, 10**30]
NUMBERS += [float("nan"), float("inf"), True, 2j, np.int64(2), np.float32(0.5), Decimal(2)]
OTHERS = [None, "", "3", "no such", b"3", [], [3], [0.5, None], (), (2, 2), {}, object()]
OTHERS += [torch.float32, len, nn.Linear(4, 3), nn.Module()]
SLIPS: list[Callable[[Tensor], Any]] = [
    *(lambda t, dtype=dtype: t.to(dtype) for dtype in DTYPES),
    *(lambda t, number=number: t + number for number in (-1, 1, 100, 1e30, torch.nan, torch.inf)),
    *(lambda t, number=number: t.index_fill(0, torch.tensor(0), number) for number in (-9, 9, 0)),
    *(torch.flatten, torch.squeeze, Tensor.numpy, Tensor.tolist, torch.neg, lambda t: t.mT),
    *(lambda t: t[None], lambda t: t[..., None], lambda t: t[0], lambda t: t[..., 0]),
    *(lambda t: t[:0], lambda t: t[..., :0], lambda t: t[1:], lambda t: t[..., 1:]),
    *(
        lambda t: torch.cat([t, t]),
        lambda t: torch.cat([t, t], -1),
        lambda t: t.expand(2, *t.shape),
    ),
]
"""What a reader may have done to a tensor that was right."""


@st.composite
def any_tensor(draw: st.DrawFn) -> Tensor:
    """Draw a tensor of up to five dimensions and of any type, some of its numbers not finite."""
    shape = draw(st.lists(st.sampled_from([4, 1, 0, 2, 3]), max_size=5))
    values = torch.randn(shape, generator=torch.Generator().manual_seed(draw(st.integers(0, 9))))
    scale = draw(st.sampled_from([1.0, 3.0, 1e30, float("nan"), float("inf")]))
    return (values * scale).to(draw(st.sampled_from(DTYPES)))


def wrong(value: object) -> st.SearchStrategy[Any]:
    """Draw what may stand in the place of a right argument."""
    anything = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(OTHERS), any_tensor())
    if not isinstance(value, Tensor):
        return anything

    def slipped(slip: Callable[[Tensor], Any]) -> object:
        try:
            return slip(value)
        except (RuntimeError, TypeError, IndexError):  # not every slip can be made of every tensor
            return None

    return st.one_of(st.sampled_from(SLIPS).map(slipped), anything)


X = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([0, 1, 2, 0, 1, 2])
P = X[:, :3].softmax(1)
WIDE, KERNELS = X.reshape(2, 1, 3, 4), X[:4].reshape(4, 1, 2, 2)
COLORS = torch.arange(2 * 3 * 8 * 8).reshape(2, 3, 8, 8).to(torch.uint8)
POINTS, BITS = X[:, :2], (X[:, 0] > 0).long()
BODY = transfer.Backbone(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), n_features=3)
NETWORK = MLP(4, 3)


def same(found: Tensor, expected: Tensor) -> bool:
    """Compare numbers up to rounding; NaN and infinity have to stand in the same places."""
    rtol = 1e-2 if found.dtype in (torch.float16, torch.bfloat16) else 1e-4
    return found.shape == expected.shape and torch.allclose(
        found.double(), expected.to(found.dtype).double(), rtol=rtol, atol=rtol / 10, equal_nan=True
    )


def scores(inputs: Tensor) -> Tensor:
    with torch.no_grad():
        return NETWORK(inputs)


class Entrance(NamedTuple):
    """A public function, right arguments for it, and what is true of its results."""

    function: Callable[..., Any]
    right: dict[str, Any]
    holds: Callable[..., bool]


def fitted(**arguments: Any) -> training.History:
    model = MLP(4, 3)
    if arguments["optimizer"] == "SGD":
        arguments["optimizer"] = torch.optim.SGD(model.parameters(), lr=0.1)
    return training.fit(model, **arguments, progress=False)


def stepped(kind: Callable[..., optim.Optimizer], **settings: Any) -> Callable[..., Any]:
    def step(parameters: Any, gradients: Any) -> Any:
        parameters = parameters.clone() if isinstance(parameters, Tensor) else parameters
        kind(**settings).step([parameters], [gradients])
        return parameters

    return step


ENTRANCES = {
    "evaluate": Entrance(
        evaluation.evaluate,
        {"model": NETWORK, "inputs": X, "labels": Y, "batch_size": 4},
        lambda found, model, inputs, labels, **_: (
            model is not NETWORK
            or (
                found.n_samples == len(inputs)
                and found.loss
                == pytest.approx(
                    float(functional.cross_entropy(scores(inputs), labels)), nan_ok=True
                )
                and found.accuracy == float((scores(inputs).argmax(1) == labels).double().mean())
            )
        ),
    ),
    "probabilities": Entrance(
        evaluation.probabilities,
        {"model": NETWORK, "inputs": X, "batch_size": 4},
        lambda found, model, inputs, **_: (
            model is not NETWORK or same(found, scores(inputs).softmax(1))
        ),
    ),
    "worst_mistakes": Entrance(
        evaluation.worst_mistakes,
        {"probabilities": P, "labels": Y, "n": 3},
        lambda found, probabilities, labels, n: (
            len(found) == min(n, int((probabilities.argmax(1) != labels).sum()))
            and bool((probabilities.argmax(1) != labels)[found].all())
        ),
    ),
    "calibration": Entrance(
        evaluation.calibration,
        {"probabilities": P, "labels": Y, "n_bins": 4},
        lambda found, labels, n_bins, **_: (
            found.counts.shape == (n_bins,)
            and found.counts.sum() == len(labels)
            and 0 <= found.error <= 1
        ),
    ),
    "fit": Entrance(
        fitted,
        {
            **{"inputs": X, "labels": Y, "epochs": 2, "batch_size": 4, "validation": None},
            **{"patience": None, "precision": torch.float32, "seed": 0, "optimizer": "SGD"},
        },
        lambda found, epochs, **_: len(found.train_loss) <= epochs,
    ),
    "train_and_test": Entrance(
        lambda inputs, labels, epochs, batch_size, seed: training.train_and_test(
            lambda: MLP(4, 3),
            (inputs, labels),
            (X, Y),
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
        ),
        {"inputs": X, "labels": Y, "epochs": 2, "batch_size": 4, "seed": 0},
        lambda found, epochs, **_: len(found.history.train_loss) == epochs,
    ),
    "MLP": Entrance(
        lambda widths, dropout: MLP(4, widths, 3, dropout=dropout),
        {"widths": 5, "dropout": 0.5},
        lambda found, **_: found(X).shape == (6, 3),
    ),
    "SingleNeuron": Entrance(
        models.SingleNeuron,
        {"n_inputs": 4},
        lambda found, n_inputs: found(torch.ones(2, n_inputs)).shape == (2, 2),
    ),
    "SimpleCNN": Entrance(
        models.SimpleCNN,
        {"n_channels": 1, "side": 8, "n_classes": 3, "widths": (2, 3)},
        lambda found, n_channels, side, n_classes, widths: (
            found(torch.ones(2, n_channels, side, side)).shape == (2, n_classes)
        ),
    ),
    "LeNet": Entrance(
        models.LeNet,
        {"n_channels": 1, "side": 16, "n_classes": 3, "widths": (2, 3)},
        lambda found, n_channels, side, n_classes, widths: (
            found(torch.ones(2, n_channels, side, side)).shape == (2, n_classes)
        ),
    ),
    "ResidualCNN": Entrance(
        models.ResidualCNN,
        {"n_channels": 1, "n_classes": 3, "widths": (2, 3, 4)},
        lambda found, n_channels, n_classes, widths: (
            found(torch.ones(2, n_channels, 8, 9)).shape == (2, n_classes)
        ),
    ),
    "describe": Entrance(
        models.describe,
        {"model": NETWORK, "input_shape": (4,)},
        lambda found, model, input_shape: found.n_parameters == 15,
    ),
    "count_parameters": Entrance(
        models.count_parameters,
        {"model": NETWORK},
        lambda found, model: found == sum(p.numel() for p in model.parameters()),
    ),
    "load": Entrance(data.load, {"name": "??"}, lambda found, name: False),
    "resolve": Entrance(data.resolve, {"name": "mnist"}, lambda found, name: found.name == name),
    "fetch": Entrance(data.fetch, {"name": "??"}, lambda found, name: False),
    "grade": Entrance(
        grade, {"number": "6.9", "answer": len}, lambda found, **_: found.right is False
    ),
    "an answer's result": Entrance(
        lambda answer: [grade(number, lambda *_: answer) for number in ("6.9", "1.9")],
        {"answer": X},
        lambda found, answer: not any(verdict.right for verdict in found),
    ),
    "claim": Entrance(
        claim,
        {
            **{"key": "tiny.claim", "value": 0.5, "at_least": 0.25, "at_most": 0.75, "source": "b"},
            **{"sd": 0.1, "n": 3, "seeds": (0, 1, 2), "data": None, "kind": "live"},
            **{"format": ".2f", "label": "A claim"},
        },
        lambda found, **_: found is None,
    ),
    "pretrained": Entrance(transfer.pretrained, {"name": "?"}, lambda found, name: False),
    "with_new_head": Entrance(
        transfer.with_new_head,
        {"model": transfer.Classifier(BODY.features, 3, 5), "n_classes": 2, "dropout": 0.2},
        lambda found, model, n_classes, dropout: found(COLORS / 255).shape == (2, n_classes),
    ),
    "Classifier": Entrance(
        transfer.Classifier,
        {"body": BODY.features, "n_features": 3, "n_classes": 2, "dropout": 0.2},
        lambda found, body, n_features, n_classes, dropout: (
            (found.n_features, found.n_classes) == (n_features, n_classes)
        ),
    ),
    "fine_tune_groups": Entrance(
        transfer.fine_tune_groups,
        {
            "model": transfer.Classifier(nn.Linear(4, 3), 3, 2),
            "head_rate": 0.1,
            "body_rate": 0.01,
        },
        lambda found, head_rate, body_rate, **_: (
            [group["lr"] for group in found] == [head_rate, body_rate]
        ),
    ),
    "freeze": Entrance(
        transfer.freeze, {"module": NETWORK}, lambda found, module: not module.training
    ),
    "unfreeze": Entrance(
        transfer.unfreeze,
        {"module": NETWORK},
        lambda found, module: all(p.requires_grad for p in module.parameters()),
    ),
    "prepare_lite0": Entrance(
        prepare_lite0,
        {"images": COLORS},
        lambda found, images: found.shape == (len(images), 3, 224, 224),
    ),
    "features_of": Entrance(
        features_of,
        {"model": BODY, "images": COLORS / 255, "batch_size": 1},
        lambda found, images, **_: same(found, images.mean((2, 3))),
    ),
    "standardized": Entrance(
        lambda images, others: standardized(images, others),
        {"images": COLORS, "others": COLORS[:1]},
        lambda found, images, others: (
            (found[0].shape, found[1].shape) == (images.shape, others.shape)
            and bool(found[0].isfinite().all())
        ),
    ),
    "randomly_flipped": Entrance(
        randomly_flipped,
        {"images": WIDE, "generator": torch.Generator()},
        lambda found, images, generator: same(found.sort(3)[0], images.sort(3)[0]),
    ),
    "randomly_shifted": Entrance(
        randomly_shifted,
        {"images": WIDE, "generator": torch.Generator(), "pixels": 2},
        lambda found, images, **_: (found.shape, found.dtype) == (images.shape, images.dtype),
    ),
    "choose_device": Entrance(
        training.choose_device, {"name": "cpu"}, lambda found, name: isinstance(found, torch.device)
    ),
    "one_cycle": Entrance(
        lambda peak_rate, rise: training.one_cycle(peak_rate, rise=rise)(
            torch.optim.Adam([torch.zeros(1)]), 10
        ),
        {"peak_rate": 0.1, "rise": 0.25},
        lambda found, peak_rate, rise: found.get_last_lr()[0] == pytest.approx(peak_rate / 25),
    ),
    "Split.rows": Entrance(
        lambda inputs: data.Split(inputs, Y).rows(),
        {"inputs": COLORS},
        lambda found, inputs: found[0].shape == inputs.flatten(1).shape,
    ),
}
SCRATCH = {
    "fires": Entrance(
        perceptron.fires,
        {"inputs": POINTS, "weights": torch.tensor([1.0, -1.0]), "bias": -0.5},
        lambda found, inputs, weights, bias: same(
            found, (inputs @ weights + float(bias) > 0).double()
        ),
    ),
    "learn": Entrance(
        perceptron.learn,
        {"inputs": POINTS, "labels": BITS, "max_passes": 5},
        lambda found, inputs, labels, max_passes: (
            1 <= len(found.mistakes) <= max_passes
            and len(found.path) == len(found.mistakes) + 1
            and bool(found.weights.isfinite().all())
        ),
    ),
    "novikoff_bound": Entrance(
        perceptron.novikoff_bound,
        {"inputs": POINTS, "labels": BITS, "weights": torch.tensor([1.0, 0.0]), "bias": 0.0},
        lambda found, **_: found >= 0.9,
    ),
    "column_detector": Entrance(
        perceptron.column_detector,
        {"height": 2, "width": 3, "column": 1},
        lambda found, height, width, column: found[0].sum() == height * (2 - width),
    ),
    "line_detector": Entrance(
        perceptron.line_detector,
        {"images": tensors.all_patterns(2, 2)},
        lambda found, images: (
            found.tolist()
            == [
                float(int(image.sum()) == len(image) and bool((image == image[0]).all()))
                for image in images
            ]
        ),
    ),
    "SigmoidNeuron": Entrance(
        neuron.SigmoidNeuron,
        {"weights": X[0], "bias": 0.5},
        lambda found, weights, bias: same(found.weights, weights) and found.bias.ndim == 0,
    ),
    "SigmoidNeuron.output": Entrance(
        neuron.SigmoidNeuron(X[0]).output,
        {"inputs": X},
        lambda found, inputs: same(found, (inputs @ X[0]).sigmoid()),
    ),
    "SigmoidNeuron.linear_response": Entrance(
        neuron.SigmoidNeuron(X[0]).linear_response,
        {"inputs": X, "dw": X[1], "db": 0.5},
        lambda found, inputs, dw, db: found.shape == (len(inputs),),
    ),
    "SigmoidNeuron.descend": Entrance(
        lambda **arguments: neuron.SigmoidNeuron(X[0]).descend(**arguments),
        {"inputs": X, "targets": P[:, 0], "learning_rate": 0.1},
        lambda found, inputs, targets, learning_rate: (
            found == pytest.approx(float(((inputs @ X[0]).sigmoid() - targets).square().mean() / 2))
        ),
    ),
    "Network": Entrance(
        lambda widths, **names: network.Network(4, widths, 3, **names),
        {"widths": 5, "hidden": "tanh", "output": "softmax", "cost": "quadratic", "seed": 0},
        lambda found, **_: found.forward(X).outputs.shape == (6, 3),
    ),
    "Network.forward": Entrance(
        network.Network(4, 3).forward,
        {"inputs": X},
        lambda found, inputs: found.outputs.shape == (len(inputs), 3),
    ),
    "train_epoch": Entrance(
        lambda **arguments: network.train_epoch(
            network.Network(4, 3),
            optimizer=optim.GradientDescent(0.1),
            generator=torch.Generator(),
            **arguments,
        ),
        {"inputs": X, "targets": P, "batch_size": 4},
        lambda found, **_: found >= 0,
    ),
    **{
        name: Entrance(
            getattr(losses, name),
            {"outputs": X, "targets": X.flip(0).sigmoid()},
            lambda found, outputs, targets, like=like: same(found, like(outputs, targets)),
        )
        for name, like in {
            "mean_squared_error": lambda a, y: functional.mse_loss(a.double(), y.double()),
            "quadratic": lambda a, y: functional.mse_loss(a.double(), y.double()) * a.shape[1] / 2,
        }.items()
    },
    "binary_cross_entropy": Entrance(
        losses.binary_cross_entropy,
        {"scores": X, "targets": X.flip(0).sigmoid()},
        lambda found, scores, targets: (
            same(
                found.to(scores.dtype),
                functional.binary_cross_entropy_with_logits(scores.double(), targets.double()),
            )
            # Of infinite scores, releases of PyTorch make infinity or NaN.
            or not (scores.isfinite().all() or found.isfinite())
        ),
    ),
    "cross_entropy": Entrance(
        losses.cross_entropy,
        {"scores": X, "labels": Y},
        lambda found, scores, labels: same(found, functional.cross_entropy(scores, labels)),
    ),
    "cross_entropy_gradient": Entrance(
        losses.cross_entropy_gradient,
        {"scores": X, "labels": Y},
        lambda found, scores, labels: same(
            found, torch.func.grad(functional.cross_entropy)(scores, labels)
        ),
    ),
    "softmax": Entrance(
        softmax, {"z": X, "dim": 1}, lambda found, z, dim: same(found, z.softmax(dim))
    ),
    "Variable": Entrance(
        Variable,
        {"data": X, "name": "x"},
        lambda found, data, name: same(found.gradient, torch.zeros_like(data)),
    ),
    **{
        f"Variable {sign}": Entrance(
            lambda operand, compute=compute: compute(Variable(X), operand),
            {"operand": 2.0},
            lambda found, operand, compute=compute: same(found.data, compute(X, float(operand))),
        )
        for sign, compute in {
            "+": lambda a, b: a + b,
            "-": lambda a, b: b - a,
            "*": lambda a, b: b * a,
            "/": lambda a, b: a / b,
            "@": lambda a, b: a @ b,
            "**": lambda a, b: a**b,
        }.items()
    },
    "Variable.sum": Entrance(
        Variable(X).sum,
        {"dim": 1},
        lambda found, dim: same(found.data, X.sum() if dim is None else X.sum(dim, keepdim=True)),
    ),
    "Variable.apply": Entrance(
        Variable(X).apply, {"name": "tanh"}, lambda found, name: found.data.shape == X.shape
    ),
    "output_size": Entrance(
        convolution.output_size,
        {"n": 7, "k": 3, "stride": 2, "padding": 1},
        lambda found, n, k, stride, padding: found == (n + 2 * padding - k) // stride + 1,
    ),
    "pad": Entrance(
        convolution.pad,
        {"images": WIDE, "width": 1},
        lambda found, images, width: same(found, functional.pad(images, (int(width),) * 4)),
    ),
    "correlate": Entrance(
        convolution.correlate,
        {"images": WIDE, "kernels": KERNELS, "biases": X[0], "stride": 1, "padding": 1},
        lambda found, images, kernels, biases, stride, padding: same(
            found, functional.conv2d(images, kernels, biases, int(stride), int(padding))
        ),
    ),
    "convolve": Entrance(
        convolution.convolve,
        {"images": WIDE, "kernels": KERNELS, "biases": X[0], "stride": 1, "padding": 1},
        lambda found, images, kernels, biases, stride, padding: same(
            found, functional.conv2d(images, kernels.flip(2, 3), biases, int(stride), int(padding))
        ),
    ),
    "correlate_backward": Entrance(
        convolution.correlate_backward,
        {"images": WIDE, "kernels": KERNELS, "errors": torch.ones(2, 4, 2, 3), "stride": 1},
        lambda found, images, kernels, errors, stride: (
            [part.shape for part in found] == [images.shape, kernels.shape, (len(kernels),)]
        ),
    ),
    "pool": Entrance(
        convolution.pool,
        {"images": WIDE, "how": "max", "window": 2, "stride": 1},
        lambda found, images, how, window, stride: (
            how != "max" or same(found, functional.max_pool2d(images, window, int(stride)))
        ),
    ),
    "pool_backward": Entrance(
        convolution.pool_backward,
        {"images": WIDE, "errors": torch.ones(2, 1, 2, 3), "how": "max", "window": 2, "stride": 1},
        lambda found, images, errors, **_: same(found.sum(), errors.sum()),
    ),
    "edge_strength": Entrance(
        convolution.edge_strength,
        {"images": WIDE},
        lambda found, images: found.shape[2:] == (images.shape[2] - 2, images.shape[3] - 2),
    ),
    "SimplestCNN": Entrance(
        SimplestCNN,
        {"n_kernels": 2, "size": 2, "n_classes": 3, "channels": 1, "seed": 0},
        lambda found, size, channels, n_classes, **_: (
            found.forward(torch.ones(2, channels, size, size)).scores.shape == (2, n_classes)
        ),
    ),
    "SimplestCNN.forward": Entrance(
        SimplestCNN(2, 2, 3).forward,
        {"images": WIDE},
        lambda found, images: found.scores.shape == (len(images), 3),
    ),
    "SimplestCNN.cost": Entrance(
        lambda labels: SimplestCNN(2, 2, 3).cost(SimplestCNN(2, 2, 3).forward(WIDE), labels),
        {"labels": Y[:2]},
        lambda found, labels: found.shape == (),
    ),
    "count_patterns": Entrance(
        tensors.count_patterns,
        {"height": 2, "width": 3, "channels": 1, "levels": 2},
        lambda found, height, width, channels, levels: (
            found == levels ** (height * width * channels)
        ),
    ),
    "all_patterns": Entrance(
        tensors.all_patterns,
        {"height": 2, "width": 3},
        lambda found, height, width: found.shape == (2 ** (height * width), height, width),
    ),
    "line_patterns": Entrance(
        tensors.line_patterns,
        {"height": 3, "width": 2, "shortest": 2},
        lambda found, height, width, shortest: found.shape[1:] == (height, width),
    ),
    "reduce": Entrance(
        tensors.reduce,
        {"tensor": X, "axes": ("row", "column"), "over": ("row",), "how": "sum"},
        lambda found, tensor, **_: found.ndim <= tensor.ndim,
    ),
    "central_differences": Entrance(
        lambda point, step: central_differences(lambda x: x.sum(), point, step),
        {"point": X.double(), "step": 1e-3},
        lambda found, point, step: found.shape == point.shape,
    ),
    "GradientDescent": Entrance(
        optim.GradientDescent,
        {"learning_rate": 0.1, "momentum": 0.5},
        lambda found, learning_rate, **_: callable(learning_rate) or found.rate(0) > 0,
    ),
    **{
        kind.__name__: Entrance(
            kind,
            {"learning_rate": 0.1, "epsilon": 1e-8, **dict.fromkeys(kept, 0.5)},
            lambda found, learning_rate, **_: (
                (callable(learning_rate) or found.rate(0) > 0) and 0 < found.epsilon < torch.inf
            ),
        )
        for kind, kept in {optim.RMSprop: ["decay"], optim.Adam: ["beta1", "beta2"]}.items()
    },
    "step_decay": Entrance(
        optim.step_decay,
        {"initial": 0.1, "factor": 0.5, "every": 10},
        lambda found, initial, factor, every: found(every) == initial * factor,
    ),
    "cosine": Entrance(
        optim.cosine,
        {"initial": 0.1, "total": 10},
        lambda found, initial, total: found(0) == pytest.approx(initial) and found(total) == 0,
    ),
    "Adam.step": Entrance(
        stepped(optim.Adam),
        {"parameters": X, "gradients": X},
        lambda found, parameters, gradients: found.shape == parameters.shape,
    ),
}


@pytest.mark.filterwarnings("ignore:(inputs|model):UserWarning")
@pytest.mark.parametrize("name", [*ENTRANCES, *SCRATCH])
@settings(derandomize=True, max_examples=N_CASES)
@given(drawn=st.data())
def test_a_wrong_argument_is_named_or_its_result_is_right(name: str, drawn: st.DataObject) -> None:
    function, right, holds = {**ENTRANCES, **SCRATCH}[name]
    changed = drawn.draw(st.sampled_from(sorted(right)))
    arguments = {**right, changed: drawn.draw(wrong(right[changed]), label=changed)}
    try:
        found = function(**arguments)
    except (TypeError, ValueError) as error:
        message = str(error)
    else:
        assert holds(found, **arguments)
        return
    assert re.search(rf"\b({'|'.join(right)}|data)\b", message), f"unnamed: {message}"
