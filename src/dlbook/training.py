"""The training loop: shuffle, take a batch, compute loss and gradient, update, repeat.

Data lives in tensors; a batch is a slice of a shuffled index, so that no Python code runs per
sample. Chapter 1, "A first network", reads the loop line by line; chapter 8, "Networks in PyTorch",
shows what can go wrong in it, and what `fit` says then.
"""

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Never

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from tqdm import tqdm

from dlbook import _checks
from dlbook.evaluation import Evaluation, Loss, evaluate
from dlbook.models import mode

OptimizerFactory = Callable[[Iterator[nn.Parameter]], Optimizer]
"""Builds an optimizer from ``model.parameters()``."""

SMALLEST_INPUTS = 0.02
"""Inputs that nowhere exceed this are taken for scaled twice: 255 / 255 / 255 is far below it."""


@dataclass
class History:
    """What `fit` saw: one entry per epoch in each list.

    Attributes
    ----------
    train_loss, train_accuracy
        Means over the epoch's samples, each measured just before the update that used it.
    validation_loss, validation_accuracy
        Measured after the epoch on the validation samples; empty without validation.
    steps
        Updates of the parameters made in all.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    steps: int = 0

    @property
    def best_epoch(self) -> int | None:
        """Epoch, counted from 1, with the lowest validation loss; None without validation."""
        losses = self.validation_loss
        return losses.index(min(losses)) + 1 if losses else None


def fit(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    *,
    optimizer: Optimizer,
    loss: Loss | None = None,
    epochs: int,
    batch_size: int,
    validation: float | tuple[Tensor, Tensor] | None = None,
    patience: int | None = None,
    schedule: LRScheduler | None = None,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Fit `model` to labeled samples by mini-batches.

    Parameters
    ----------
    model
        Classifier: inputs (N, ...) to class scores (N, C). Trained in place, in training mode; its
        modes are left as they were.
    inputs
        Floating-point tensor, shape (N, ...), dtype and device of the model.
    labels
        Class numbers, int64, shape (N,).
    optimizer
        Holds every trainable parameter of `model`.
    loss
        Mean loss of a batch from (scores, labels); cross-entropy by default.
    epochs
        Passes over the training samples.
    batch_size
        Samples per update; the last batch of an epoch may be smaller.
    validation
        A fraction of the samples, drawn at random and held back from training, or separate
        (inputs, labels).
    patience
        Early stopping: stop after so many epochs in a row without a new lowest validation loss, and
        give the model the weights back that it had after the best epoch. Needs `validation`.
    schedule
        A learning rate schedule of `torch.optim.lr_scheduler`, built on `optimizer`; it takes a
        step after every update.
    seed
        Seed of the shuffling and of the validation draw.
    progress
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    History
        Loss and accuracy after each epoch, and the number of updates.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.
    ValueError
        If the loss becomes NaN or infinite. The model is then of no use any more.

    Warns
    -----
    UserWarning
        If the outputs are probabilities already and the loss applies softmax to them again; if the
        inputs are so small that they were probably scaled twice.

    Notes
    -----
    The global random state is not seeded here and used only by the model itself (dropout): call
    `torch.manual_seed` before building the model to repeat a run exactly.
    """
    _checks.at_least_one("epochs", epochs)
    _checks.at_least_one("batch_size", batch_size)
    _check_samples(model, inputs, labels, "inputs", "labels")
    _check_optimizer(optimizer, model)
    _check_schedule(schedule, optimizer)
    if patience is not None:
        _checks.at_least_one("patience", patience)
        if validation is None:
            raise ValueError("patience needs validation samples: pass validation=0.2, for example")
    loss = loss or functional.cross_entropy
    _warn_of_slips(model, inputs, loss)
    generator = torch.Generator().manual_seed(seed)
    train_rows, held_back = _split(inputs, labels, validation, generator)
    if held_back is not None and not isinstance(validation, float):
        _check_samples(model, *held_back, "validation inputs", "validation labels")
    history = History()
    best_weights = None
    n_batches = -(-len(train_rows) // batch_size)
    with tqdm(total=epochs * n_batches, unit="step", disable=None if progress else True) as bar:
        for epoch in range(1, epochs + 1):
            order = train_rows[torch.randperm(len(train_rows), generator=generator)]
            with mode(model, training=True):
                _epoch(
                    model,
                    inputs,
                    labels,
                    order.to(inputs.device),
                    batch_size,
                    optimizer,
                    schedule,
                    loss,
                    history,
                    bar,
                )
            if held_back is not None:
                result = evaluate(model, *held_back, loss=loss)
                history.validation_loss.append(result.loss)
                history.validation_accuracy.append(result.accuracy)
                if not math.isfinite(result.loss):
                    raise _diverged(result.loss, f"epoch {epoch}, on validation", optimizer, inputs)
            if patience is not None:
                best = history.best_epoch
                assert best is not None  # patience needs validation
                if best == epoch:
                    best_weights = copy.deepcopy(model.state_dict())
                elif epoch - best >= patience:
                    break
    if best_weights is not None:
        model.load_state_dict(best_weights)
    return history


def _epoch(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    order: Tensor,
    batch_size: int,
    optimizer: Optimizer,
    schedule: LRScheduler | None,
    loss: Loss,
    history: History,
    bar: "tqdm[Never]",
) -> None:
    """Run one pass over the samples named by `order` and append its means to `history`."""
    losses = []
    loss_sum = torch.zeros((), dtype=torch.float64, device=inputs.device)
    n_correct = torch.zeros((), dtype=torch.int64, device=inputs.device)
    for rows in torch.split(order, batch_size):
        batch, truth = inputs[rows], labels[rows]
        scores = model(batch)
        batch_loss = loss(scores, truth)
        optimizer.zero_grad()
        batch_loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if schedule is not None:
            schedule.step()
        # The sums stay on the device: reading them at every step would make it wait.
        losses.append(batch_loss.detach())
        loss_sum += batch_loss.detach() * len(rows)
        n_correct += (scores.detach().argmax(1) == truth).sum()
        history.steps += 1
        bar.update()
    finite = torch.isfinite(torch.stack(losses)).tolist()
    if not all(finite):
        step = finite.index(False)
        where = (
            f"epoch {len(history.train_loss) + 1}, step {history.steps - len(finite) + step + 1}"
        )
        raise _diverged(float(losses[step]), where, optimizer, inputs)
    history.train_loss.append(float(loss_sum) / len(order))
    history.train_accuracy.append(int(n_correct) / len(order))


def _split(
    inputs: Tensor,
    labels: Tensor,
    validation: float | tuple[Tensor, Tensor] | None,
    generator: torch.Generator,
) -> tuple[Tensor, tuple[Tensor, Tensor] | None]:
    """Return the rows to train on and the validation samples, if any."""
    everything = torch.arange(len(inputs))
    if validation is None:
        return everything, None
    if isinstance(validation, tuple):
        if len(validation) != 2:
            raise ValueError(
                f"validation must be a fraction or (inputs, labels), found {len(validation)} items"
            )
        return everything, (validation[0], validation[1])
    _checks.fraction("validation", validation)
    n_held_back = round(len(inputs) * validation)
    if not 1 <= n_held_back < len(inputs):
        raise ValueError(
            f"validation={validation} of {len(inputs)} samples leaves no sample on one side"
        )
    shuffled = torch.randperm(len(inputs), generator=generator)
    held_back = shuffled[:n_held_back].to(inputs.device)
    return shuffled[n_held_back:], (inputs[held_back], labels[held_back])


def _check_samples(
    model: nn.Module, inputs: Tensor, labels: Tensor, inputs_name: str, labels_name: str
) -> None:
    """Raise unless `model` can be fitted to these samples; two of them are tried."""
    _checks.model_inputs(inputs_name, inputs, model)
    _checks.class_labels(labels_name, labels, n_samples=len(inputs))
    with mode(model, training=False), torch.no_grad():
        _checks.labels_fit_outputs(labels_name, labels, model(inputs[:2]))


def _check_optimizer(optimizer: Optimizer, model: nn.Module) -> None:
    """Raise unless `optimizer` holds every trainable parameter of `model`."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim.Optimizer, found {type(optimizer).__name__}"
        )
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    missing = [
        name for name, p in model.named_parameters() if p.requires_grad and id(p) not in held
    ]
    if missing:
        raise ValueError(
            f"optimizer does not hold the model's parameters {', '.join(missing)}; build it from "
            "model.parameters(), or freeze them with requires_grad_(False)"
        )


def _check_schedule(schedule: LRScheduler | None, optimizer: Optimizer) -> None:
    """Raise unless `schedule` is a learning rate schedule of `optimizer`, or None."""
    if schedule is None:
        return
    if not isinstance(schedule, LRScheduler) or isinstance(schedule, ReduceLROnPlateau):
        raise TypeError(
            "schedule must be a torch.optim.lr_scheduler.LRScheduler that steps without a metric, "
            f"found {type(schedule).__name__}"
        )
    if schedule.optimizer is not optimizer:
        raise ValueError("schedule was built on another optimizer; build it on the one passed here")


def _warn_of_slips(model: nn.Module, inputs: Tensor, loss: Loss) -> None:
    """Warn of what trains without an error, and badly."""
    with mode(model, training=False), torch.no_grad():
        outputs = model(inputs[:2])
    is_cross_entropy = loss is functional.cross_entropy or isinstance(loss, nn.CrossEntropyLoss)
    sums = outputs.sum(1)
    if (
        is_cross_entropy
        and (outputs >= 0).all()
        and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
    ):
        warnings.warn(
            "model: softmax is applied twice. The outputs are probabilities already, and "
            "cross-entropy applies softmax itself; leave it out of the model",
            stacklevel=3,
        )
    largest = float(inputs.detach().abs().max())
    if largest < SMALLEST_INPUTS:
        warnings.warn(
            f"inputs: the largest magnitude is {largest:.2g}. Were they scaled twice? Inputs of "
            "about 1 are learned from much faster",
            stacklevel=3,
        )


def _diverged(loss: float, where: str, optimizer: Optimizer, inputs: Tensor) -> ValueError:
    """Return the error that says that training has blown up, and what to do."""
    rate = optimizer.param_groups[0]["lr"]
    return ValueError(
        f"optimizer: the loss became {loss} ({where}). Most often the learning rate, here "
        f"{float(rate):.3g}, is too large, or the inputs, here up to "
        f"{float(inputs.detach().abs().max()):.3g}, are not scaled. Build model and optimizer "
        "again, with a rate ten times smaller or inputs of about 1"
    )


def keras_rmsprop(parameters: Iterator[nn.Parameter]) -> Optimizer:
    """Build RMSprop with the defaults of Keras: rate 1e-3, decay 0.9, epsilon 1e-7.

    Parameters
    ----------
    parameters
        What to optimize: ``model.parameters()``.

    Returns
    -------
    Optimizer
        A `torch.optim.RMSprop`.

    Notes
    -----
    PyTorch's own defaults are rate 1e-2, alpha 0.99 and epsilon 1e-8. Chapter 1 runs both.

    References
    ----------
    F. Chollet, Deep Learning with Python, 2nd ed., Manning 2021, chapter 2; `keras.optimizers`.
    """
    return torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.9, eps=1e-7)


class Run(NamedTuple):
    """A trained model, its `History`, and its `Evaluation` on the test samples."""

    model: nn.Module
    history: History
    test: Evaluation


def train_and_test(
    build: Callable[[], nn.Module],
    train: tuple[Tensor, Tensor],
    test: tuple[Tensor, Tensor],
    *,
    optimizer: OptimizerFactory = keras_rmsprop,
    epochs: int = 5,
    batch_size: int = 128,
    seed: int = 0,
    watch: bool = False,
) -> Run:
    """Build a model from a seed, `fit` it and `evaluate` it: one run of an experiment.

    Parameters
    ----------
    build
        Builds the model; called once, after seeding.
    train, test
        (inputs, labels) as `fit` and `evaluate` take them.
    optimizer
        Builds the optimizer from the model's parameters.
    epochs, batch_size
        As in `fit`.
    seed
        Seed of the initial weights and of the shuffling.
    watch
        Measure the test samples after every epoch too (as validation in the history). Nothing is
        chosen by it.

    Returns
    -------
    Run
        The model, its history, its test result. The global random state is as it was before.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build()
        history = fit(
            model,
            *train,
            optimizer=optimizer(model.parameters()),
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            validation=test if watch else None,
        )
    return Run(model, history, evaluate(model, *test))
