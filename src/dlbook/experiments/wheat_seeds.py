"""Wheat seeds told apart by chapter 7's network in plain Python, cross-validated."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dlbook.data import load
from dlbook.records import Record, make_record
from dlbook.scratch import plain

RATE, DECAY = 0.1, 0.01
SCHEDULES: dict[str, Callable[[int], float]] = {
    "divided": lambda passes: RATE / (1 + DECAY * passes),
    "multiplied": lambda passes: RATE * (1 - DECAY) ** passes,
    "constant": lambda passes: RATE,
}
"""The learning rate by the number of passes completed: two ways to decay it, and none."""


class PlainClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The network of `dlbook.scratch.plain`, in the form that scikit-learn's tools take.

    Parameters
    ----------
    passes : int
        Passes over the training samples.
    schedule : str
        A key of `SCHEDULES`.
    n_steps : int, optional
        Samples to learn from in all, instead of `passes`.
    seed : int
        Seed of the weights and of the order of the samples.
    """

    def __init__(
        self,
        passes: int = 1000,
        schedule: str = "divided",
        n_steps: int | None = None,
        seed: int = 0,
    ) -> None:
        self.passes = passes
        self.schedule = schedule
        self.n_steps = n_steps
        self.seed = seed

    def fit(self, features: Any, labels: Any) -> Self:
        """Train a network with 10 hidden neurons.

        Parameters
        ----------
        features : array
            Shape (n, k).
        labels : array
            Names or numbers of the classes, shape (n,).

        Returns
        -------
        PlainClassifier
            Itself.
        """
        features, labels = check_X_y(features, labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        self.network_ = plain.new_network(features.shape[1], 10, len(self.classes_), seed=self.seed)
        n_steps = self.passes * len(features) if self.n_steps is None else self.n_steps
        rate = SCHEDULES[self.schedule]
        rows = features.tolist()
        plain.train(self.network_, rows, numbers.tolist(), rate, n_steps, seed=self.seed)
        return self

    def predict(self, features: Any) -> Any:
        """Name the class of each row.

        Parameters
        ----------
        features : array
            Shape (n, k).

        Returns
        -------
        array
            Classes, as `fit` got them.
        """
        check_is_fitted(self)
        return self.classes_[plain.predict(self.network_, check_array(features).tolist())]


def five_folds(model: Any, features: Any, labels: Any, *, seed: int, n_jobs: int = 1) -> float:
    """Cross-validate a model on five folds with equal shares of the classes.

    Parameters
    ----------
    model : estimator
        What to fit and to score.
    features, labels : array
        Shapes (n, k) and (n,).
    seed : int
        Seed of the shuffling before the samples are dealt into folds.
    n_jobs : int
        Folds to run at once; -1 for as many as there are cores.

    Returns
    -------
    float
        The mean accuracy of the five folds.
    """
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return float(cross_val_score(model, features, labels, cv=folds, n_jobs=n_jobs).mean())


def misprinted(features: Any) -> Any:
    """Put the source's misprint into a copy of the table: asymmetry 21.018 in the second row.

    Parameters
    ----------
    features : array
        The wheat seeds, shape (210, 7).

    Returns
    -------
    array
        The copy.
    """
    changed = features.copy()
    changed[1, 5] += 20
    return changed


def wheat_seeds(
    passes: int = 1000, seeds: Sequence[int] = (0, 1, 2, 3, 4), n_jobs: int = -1
) -> Record:
    """Cross-validate the plain network, its variants and a baseline, with several shufflings.

    Parameters
    ----------
    passes : int
        Passes over the training grains.
    seeds : sequence of int
        One for each shuffling.
    n_jobs : int
        As in `five_folds`.

    Returns
    -------
    Record
        One metric for each way of training, the mean accuracy of five folds for each shuffling.
    """
    data = load("seeds")
    features, labels = data.train.inputs.double().numpy(), data.train.labels.numpy()
    scaled_before = MinMaxScaler().fit_transform(features)
    wrong = misprinted(features)

    def in_folds(seed: int, **settings: Any) -> Any:
        return make_pipeline(MinMaxScaler(), PlainClassifier(passes, seed=seed, **settings))

    def baseline() -> Any:
        return make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=1000))

    ways: dict[str, Callable[[int], tuple[Any, Any]]] = {
        "as_passes": lambda seed: (in_folds(seed), features),
        "as_samples": lambda seed: (in_folds(seed, n_steps=1000, schedule="constant"), features),
        "decay_multiplied": lambda seed: (in_folds(seed, schedule="multiplied"), features),
        "no_decay": lambda seed: (in_folds(seed, schedule="constant"), features),
        "scaled_before": lambda seed: (PlainClassifier(passes, seed=seed), scaled_before),
        "misprint": lambda seed: (in_folds(seed), wrong),
        "logistic_regression": lambda seed: (baseline(), features),
        "logistic_misprint": lambda seed: (baseline(), wrong),
    }
    metrics = {
        name: [five_folds(*way(seed), labels, seed=seed, n_jobs=n_jobs) for seed in seeds]
        for name, way in ways.items()
    }
    return make_record(
        "wheat_seeds",
        settings={
            "widths": [7, 10, 3],
            "activation": "sigmoid",
            "cost": "quadratic",
            "learning_rate": RATE,
            "decay": DECAY,
            "batch_size": 1,
            "passes": passes,
            "folds": 5,
            "scaling": "to 0..1, fitted on the training folds",
            "samples": len(features),
        },
        seeds=list(seeds),
        metrics=metrics,
        curve={},
        data=data.provenance,
    )
