"""The digits of chapter 6, read by networks that this book differentiates by hand."""

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from dlbook.data import load
from dlbook.records import Record, make_record
from dlbook.scratch.network import Network, train_epoch
from dlbook.scratch.optim import GradientDescent


def learn_digits(
    n_hidden: int,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    *,
    epochs: int,
    seed: int,
) -> tuple[Network, list[float], list[float]]:
    """Train one hidden layer of sigmoid neurons: quadratic cost, rate 3, batches of 10.

    Parameters
    ----------
    n_hidden : int
        Neurons of the hidden layer.
    train, test : tuple of Tensor
        Inputs (N, k), and labels (N,) from 0 to 9.
    epochs : int
        Passes over the training samples.
    seed : int
        Seed of the weights and of the order of the samples.

    Returns
    -------
    tuple
        The network; after each epoch the mean training cost, and the test accuracy.
    """
    inputs, labels = train
    targets = functional.one_hot(labels, 10).to(inputs.dtype)
    network = Network(inputs.shape[1], n_hidden, 10, seed=seed)
    optimizer = GradientDescent(3.0)
    shuffle = torch.Generator().manual_seed(seed)
    costs, accuracies = [], []
    for _ in trange(epochs, unit="epoch", disable=None):
        costs.append(train_epoch(network, inputs, targets, optimizer, 10, shuffle))
        accuracies.append(digit_accuracy(network, *test))
    return network, costs, accuracies


def digit_accuracy(network: Network, inputs: Tensor, labels: Tensor) -> float:
    """Measure how often the largest output is that of the label.

    Parameters
    ----------
    network : Network
        Any number of inputs and classes.
    inputs, labels : Tensor
        Shapes (N, k) and (N,).

    Returns
    -------
    float
        A fraction.
    """
    right = network.forward(inputs).outputs.argmax(1) == labels
    return float(right.double().mean())


def digits_from_scratch() -> Record:
    """Train 784-15-10 and 784-30-10 for 30 epochs with three seeds each.

    Returns
    -------
    Record
        Metrics "accuracy_15" and "accuracy_30" on the test images after the last epoch, curves of
        training cost and test accuracy over the epochs.
    """
    data = load("mnist")
    train, test = data.train.rows(), data.test.rows()
    seeds, epochs = [0, 1, 2], 30
    metrics: dict[str, list[float]] = {}
    curve: dict[str, list[list[float]]] = {}
    for n_hidden in (15, 30):
        runs = [learn_digits(n_hidden, train, test, epochs=epochs, seed=seed) for seed in seeds]
        curve[f"train_cost_{n_hidden}"] = [costs for _, costs, _ in runs]
        curve[f"test_accuracy_{n_hidden}"] = [accuracies for _, _, accuracies in runs]
        metrics[f"accuracy_{n_hidden}"] = [accuracies[-1] for _, _, accuracies in runs]
    return make_record(
        "digits_from_scratch",
        settings={
            "widths": [[784, 15, 10], [784, 30, 10]],
            "activation": "sigmoid",
            "cost": "quadratic",
            "optimizer": "gradient descent",
            "learning_rate": 3.0,
            "batch_size": 10,
            "epochs": epochs,
            "weights": "normal, sd 1 / sqrt(inputs)",
            "scaling": "pixel / 255",
            "training_images": len(data.train.inputs),
            "test_images": len(data.test.inputs),
        },
        seeds=seeds,
        metrics=metrics,
        curve=curve,
        data=data.provenance,
    )
