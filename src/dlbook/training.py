"""The training loop: shuffle, take a batch, compute loss and gradient, update, repeat.

Data lives in tensors; a batch is a slice of a shuffled index, so that no Python code runs per
sample. Chapter 1, "A first network", reads the loop line by line; chapter 8, "Networks in PyTorch",
shows what can go wrong in it, and what `fit` says then; chapter 14, "Scale and speed", runs it on
several processes and in half precision.
"""

import copy
import math
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple, Never

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, ReduceLROnPlateau
from tqdm import tqdm

from dlbook import _checks, distributed
from dlbook.checkpoints import State, load_checkpoint, save_checkpoint
from dlbook.evaluation import Evaluation, Loss, evaluate
from dlbook.models import mode

OptimizerFactory = Callable[[Iterator[nn.Parameter]], Optimizer]
"""Builds an optimizer from ``model.parameters()``."""

ScheduleFactory = Callable[[Optimizer, int], LRScheduler]
"""Builds a learning rate schedule from an optimizer and the number of updates."""

Augmentation = Callable[[Tensor, torch.Generator], Tensor]
"""Varies a batch of inputs at random; all its randomness comes from the generator."""

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
    step_loss
        Loss of each batch, measured just before the update that used it.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    step_loss: list[float] = field(default_factory=list)

    @property
    def steps(self) -> int:
        """Number of updates of the parameters."""
        return len(self.step_loss)

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
    augment: Augmentation | None = None,
    checkpoint: Path | str | None = None,
    precision: torch.dtype = torch.float32,
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
        (inputs, labels), shapes (M, ...) and (M,).
    patience
        Early stopping: stop after so many epochs in a row without a new lowest validation loss, and
        give the model the weights back that it had after the best epoch. Needs `validation`.
    schedule
        A learning rate schedule of `torch.optim.lr_scheduler`, built on `optimizer`; it takes a
        step after every update.
    augment
        Varies each batch of training inputs, `dlbook.images.randomly_flipped` for example.
    checkpoint
        A file that keeps the state of the run after every epoch. If it is there already, the run
        goes on from it and ends with the weights of a run that was never stopped.
    precision
        `torch.bfloat16` computes most of the forward pass in bfloat16, the weights staying as they
        are; `faster_precision` tells whether that is worth it here.
    seed
        Seed of the shuffling, of the augmentation and of the validation draw.
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
        If the loss becomes NaN or infinite: the model is then of no use any more. If `checkpoint`
        is not a checkpoint or belongs to another run.
    WorkerLostError
        If one of several workers has ended.

    Warns
    -----
    UserWarning
        If the outputs are probabilities already and the loss applies softmax to them again; if the
        inputs are so small that they were probably scaled twice.

    Notes
    -----
    The global random state is not seeded here and used only by the model itself (dropout): call
    `torch.manual_seed` before building the model to repeat a run exactly. On a GPU some operations
    add in a changing order; `torch.use_deterministic_algorithms` forbids that, and raises an error
    where there is no other way, as for the gradient of adaptive max pooling.

    Inside `dlbook.distributed.workers` every worker takes its part of each batch, and all take the
    same steps as one process would. Batch normalization and dropout excepted: they see the part.

    Examples
    --------
    >>> network = nn.Linear(2, 2)
    >>> optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    >>> inputs, labels = torch.eye(2), torch.tensor([0, 1])
    >>> history = fit(network, inputs, labels, optimizer=optimizer, epochs=5, batch_size=1)
    >>> history.steps, len(history.train_loss)
    (10, 5)
    """
    _checks.at_least_one("epochs", epochs)
    _checks.at_least_one("batch_size", batch_size)
    _checks.seed("seed", seed)
    batch_size = int(batch_size)
    _check_samples(model, inputs, labels, "inputs", "labels")
    _check_optimizer(optimizer, model)
    _check_schedule(schedule, optimizer)
    _check_precision(precision)
    if patience is not None:
        _checks.at_least_one("patience", patience)
        if validation is None:
            raise ValueError("patience needs validation samples: pass validation=0.2, for example")
    loss = loss or functional.cross_entropy
    _warn_of_slips(model, inputs, loss)
    generator = torch.Generator().manual_seed(int(seed))
    train_rows, held_back = _split(inputs, labels, validation, generator)
    if held_back is not None and not isinstance(validation, float):
        _check_samples(model, *held_back, "validation inputs", "validation labels")
    _check_shares(len(train_rows), batch_size)
    state = _State(model, optimizer, schedule, generator)
    run: State = {
        "model": type(model).__name__,
        "parameters": sum(p.numel() for p in model.parameters()),
        "inputs": list(inputs.shape),
        "batch_size": batch_size,
        "seed": seed,
    }
    if checkpoint is not None:
        checkpoint = Path(checkpoint)
        state.load(checkpoint, run)
    distributed.copy_from_first(model)
    history = state.history
    n_batches = -(-len(train_rows) // batch_size)
    visible = progress and distributed.rank() == 0
    with tqdm(
        total=epochs * n_batches,
        initial=history.steps,
        unit="step",
        disable=None if visible else True,
    ) as bar:
        for epoch in range(len(history.train_loss) + 1, epochs + 1):
            if patience is not None and epoch - 1 - (history.best_epoch or epoch - 1) >= patience:
                break
            order = train_rows[torch.randperm(len(train_rows), generator=generator)]
            batches = torch.split(order.to(inputs.device), batch_size)
            with mode(model, training=True):
                _epoch(state, inputs, labels, batches, loss, augment, precision, bar)
            if held_back is not None:
                result = evaluate(model, *held_back, loss=loss)
                history.validation_loss.append(result.loss)
                history.validation_accuracy.append(result.accuracy)
                if not math.isfinite(result.loss):
                    raise _diverged(result.loss, f"epoch {epoch}, on validation", optimizer, inputs)
            if patience is not None and history.best_epoch == epoch:
                state.best_weights = copy.deepcopy(model.state_dict())
            if checkpoint is not None and distributed.rank() == 0:
                state.save(checkpoint, run)
    if state.best_weights is not None:
        model.load_state_dict(state.best_weights)
    return history


@dataclass
class _State:
    """Everything that a run changes as it goes on, and that a checkpoint keeps."""

    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler | None
    generator: torch.Generator
    history: History = field(default_factory=History)
    best_weights: dict[str, Tensor] | None = None

    def save(self, path: Path, run: State) -> None:
        """Write a checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict() if self.schedule else None,
            "shuffling": self.generator.get_state(),
            "random": torch.get_rng_state(),
            "random of GPUs": torch.cuda.get_rng_state_all(),
            "history": asdict(self.history),
            "best_weights": self.best_weights,
        }
        save_checkpoint(path, state, run)

    def load(self, path: Path, run: State) -> None:
        """Take over the state of a checkpoint, if there is one."""
        state = load_checkpoint(path, run)
        if state is None:
            return
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.schedule is not None:
            self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["shuffling"])
        torch.set_rng_state(state["random"])
        torch.cuda.set_rng_state_all(state["random of GPUs"])
        self.history = History(**state["history"])
        self.best_weights = state["best_weights"]


