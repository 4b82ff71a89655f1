"""How fast the library is, beside what else does the same: ``python bench/speed.py``.

Each row is a function that sets both sides up, from the same weights, and with the same batches in
the same order. All rows use one thread, as the pages of the book do; the jobs are small, and
threads would wait for each other.
"""

import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from micrograd import engine
from micrograd import nn as micrograd
from sklearn.datasets import make_moons
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.utils.data import DataLoader, RandomSampler
from torchvision import datasets, transforms

from dlbook.data import Dataset, load
from dlbook.features import features_of
from dlbook.models import MLP
from dlbook.scratch.activations import ACTIVATIONS, Activation
from dlbook.scratch.autograd import Variable
from dlbook.scratch.convolution import correlate, correlate_backward
from dlbook.scratch.network import Network, train_epoch
from dlbook.scratch.optim import GradientDescent
from dlbook.training import fit
from dlbook.transfer import freeze, pretrained, with_new_head
from peers import FASTER, LONGER, Outputs, Row, Side, Sides, measure, options_of, report

Array = np.ndarray
load_once = cache(load)


class Pictures(datasets.MNIST):
    """torchvision's own MNIST on images that are loaded already, with the usual transforms."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        usual = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
        datasets.VisionDataset.__init__(self, root="", transform=usual)
        self.data, self.targets = images.squeeze(1), labels


def scaled(images: Tensor) -> Tensor:
    """Prepare all images at once as `Pictures` prepares each, and flatten them."""
    return (images.flatten(1).float() / 255 - 0.5) / 0.5


def shuffling() -> torch.Generator:
    """Seed the order of the samples, as `fit` does."""
    return torch.Generator().manual_seed(0)


def built_network() -> tuple[MLP, Optimizer]:
    """Build 784-64-64-10 and its optimizer."""
    torch.manual_seed(0)
    model = MLP(784, 64, 64, 10)
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def fitted(inputs: Tensor, labels: Tensor) -> MLP:
    """Train 784-64-64-10 for an epoch by `fit`."""
    model, optimizer = built_network()
    fit(model, inputs, labels, optimizer=optimizer, epochs=1, batch_size=32, progress=False)
    return model


def fit_and_loader(n_images: int = 20_000) -> Sides:
    """Set `fit` beside the loop of most tutorials; each prepares its images, too."""
    data = load_once("mnist")
    images, labels = data.train.inputs[:n_images], data.train.labels[:n_images]
    pictures, test_inputs = Pictures(images, labels), scaled(data.test.inputs)

    def ours() -> Outputs:
        model = fitted(scaled(images), labels)
        return lambda: model(test_inputs)

    def theirs() -> Outputs:
        model, optimizer = built_network()
        order = RandomSampler(pictures, generator=shuffling())
        total, right = 0.0, 0
        for batch, truth in DataLoader(pictures, batch_size=32, sampler=order):
            optimizer.zero_grad()
            scores = model(batch.view(len(batch), -1))
            loss = functional.cross_entropy(scores, truth)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
            right += (scores.argmax(1) == truth).sum().item()
        return lambda: model(test_inputs)

    return Sides(ours, theirs, data.test.labels)


def fit_and_loop(n_images: int = 20_000, measuring: bool = True) -> Sides:
    """Set `fit` beside a loop written for this network, which measures as `fit` does, or not."""
    data = load_once("mnist")
    inputs, labels = scaled(data.train.inputs[:n_images]), data.train.labels[:n_images]
    test_inputs = scaled(data.test.inputs)

    def ours() -> Outputs:
        model = fitted(inputs, labels)
        return lambda: model(test_inputs)

    def theirs() -> Outputs:
        model, optimizer = built_network()
        total, right = 0.0, 0
        for rows in torch.randperm(len(inputs), generator=shuffling()).split(32):
            truth = labels[rows]
            scores = model(inputs[rows])
            loss = functional.cross_entropy(scores, truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if measuring:
                total += loss.item() * len(rows)
                right += (scores.argmax(1) == truth).sum().item()
        return lambda: model(test_inputs)

    return Sides(ours, theirs, data.test.labels)


def digits(n_images: int) -> tuple[Dataset, Tensor, Tensor]:
    """Return MNIST, its first inputs as rows, and their targets."""
    data = load_once("mnist")
    inputs, labels = data.train.rows()
    return data, inputs[:n_images], functional.one_hot(labels[:n_images], 10).float()


def step_and_autograd(n_images: int = 2_000, activation: str = "sigmoid") -> Sides:
    """Set steps of the four equations beside steps of PyTorch's own gradients."""
    data, inputs, targets = digits(n_images)
    batches = list(zip(inputs.split(10), targets.split(10), strict=True))
    test_inputs, test_labels = data.test.rows()

    def ours() -> Outputs:
        network = Network(784, 30, 10, hidden=activation, output=activation)
        optimizer = GradientDescent(3.0)
        for batch, wanted in batches:
            trace = network.forward(batch)
            network.backward(trace, wanted)
            optimizer.step(network.parameters, trace.gradients)
        return lambda: network.forward(test_inputs).outputs

    def theirs() -> Outputs:
        model = as_module(Network(784, 30, 10))
        optimizer = torch.optim.SGD(model.parameters(), lr=3.0)
        for batch, wanted in batches:
            loss = ((model(batch) - wanted) ** 2).sum() / (2 * len(batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return lambda: model(test_inputs)

    return Sides(ours, theirs, test_labels)


def step_in_few_calls(n_images: int = 2_000) -> Sides:
    """Set up the same with PyTorch's own sigmoid in the book's network: how much its calls cost."""

    def slope(z: Tensor) -> Tensor:
        a = torch.sigmoid(z)
        return a * (1 - a)

    ACTIVATIONS["PyTorch's sigmoid"] = Activation(torch.sigmoid, slope, "")
    return step_and_autograd(n_images, "PyTorch's sigmoid")


def as_module(network: Network) -> nn.Sequential:
    """Build the same network from PyTorch's layers."""
    layers = [nn.Linear(k, j) for j, k in (weights.shape for weights in network.weights)]
    for layer, weights, biases in zip(layers, network.weights, network.biases, strict=True):
        layer.weight.data, layer.bias.data = weights.clone(), biases.clone()
    return nn.Sequential(*(part for layer in layers for part in (layer, nn.Sigmoid())))


def epoch_and_samples(n_images: int = 2_000) -> Sides:
    """Set an epoch of whole batches beside a loop over the samples of each batch."""
    data, inputs, targets = digits(n_images)
    test_inputs, test_labels = data.test.rows()
    samples = list(zip(inputs.unsqueeze(2).numpy(), targets.unsqueeze(2).numpy(), strict=True))

    def ours() -> Outputs:
        network = Network(784, 30, 10)
        train_epoch(network, inputs, targets, GradientDescent(3.0), 10, shuffling())
        return lambda: network.forward(test_inputs).outputs

    def theirs() -> Outputs:
        network = Network(784, 30, 10)
        weights = [w.numpy().copy() for w in network.weights]
        biases = [b.unsqueeze(1).numpy().copy() for b in network.biases]
        for rows in torch.randperm(n_images, generator=shuffling()).split(10):
            step_by_samples(weights, biases, [samples[row] for row in rows.tolist()], rate=3.0)
        a = test_inputs.T.numpy()
        for w, b in zip(weights, biases, strict=True):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return lambda: torch.from_numpy(a.T)

    return Sides(ours, theirs, test_labels)


def step_by_samples(
    weights: list[Array], biases: list[Array], batch: list[tuple[Array, Array]], rate: float
) -> None:
    """Take a step of gradient descent as introductions write it: one sample after the other."""
    weight_sums, bias_sums = ([np.zeros_like(p) for p in ps] for ps in (weights, biases))
    for x, y in batch:
        weight_gradients, bias_gradients = gradients_of_sample(weights, biases, x, y)
        weight_sums = [s + g for s, g in zip(weight_sums, weight_gradients, strict=True)]
        bias_sums = [s + g for s, g in zip(bias_sums, bias_gradients, strict=True)]
    for parameters, sums in ((weights, weight_sums), (biases, bias_sums)):
        parameters[:] = [p - rate / len(batch) * s for p, s in zip(parameters, sums, strict=True)]


def gradients_of_sample(
    weights: list[Array], biases: list[Array], x: Array, y: Array
) -> tuple[list[Array], list[Array]]:
    """Backpropagate one sample, a column: sigmoid neurons, quadratic cost."""
    activations = [x]
    for w, b in zip(weights, biases, strict=True):
        activations.append(1 / (1 + np.exp(-(w @ activations[-1] + b))))
    errors = [(activations[-1] - y) * activations[-1] * (1 - activations[-1])]
    for w, a in zip(weights[:0:-1], activations[-2:0:-1], strict=True):
        errors.insert(0, (w.T @ errors[0]) * a * (1 - a))
    return [error @ a.T for error, a in zip(errors, activations[:-1], strict=True)], errors


def moons_and_micrograd(n_steps: int = 2, n_samples: int = 100) -> Sides:
    """Set the book's engine for gradients beside micrograd, on the data set of its demo."""
    points, classes = make_moons(n_samples, noise=0.1, random_state=0)
    signs = 2 * classes - 1
    inputs, wanted = Variable(torch.tensor(points)), Variable(torch.tensor(signs)[:, None] * 1.0)
    decay = 1e-4

    def theirs_built() -> micrograd.MLP:
        random.seed(0)
        return micrograd.MLP(2, [16, 16, 1])

    def ours() -> Outputs:
        layers = [as_variables(layer.neurons) for layer in theirs_built().layers]
        parameters = [parameter for layer in layers for parameter in layer]
        for k in range(n_steps):
            scores = scores_of(layers, inputs)
            loss = (1.0 - wanted * scores).apply("ReLU").sum() * (1 / n_samples)
            for parameter in parameters:
                loss = loss + (parameter * parameter).sum() * decay
            loss.backward()
            for parameter in parameters:
                parameter.data = parameter.data - (1 - 0.9 * k / 100) * parameter.gradient
        return lambda: scores_of(layers, inputs).data

    def theirs() -> Outputs:
        model = theirs_built()
        rows = [[engine.Value(x) for x in row] for row in points.tolist()]
        for k in range(n_steps):
            scores = [model(row) for row in rows]
            hinges = [
                (1 + -sign * s).relu() for sign, s in zip(signs.tolist(), scores, strict=True)
            ]
            loss = sum(hinges) * (1 / n_samples) + decay * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= (1 - 0.9 * k / 100) * p.grad
        return lambda: torch.tensor([[model(row).data] for row in rows], dtype=torch.float64)

    return Sides(ours, theirs)


def as_variables(neurons: list[micrograd.Neuron]) -> tuple[Variable, Variable]:
    """Turn a layer of micrograd into a matrix and a row."""
    weights = torch.tensor([[w.data for w in neuron.w] for neuron in neurons], dtype=torch.float64)
    biases = torch.tensor([neuron.b.data for neuron in neurons], dtype=torch.float64)
    return Variable(weights.T.contiguous()), Variable(biases[None])


def scores_of(layers: list[tuple[Variable, Variable]], a: Variable) -> Variable:
    """Compute the outputs of dense layers with ReLU between them."""
    for weights, biases in layers[:-1]:
        a = (a @ weights + biases).apply("ReLU")
    weights, biases = layers[-1]
    return a @ weights + biases


def convolution_and_torch(n_images: int = 64) -> Sides:
    """Set the book's convolution and its gradients beside PyTorch's."""
    torch.manual_seed(0)
    images, errors = torch.randn(n_images, 3, 32, 32), torch.randn(n_images, 32, 32, 32)
    kernels, biases = torch.randn(32, 3, 3, 3), torch.randn(32)
    learned = [operand.clone().requires_grad_() for operand in (images, kernels, biases)]

    def ours() -> Outputs:
        maps = correlate(images, kernels, biases, padding=1)
        gradients = correlate_backward(images, kernels, errors, padding=1)
        return lambda: torch.cat([part.flatten() for part in (maps, *gradients)])

    def theirs() -> Outputs:
        maps = functional.conv2d(*learned, padding=1)
        gradients = torch.autograd.grad(maps, learned, errors)
        return lambda: torch.cat([part.flatten() for part in (maps, *gradients)])

    return Sides(ours, theirs)


def features_and_body(n_images: int = 48, epochs: int = 5) -> Sides:
    """Set a head on features computed once beside a head on a body that runs in every epoch."""
    data, network = load_once("hymenoptera"), pretrained()
    some = torch.linspace(0, len(data.train.labels) - 1, n_images).long()  # of both classes
    images, labels = data.train.inputs[some], data.train.labels[some]
    shown = torch.linspace(0, len(data.test.labels) - 1, n_images).long()
    test_features = features_of(network.backbone, data.test.inputs[shown], progress=False)

    def train(model: nn.Module, head: nn.Module, inputs: Tensor) -> Outputs:
        optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
        settings = {"epochs": epochs, "batch_size": 32, "progress": False}
        fit(model, inputs, labels, optimizer=optimizer, **settings)
        return lambda: head.eval()(test_features)

    def new_classifier() -> nn.Module:
        torch.manual_seed(0)
        return with_new_head(network.model, 2)

    def ours() -> Outputs:
        head = new_classifier().head
        return train(head, head, features_of(network.backbone, images, progress=False))

    def theirs() -> Outputs:
        model = new_classifier()
        freeze(model.body)
        prepared = network.preprocess(images).contiguous(memory_format=torch.channels_last)
        return train(model, model.head, prepared)

    return Sides(ours, theirs, data.test.labels[shown])


def imports(name: str) -> Sides:
    """Set the import of a module beside that of PyTorch, each in a new process."""

    def fresh(module: str) -> Side:
        command = [sys.executable, "-c", f"import {module}"]
        return lambda: subprocess.run(command, check=True) and None

    return Sides(fresh(name), fresh("torch"))


SMALL = "784-64-64-10, one epoch of at most 20,000 digits, batches of 32"
ROWS: dict[str, tuple[Callable[[], Sides], Row]] = {
    "fit_loader": (
        fit_and_loader,
        Row(
            f"dlbook.training.fit: {SMALL}",
            "the usual loop: torchvision's MNIST, ToTensor, Normalize, DataLoader",
            FASTER,
            at_least=4.5,
            note="Both make the same steps in PyTorch, and fit cannot make these faster. What it "
            "saves is the work on single pictures.",
        ),
    ),
    "fit_loop": (
        fit_and_loop,
        Row(
            f"dlbook.training.fit: {SMALL}",
            "a loop over slices of tensors, written for this case, with loss and accuracy",
            LONGER,
            at_most=1.05,
            note="With batches of 32 a step is a few dozen calls of PyTorch. The calls that fit "
            "makes beside them, for several workers, for other precisions and for the progress "
            "bar, cost the same for every network, and weigh less the larger it is.",
        ),
    ),
    "fit_bare_loop": (
        lambda: fit_and_loop(measuring=False),
        Row(
            f"dlbook.training.fit: {SMALL}",
            "the same loop, which measures neither loss nor accuracy",
            LONGER,
            at_most=1.05,
            note="fit counts right answers and keeps the loss of every step, and this loop does "
            "neither.",
        ),
    ),
    "network_step": (
        step_and_autograd,
        Row(
            "dlbook.scratch.network: steps of 784-30-10, batches of 10",
            "the same network, cost and steps in PyTorch, with autograd",
            LONGER,
            at_most=0.45,
            note="Both spend their time in calls of PyTorch on small tensors. The book writes out "
            "as several calls what PyTorch has in one, the sigmoid and its slope, so that they can "
            "be read, and looks for NaN in every batch. The next row has another sigmoid.",
        ),
    ),
    "network_step_in_few_calls": (
        step_in_few_calls,
        Row(
            "the same steps, with PyTorch's sigmoid in the book's network",
            "the same network, cost and steps in PyTorch, with autograd",
            LONGER,
            at_most=0.45,
            note="What is left are the products, which both make, and the calls of an optimizer "
            "that is written out.",
        ),
    ),
    "network_epoch": (
        epoch_and_samples,
        Row(
            "dlbook.scratch.network.train_epoch: 784-30-10 on 2,000 digits, batches of 10",
            "a loop over the samples of each batch, in NumPy, with sums of gradients",
            FASTER,
            at_least=15,
            note="The batch saves calls, ten samples at a time. But a call of NumPy on a small "
            "array costs less than one of PyTorch. Of a step the two products with 784 inputs and "
            "the change of their weights take about a tenth; the rest are calls on small tensors, "
            "about sixty of a few microseconds each, the measured cost and the checks included.",
        ),
    ),
    "autograd": (
        moons_and_micrograd,
        Row(
            "dlbook.scratch.autograd: 2-16-16-1 on two moons, 100 samples a step",
            "micrograd, which follows single numbers",
            FASTER,
            at_least=50,
            note="How much a graph of tensors saves grows with the tensors.",
        ),
    ),
    "convolution": (
        convolution_and_torch,
        Row(
            "dlbook.scratch.convolution: 64 images (3, 32, 32), 32 kernels 3 x 3, and back",
            "PyTorch's",
            LONGER,
            at_most=2.5,
            note="The book writes every window out as a column, and adds all columns back; "
            "PyTorch does neither. The check for NaN costs a pass over all errors, too.",
        ),
    ),
    "features": (
        features_and_body,
        Row(
            "features computed once, then five epochs of a new head: 48 photographs",
            "the same, with the frozen body in every epoch",
            FASTER,
            at_least=4,
            note="In five epochs the body runs once in place of five times, and on 8 images at a "
            "time in place of 32.",
        ),
    ),
    "import_book": (
        lambda: imports("dlbook"),
        Row(
            "import dlbook, in a new process",
            "import torch",
            LONGER,
            at_most=1.05,
            note="The package itself imports nothing; its modules import PyTorch.",
        ),
    ),
    "import_training": (
        lambda: imports("dlbook.training"),
        Row(
            "import dlbook.training, in a new process",
            "import torch",
            LONGER,
            at_most=1.05,
            note="It imports PyTorch itself; what it needs besides comes on top.",
        ),
    ),
}


def main() -> None:
    """Measure the rows, print a table, write a file."""
    parser = options_of(__doc__, "speed", rounds=5)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {}
    for key in options.rows:
        print(f"measuring {key}", file=sys.stderr)
        results[key] = measure(ROWS[key][0](), options.rounds)
    rows = {key: row for key, (_, row) in ROWS.items()}
    report("speed", rows, results, options, load_once("mnist").provenance)


if __name__ == "__main__":
    main()
