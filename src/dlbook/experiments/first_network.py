"""The network of chapter 1, with three seeds."""

from tqdm import tqdm

from dlbook.data import load
from dlbook.models import MLP
from dlbook.records import Record, make_record
from dlbook.training import Run, train_and_test


def first_network() -> Record:
    """Train chapter 1's network with three seeds: 784-512-10, RMSprop, batch 128, 5 epochs.

    Returns
    -------
    Record
        Metrics "accuracy" and "loss" on the test images, curves over the epochs.
    """
    data = load("mnist")
    train, test = data.train.rows(), data.test.rows()
    seeds = [0, 1, 2]
    runs: list[Run] = [
        train_and_test(lambda: MLP(784, 512, 10), train, test, seed=seed, watch=True)
        for seed in tqdm(seeds, unit="seed", disable=None)
    ]
    return make_record(
        "first_network",
        settings={
            "widths": [784, 512, 10],
            "activation": "ReLU",
            "optimizer": "RMSprop",
            "learning_rate": 1e-3,
            "alpha": 0.9,
            "eps": 1e-7,
            "batch_size": 128,
            "epochs": 5,
            "scaling": "pixel / 255",
            "training_images": len(data.train.inputs),
            "test_images": len(data.test.inputs),
        },
        seeds=seeds,
        metrics={
            "accuracy": [run.test.accuracy for run in runs],
            "loss": [run.test.loss for run in runs],
        },
        curve={
            "train_loss": [run.history.train_loss for run in runs],
            "train_accuracy": [run.history.train_accuracy for run in runs],
            "test_loss": [run.history.validation_loss for run in runs],
            "test_accuracy": [run.history.validation_accuracy for run in runs],
        },
        data=data.provenance,
    )