def _epoch(
    state: _State,
    inputs: Tensor,
    labels: Tensor,
    batches: tuple[Tensor, ...],
    loss: Loss,
    augment: Augmentation | None,
    precision: torch.dtype,
    bar: "tqdm[Never]",
) -> None:
    """Run one pass over the batches, which hold row numbers, and append to the history."""
    model, optimizer, history = state.model, state.optimizer, state.history
    parameters = [p for p in model.parameters() if p.requires_grad]
    # What several workers or bfloat16 need costs time that most runs need not spend.
    alone = distributed.n_workers() == 1
    coarse = precision != torch.float32
    losses, n_correct = [], []
    for rows in batches:
        # Without augmentation a worker gathers its own part only.
        mine = rows if alone else distributed.share(rows)
        batch = inputs[mine]
        if augment is not None:
            batch = distributed.share(augment(inputs[rows], state.generator))
        truth = labels[mine]
        with torch.autocast(batch.device.type, precision) if coarse else nullcontext():
            scores = model(batch)
            batch_loss = loss(scores, truth)
        if not alone:
            # The batch's mean loss is the sum of the workers' means, each weighted by its part.
            batch_loss = batch_loss * (len(mine) / len(rows))
        optimizer.zero_grad()
        batch_loss.backward()  # type: ignore[no-untyped-call]
        right = (scores.detach().argmax(1) == truth).sum().float()
        # The sums stay on the device: reading them at every step would make it wait.
        losses.append(batch_loss.detach())
        n_correct.append(right)
        if not alone:
            gradients = [p.grad for p in parameters if p.grad is not None]
            distributed.sum_over_workers([*gradients, losses[-1], n_correct[-1]])
        optimizer.step()
        if state.schedule is not None:
            state.schedule.step()
        bar.update()
    sizes = torch.tensor([len(rows) for rows in batches], dtype=torch.float64)
    step_loss = torch.stack(losses).double().cpu()
    epoch = len(history.train_loss) + 1
    finite = torch.isfinite(step_loss).tolist()
    if not all(finite):
        step = finite.index(False)
        where = f"epoch {epoch}, step {history.steps + step + 1}"
        raise _diverged(float(step_loss[step]), where, optimizer, inputs)
    history.step_loss += step_loss.tolist()
    history.train_loss.append(float((step_loss * sizes).sum() / sizes.sum()))
    history.train_accuracy.append(float(torch.stack(n_correct).sum()) / int(sizes.sum()))


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
        _checks.labels_fit_outputs(labels_name, labels, _checks.trial(inputs_name, inputs, model))


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


def _check_precision(precision: torch.dtype) -> None:
    """Raise unless `precision` is one that `fit` computes with."""
    if precision not in (torch.float32, torch.bfloat16):
        raise ValueError(f"precision must be torch.float32 or torch.bfloat16, found {precision!r}")


