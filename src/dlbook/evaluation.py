"""Measure a classifier on data it was not fitted to.

Everything is a sum over samples, or one row per sample, so that the result does not depend on how
the samples were cut into batches. Chapter 1, "A first network", defines accuracy, precision and
recall; chapter 9, "Digits and clothes", the worst mistakes and calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook import _checks
from dlbook.models import mode

Loss = Callable[[Tensor, Tensor], Tensor]
"""A loss function, from outputs (N, C) and labels (N,) to the mean loss of the batch, a scalar."""


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found.

    Attributes
    ----------
    loss
        Mean loss per sample; cross-entropy in nats unless another loss was given.
    confusion
        Counts, int64, shape (C, C): row is the true class, column the predicted one.

    Examples
    --------
    >>> result = Evaluation(loss=0.3, confusion=torch.tensor([[3, 1], [0, 4]]))
    >>> result.accuracy, result.precision.tolist(), result.recall.tolist()
    (0.875, [1.0, 0.8], [0.75, 1.0])
    """

    loss: float
    confusion: Tensor

    @property
    def n_samples(self) -> int:
        """Number of samples evaluated."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Fraction of samples whose predicted class is the true one."""
        return int(self.confusion.diagonal().sum()) / self.n_samples

    @property
    def precision(self) -> Tensor:
        """Of the samples predicted as each class, the fraction that is; shape (C,), float64.

        A class that was never predicted gets 0, as in scikit-learn.
        """
        return self.confusion.diagonal() / self.confusion.sum(0).clamp(min=1).double()

    @property
    def recall(self) -> Tensor:
        """Of the samples of each class, the fraction predicted as it; shape (C,), float64.

        It is also called the accuracy per class.
        A class without samples gets 0, as in scikit-learn.
        """
        return self.confusion.diagonal() / self.confusion.sum(1).clamp(min=1).double()


def confusion_counts(labels: Tensor, predicted: Tensor, n_classes: int) -> Tensor:
    """Count each pair of true and predicted class.

    Parameters
    ----------
    labels, predicted
        True and predicted class numbers, int64, shape (N,), each from 0 to `n_classes` - 1.
    n_classes
        Number of classes C.

    Returns
    -------
    Tensor
        Counts, int64, shape (C, C): row is the true class, column the predicted one.

    Examples
    --------
    >>> confusion_counts(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]), n_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    # A pair (row, column) is one number in base C; counting the numbers counts the pairs.
    pairs = labels * n_classes + predicted
    return torch.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def evaluate(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    *,
    batch_size: int = 1000,
    loss: Loss | None = None,
) -> Evaluation:
    """Measure `model` on labeled samples, in evaluation mode and without gradients.

    Parameters
    ----------
    model
        Classifier: inputs (N, ...) to class scores (N, C). Its modes are left as they were.
    inputs
        Floating-point tensor, shape (N, ...), dtype and device of the model.
    labels
        Class numbers, int64, shape (N,).
    batch_size
        Samples computed at once; it changes memory and time, not the result.
    loss
        Mean loss of a batch from (scores, labels); cross-entropy by default.

    Returns
    -------
    Evaluation
        Loss, accuracy, precision, recall and confusion matrix.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.

    Notes
    -----
    Where the scores are NaN, as after a training that diverged, so is the loss. The accuracy then
    says nothing: of scores that are NaN, the first counts as the largest.

    Examples
    --------
    >>> scores = torch.tensor([[2.0, 0.0], [2.0, 0.0], [0.0, 2.0], [0.0, 2.0]])
    >>> evaluate(nn.Identity(), scores, torch.tensor([0, 1, 1, 1])).accuracy
    0.75
    """
    _checks.at_least_one("batch_size", batch_size)
    _checks.model_inputs("inputs", inputs, model)
    _checks.class_labels("labels", labels, n_samples=len(inputs))
    loss = loss or functional.cross_entropy
    loss_sum = torch.zeros((), dtype=torch.float64)
    confusion: Tensor | int = 0
    with mode(model, training=False), torch.no_grad():
        _checks.labels_fit_outputs("labels", labels, _checks.trial("inputs", inputs, model))
        size = int(batch_size)  # PyTorch takes a whole number of NumPy for a list
        batches = zip(torch.split(inputs, size), torch.split(labels, size), strict=True)
        for batch, truth in batches:
            scores = model(batch)
            loss_sum += loss(scores, truth).double().cpu() * len(batch)
            confusion = confusion + confusion_counts(truth, scores.argmax(1), scores.shape[1])
    assert isinstance(confusion, Tensor)  # inputs is not empty
    return Evaluation(loss=float(loss_sum) / len(inputs), confusion=confusion.cpu())


def probabilities(model: nn.Module, inputs: Tensor, *, batch_size: int = 1000) -> Tensor:
    """Compute the probability that a classifier gives each class, by the softmax of its scores.

    Parameters
    ----------
    model
        Classifier: inputs (N, ...) to logits (N, C). Its modes are left as they were.
    inputs
        Floating-point tensor, shape (N, ...), dtype and device of the model.
    batch_size
        Samples computed at once; it changes memory and time, not the result.

    Returns
    -------
    Tensor
        Probabilities, shape (N, C), each row summing to 1, on the CPU.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.
    """
    _checks.at_least_one("batch_size", batch_size)
    _checks.model_inputs("inputs", inputs, model)
    with mode(model, training=False), torch.no_grad():
        _checks.trial("inputs", inputs, model)
        rows = [model(batch).softmax(1).cpu() for batch in torch.split(inputs, int(batch_size))]
    return torch.cat(rows)


def worst_mistakes(probabilities: Tensor, labels: Tensor, n: int = 10) -> Tensor:
    """Find the samples whose label a classifier got wrong and gave the least probability.

    Parameters
    ----------
    probabilities
        Shape (N, C), as from `probabilities`.
    labels
        True class numbers, int64, shape (N,).
    n
        How many to find at most.

    Returns
    -------
    Tensor
        Row numbers, int64, shape (M,), the sample whose true class got the lowest probability
        first; M is `n`, or less if there are fewer mistakes.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.

    Examples
    --------
    >>> given = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    >>> worst_mistakes(given, labels=torch.tensor([0, 0, 0])).tolist()
    [2, 1]
    """
    _check_probabilities(probabilities, labels)
    _checks.at_least_one("n", n)
    mistakes = (probabilities.argmax(1) != labels).nonzero().flatten()
    of_truth = probabilities[mistakes, labels[mistakes]]
    return mistakes[of_truth.argsort(stable=True)[:n]]


@dataclass(frozen=True)
class Calibration:
    """How often a classifier is right, among samples of about the same confidence.

    Attributes
    ----------
    counts
        Samples in each bin of confidence, int64, shape (B,). The bins cut 0 to 1 evenly.
    confidence, accuracy
        Mean confidence and fraction of right predictions in each bin, float64, shape (B,); NaN
        where a bin is empty.
    """

    counts: Tensor
    confidence: Tensor
    accuracy: Tensor

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap of accuracy and confidence over the samples."""
        gaps = (self.accuracy - self.confidence).abs().nan_to_num()
        return float((gaps * self.counts).sum() / self.counts.sum())


