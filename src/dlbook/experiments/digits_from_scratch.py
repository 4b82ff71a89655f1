"""The digits of chapter 6, read by networks that this book differentiates by hand."""

from typing import NamedTuple

import torch
from sklearn.metrics import accuracy_score
from torch import Tensor
from torch.nn import functional
from tqdm import trange

from dlbook.data import load
from dlbook.records import Record, make_record
from dlbook.scratch.network import Network, train_epoch
from dlbook.scratch.optim import GradientDescent

LEARNING_RATE, BATCH_SIZE = 3.0, 10


class LearnedDigits(NamedTuple):
    """A trained network, and what was measured in each epoch.

    Attributes
    ----------
    network : Network
        After the last epoch.
    train_costs : list of float
        Mean cost of a training sample, measured while the weights changed.
    test_costs, test_accuracies : list of float
        On the test samples, after the epoch.
    """

    network: Network
    train_costs: list[float]
    test_costs: list[float]
    test_accuracies: list[float]


def learn_digits(
    n_hidden: int,
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    *,
    epochs: int,
    seed: int,
) -> LearnedDigits:
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
    LearnedDigits
        The network and its curves.
    """
    (inputs, labels), (test_inputs, test_labels) = train, test
    targets, test_targets = (
        functional.one_hot(y, 10).to(inputs.dtype) for y in (labels, test_labels)
    )
    network = Network(inputs.shape[1], n_hidden, 10, seed=seed)
    learned = LearnedDigits(network, [], [], [])
    optimizer = GradientDescent(LEARNING_RATE)
    shuffle = torch.Generator().manual_seed(seed)
    for _ in trange(epochs, unit="epoch", disable=None):
        cost = train_epoch(network, inputs, targets, optimizer, BATCH_SIZE, shuffle)
        outputs = network.forward(test_inputs).outputs
        learned.train_costs.append(cost)
        learned.test_costs.append(float(network.cost.function(outputs, test_targets)))
        learned.test_accuracies.append(share_right(network, test_inputs, test_labels))
    return learned


def share_right(network: Network, inputs: Tensor, labels: Tensor) -> float:
    """Measure how often the largest output is that of the label.

    Parameters
    ----------
    network : Network
        With one output for each class.
    inputs, labels : Tensor
        Shapes (N, k) and (N,).

    Returns
    -------
    float
        The accuracy, a fraction.
    """
    return float(accuracy_score(labels, network.forward(inputs).outputs.argmax(1)))


def digits_from_scratch(epochs: int = 30) -> Record:
    """Train 784-15-10 and 784-30-10 with three seeds each.

    Parameters
    ----------
    epochs : int
        Passes over the training images.

    Returns
    -------
    Record
        Metrics "accuracy_15" and "accuracy_30" on the test images after the last epoch, curves of
        training cost, test cost and test accuracy over the epochs.
    """
    data = load("mnist")
    train, test = data.train.rows(), data.test.rows()
    seeds = [0, 1, 2]
    metrics: dict[str, list[float]] = {}
    curve: dict[str, list[list[float]]] = {}
    for n_hidden in (15, 30):
        runs = [learn_digits(n_hidden, train, test, epochs=epochs, seed=seed) for seed in seeds]
        curve[f"train_cost_{n_hidden}"] = [run.train_costs for run in runs]
        curve[f"test_cost_{n_hidden}"] = [run.test_costs for run in runs]
        curve[f"test_accuracy_{n_hidden}"] = [run.test_accuracies for run in runs]
        metrics[f"accuracy_{n_hidden}"] = [run.test_accuracies[-1] for run in runs]
    return make_record(
        "digits_from_scratch",
        settings={
            "widths": [[784, 15, 10], [784, 30, 10]],
            "activation": "sigmoid",
            "cost": "quadratic",
            "optimizer": "gradient descent",
            "learning_rate": LEARNING_RATE,
            "batch_size": BATCH_SIZE,
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