def _check_shares(n_samples: int, batch_size: int) -> None:
    """Raise unless there is a sample for each worker in every batch."""
    smallest = n_samples % batch_size or batch_size
    if smallest < distributed.n_workers():
        raise ValueError(
            f"batch_size={batch_size} of {n_samples} samples leaves {smallest} for the last batch, "
            f"fewer than the {distributed.n_workers()} workers"
        )


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


def choose_device(name: str | None = None) -> torch.device:
    """Choose where to compute: a GPU, if there is one.

    Parameters
    ----------
    name
        ``"cuda"``, ``"mps"`` or ``"cpu"``; by default the first of these that is here.

    Returns
    -------
    torch.device
        Give it to ``.to()`` of model and data.

    Raises
    ------
    ValueError
        If `name` is another one, or names what this machine lacks.

    Examples
    --------
    >>> choose_device("cpu")
    device(type='cpu')
    """
    here = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    available = [kind for kind, is_here in here.items() if is_here]
    if name is not None and name not in available:
        problem = "is unknown"
        if isinstance(name, str) and name in here:
            problem = "is not available on this machine"
        raise ValueError(f"name: device {name!r} {problem}; there is {', '.join(available)}")
    return torch.device(name or available[0])


def faster_precision(device: torch.device, *, gain: float = 1.2) -> torch.dtype:
    """Measure whether bfloat16 is faster than float32 here.

    Parameters
    ----------
    device
        Where to measure.
    gain
        How many times as fast bfloat16 has to be, to be worth its rounding errors.

    Returns
    -------
    torch.dtype
        `torch.bfloat16` or `torch.float32`, for the argument `precision` of `fit`.

    Notes
    -----
    A processor without bfloat16 units computes it in float32 and converts: slower than float32.
    """
    full, half = (_product_seconds(dtype, device) for dtype in (torch.float32, torch.bfloat16))
    return torch.bfloat16 if half * gain <= full else torch.float32


def _product_seconds(dtype: torch.dtype, device: torch.device, side: int = 512) -> float:
    """Time the product of two square matrices: the best of several tries."""
    factor = torch.ones(side, side, dtype=dtype, device=device)
    seconds = []
    for _ in range(8):
        start = time.perf_counter()
        # Reading one number waits for a GPU to finish.
        float((factor @ factor)[0, 0])
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def one_cycle(peak_rate: float, *, rise: float = 0.25) -> ScheduleFactory:
    """Build schedules that raise the learning rate to a peak and then lower it to almost nothing.

    Parameters
    ----------
    peak_rate
        The largest learning rate.
    rise
        Fraction of the updates until the peak.

    Returns
    -------
    callable
        Builds a `torch.optim.lr_scheduler.OneCycleLR` from an optimizer and a number of updates.

    Raises
    ------
    TypeError, ValueError
        If `peak_rate` is no number above 0, or `rise` does not lie between 0 and 1.

    Examples
    --------
    >>> optimizer = torch.optim.Adam([torch.zeros(1)])
    >>> schedule = one_cycle(peak_rate=0.1)(optimizer, 100)
    >>> [round(rate, 6) for rate in schedule.get_last_lr()]
    [0.004]

    References
    ----------
    L. N. Smith, N. Topin, Super-convergence, 2018, arXiv:1708.07120.
    """
    _checks.fraction("rise", rise)
    if isinstance(peak_rate, bool) or not isinstance(peak_rate, int | float):
        raise TypeError(f"peak_rate must be a number, found {peak_rate!r}")
    if not 0 < peak_rate < math.inf:
        raise ValueError(f"peak_rate must be above 0, found {peak_rate}")

    def build(optimizer: Optimizer, n_steps: int) -> LRScheduler:
        if n_steps * rise <= 1:
            raise ValueError(
                f"schedule: one cycle needs more than {1 / rise:g} updates, found {n_steps}"
            )
        return OneCycleLR(optimizer, peak_rate, total_steps=n_steps, pct_start=float(rise))

    return build


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
    loss: Loss | None = None,
    schedule: ScheduleFactory | None = None,
    augment: Augmentation | None = None,
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
        (inputs, labels) as `fit` and `evaluate` take them, shapes (N, ...) and (N,).
    optimizer
        Builds the optimizer from the model's parameters.
    schedule
        Builds the learning rate schedule, `one_cycle` for example.
    loss, augment, epochs, batch_size
        As in `fit`; the test result is measured with cross-entropy.
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
    _checks.at_least_one("epochs", epochs)
    _checks.at_least_one("batch_size", batch_size)
    _checks.seed("seed", seed)
    _checks.tensor("inputs", train[0])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(seed))
        model = build()
        built = optimizer(model.parameters())
        n_steps = epochs * -(-train[0].shape[:1].numel() // batch_size)
        history = fit(
            model,
            *train,
            optimizer=built,
            loss=loss,
            schedule=schedule(built, n_steps) if schedule else None,
            augment=augment,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            validation=test if watch else None,
        )
    return Run(model, history, evaluate(model, *test))
