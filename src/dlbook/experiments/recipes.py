"""Recipes: all that a training run needs besides its data and its seed.

A page runs a recipe once, live; a record runs it with several seeds, side by side on the cores of
the machine. So both do the same. Chapters 9, 10 and 12 use the recipes of `digits`, `clothes`,
`photographs`, `cnn_steps` and `residual_cnn`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from joblib import Parallel, delayed
from torch import Tensor, nn

from dlbook.data import Provenance
from dlbook.evaluation import Loss
from dlbook.models import MLP, count_parameters
from dlbook.records import Record, make_record
from dlbook.training import Augmentation, OptimizerFactory, Run, ScheduleFactory, train_and_test

Samples = tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Training and test samples, each inputs (N, ...) and labels (N,)."""

Measure = Callable[[nn.Module, tuple[Tensor, Tensor]], dict[str, float]]
"""Computes metrics from a trained network and the test samples."""


@dataclass(frozen=True)
class Recipe:
    """How to build and train one network.

    Attributes
    ----------
    words
        The whole recipe in words, for readers of a record.
    build
        Builds the network.
    optimizer, loss, schedule, augment, epochs, batch_size
        As `dlbook.training.train_and_test` takes them.
    """

    words: str
    build: Callable[[], nn.Module]
    optimizer: OptimizerFactory
    epochs: int
    batch_size: int
    loss: Loss | None = None
    schedule: ScheduleFactory | None = None
    augment: Augmentation | None = None

    def run(self, samples: Samples, *, seed: int = 0, watch: bool = True) -> Run:
        """Train and test the network.

        Parameters
        ----------
        samples
            Training and test samples.
        seed
            Seed of weights, order, dropout and augmentation.
        watch
            Measure the test samples after every epoch too, to draw the curve.

        Returns
        -------
        Run
            The trained network, its history and its test result.
        """
        train, test = samples
        return train_and_test(
            self.build,
            train,
            test,
            optimizer=self.optimizer,
            loss=self.loss,
            schedule=self.schedule,
            augment=self.augment,
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=seed,
            watch=watch,
        )


def flat_mlp(*widths: int, dropout: float = 0.0) -> nn.Sequential:
    """Build a multilayer perceptron that takes images and flattens them itself.

    Parameters
    ----------
    *widths, dropout
        As `dlbook.models.MLP` takes them.

    Returns
    -------
    nn.Sequential
        Images (N, C, H, W) to logits (N, widths[-1]).
    """
    return nn.Sequential(nn.Flatten(), MLP(*widths, dropout=dropout))


def record_recipes(
    name: str,
    recipes: dict[str, Recipe],
    samples: Callable[[], Samples],
    classes: tuple[str, ...],
    data: Provenance,
    *,
    seeds: Iterable[int] = (0, 1, 2),
    epochs: int | None = None,
    measure: Measure | None = None,
) -> Record:
    """Run every recipe with every seed.

    Parameters
    ----------
    name
        Name of the record.
    recipes
        By the names that the metrics get.
    samples
        Loads the samples; called in each process that trains.
    classes
        Names of the classes.
    data
        Where the samples come from.
    seeds
        Seeds of the runs.
    epochs
        Train all recipes for so many epochs, for a trial.
    measure
        Computes further metrics of a trained network, by name.

    Returns
    -------
    Record
        For each recipe R: metrics "accuracy_R", "loss_R" and, for each class K, "recall_R_K", on
        the test samples, and "M_R" for each further metric M; curves "train_loss_R",
        "train_accuracy_R" and "test_accuracy_R". Its settings hold the recipes in words, and their
        numbers of parameters.
    """
    if epochs is not None:
        recipes = {key: replace(recipe, epochs=epochs) for key, recipe in recipes.items()}
    seeds = list(seeds)
    plan = [(key, seed) for key in recipes for seed in seeds]
    runs = Parallel(n_jobs=-1, verbose=10)(
        delayed(_run)(recipes[key], samples, seed, measure) for key, seed in plan
    )
    metrics: dict[str, list[float]] = {}
    curve: dict[str, list[list[float]]] = {}
    settings: dict[str, Any] = {}
    for (key, _), (run, further) in zip(plan, runs, strict=True):
        recipe = recipes[key]
        settings[key] = {
            "recipe": recipe.words,
            "epochs": recipe.epochs,
            "batch_size": recipe.batch_size,
            "parameters": count_parameters(run.model),
        }
        values = {f"accuracy_{key}": run.test.accuracy, f"loss_{key}": run.test.loss}
        recalls = zip(classes, run.test.recall.tolist(), strict=True)
        values |= {f"recall_{key}_{label}": recall for label, recall in recalls}
        values |= {f"{metric}_{key}": value for metric, value in further.items()}
        for metric, value in values.items():
            metrics.setdefault(metric, []).append(value)
        curve.setdefault(f"train_loss_{key}", []).append(run.history.train_loss)
        curve.setdefault(f"train_accuracy_{key}", []).append(run.history.train_accuracy)
        curve.setdefault(f"test_accuracy_{key}", []).append(run.history.validation_accuracy)
    return make_record(
        name, settings=settings, seeds=seeds, metrics=metrics, curve=curve, data=data
    )


def _run(
    recipe: Recipe, samples: Callable[[], Samples], seed: int, measure: Measure | None
) -> tuple[Run, dict[str, float]]:
    """Run a recipe in a process of its own."""
    # One thread a run: the result does not depend on the number of cores.
    torch.set_num_threads(1)
    run = recipe.run(samples(), seed=seed)
    return run, measure(run.model, samples()[1]) if measure else {}
