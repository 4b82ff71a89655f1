"""Measure a classifier on data it was not fitted to.

Everything is a sum over samples, kept in one confusion matrix, so that the result does not depend
on how the samples were cut into batches. Chapter 1, "A first network", defines the measures.
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
    """
    _checks.at_least_one("batch_size", batch_size)
    _checks.model_inputs("inputs", inputs, model)
    _checks.class_labels("labels", labels, n_samples=len(inputs))
    loss = loss or functional.cross_entropy
    loss_sum = torch.zeros((), dtype=torch.float64)
    confusion: Tensor | int = 0
    with mode(model, training=False), torch.no_grad():
        batches = zip(torch.split(inputs, batch_size), torch.split(labels, batch_size), strict=True)
        for index, (batch, truth) in enumerate(batches):
            scores = model(batch)
            if index == 0:
                _checks.labels_fit_outputs("labels", labels, scores)
            loss_sum += loss(scores, truth).double().cpu() * len(batch)
            confusion = confusion + confusion_counts(truth, scores.argmax(1), scores.shape[1])
    assert isinstance(confusion, Tensor)  # inputs is not empty
    return Evaluation(loss=float(loss_sum) / len(inputs), confusion=confusion.cpu())