def calibration(probabilities: Tensor, labels: Tensor, n_bins: int = 10) -> Calibration:
    """Compare the confidence of a classifier with its accuracy.

    Parameters
    ----------
    probabilities
        Shape (N, C), as from `probabilities`. The largest of a row is the confidence.
    labels
        True class numbers, int64, shape (N,).
    n_bins
        Number of bins B of confidence.

    Returns
    -------
    Calibration
        Counts, mean confidence and accuracy of each bin, and their mean gap.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong type, dtype, shape or value; the message names it.

    Examples
    --------
    >>> given = torch.tensor([[0.75, 0.25], [0.75, 0.25]])
    >>> calibration(given, labels=torch.tensor([0, 1]), n_bins=2).error
    0.25

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks,
    ICML 2017.
    """
    _check_probabilities(probabilities, labels)
    _checks.at_least_one("n_bins", n_bins)
    confidence, predicted = probabilities.double().max(1)
    # A confidence of 1 belongs to the last bin, not to one behind it.
    bins = (confidence * n_bins).long().clamp(max=n_bins - 1)
    counts = torch.bincount(bins, minlength=n_bins)
    sums = torch.bincount(bins, weights=confidence, minlength=n_bins)
    right = torch.bincount(bins, weights=(predicted == labels).double(), minlength=n_bins)
    return Calibration(counts, sums / counts, right / counts)


def _check_probabilities(probabilities: Tensor, labels: Tensor) -> None:
    """Raise unless there is a row of probabilities for each label."""
    _checks.tensor("probabilities", probabilities)
    if probabilities.ndim != 2 or len(probabilities) == 0 or probabilities.is_complex():
        raise ValueError(
            "probabilities must have shape (N, C) and be real, found "
            f"{tuple(probabilities.shape)} and {probabilities.dtype}"
        )
    sums = probabilities.sum(1)
    if not torch.allclose(sums, torch.ones_like(sums), atol=1e-3) or probabilities.min() < 0:
        raise ValueError("probabilities: a row does not sum to 1; take logits.softmax(1)")
    _checks.class_labels("labels", labels, n_samples=len(probabilities))
    _checks.labels_fit_outputs("labels", labels, probabilities)
