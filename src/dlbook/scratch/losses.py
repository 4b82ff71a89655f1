"""Loss functions, each with its gradient with respect to the outputs of the network.

A loss turns the outputs of a batch and the answers into one number that training lowers. Each is
a mean over the n samples of the batch, so that it does not depend on the size of the batch. The
two cross-entropies take scores, not probabilities: so they stay finite however wrong an answer is.
Chapter 4 compares them, chapter 5 chooses among them, chapter 6 differentiates them.
"""

import torch
from torch import Tensor

from dlbook.scratch import _checks
from dlbook.scratch.activations import sigmoid, softmax


def quadratic(outputs: Tensor, targets: Tensor) -> Tensor:
    """Compute half the mean squared length of the errors.

    Parameters
    ----------
    outputs : Tensor
        Outputs a of the network, shape (n, k), floating-point.
    targets : Tensor
        Answers y, shape (n, k).

    Returns
    -------
    Tensor
        C = 1/(2n) times the sum over samples of the squared length of y - a; a scalar.

    Raises
    ------
    ValueError
        If the shapes differ or are not (n, k) with n and k at least 1.

    Notes
    -----
    `torch.nn.MSELoss` divides by n k and has no 1/2: it is 2/k times this one.

    Examples
    --------
    >>> outputs, targets = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [2.0]])
    >>> quadratic(outputs, targets).item()
    1.25
    """
    _check_same_shape(outputs, targets)
    return ((targets - outputs) ** 2).sum() / (2 * len(outputs))


def quadratic_gradient(outputs: Tensor, targets: Tensor) -> Tensor:
    """Differentiate `quadratic` with respect to the outputs.

    Parameters
    ----------
    outputs, targets : Tensor
        As in `quadratic`, shape (n, k).

    Returns
    -------
    Tensor
        (a - y) / n, shape (n, k).

    Raises
    ------
    ValueError
        As `quadratic`.
    """
    _check_same_shape(outputs, targets)
    return (outputs - targets) / len(outputs)


def mean_squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Compute the mean of the squared errors over samples and outputs.

    Parameters
    ----------
    outputs : Tensor
        Outputs of the network, shape (n, k), floating-point.
    targets : Tensor
        Answers, shape (n, k).

    Returns
    -------
    Tensor
        A scalar, as `torch.nn.MSELoss`.

    Raises
    ------
    ValueError
        If the shapes differ or are not (n, k) with n and k at least 1.
    """
    _check_same_shape(outputs, targets)
    return ((targets - outputs) ** 2).mean()


def mean_squared_error_gradient(outputs: Tensor, targets: Tensor) -> Tensor:
    """Differentiate `mean_squared_error` with respect to the outputs.

    Parameters
    ----------
    outputs, targets : Tensor
        As in `mean_squared_error`, shape (n, k).

    Returns
    -------
    Tensor
        2 (a - y) / (n k), shape (n, k).

    Raises
    ------
    ValueError
        As `mean_squared_error`.
    """
    _check_same_shape(outputs, targets)
    return 2 * (outputs - targets) / outputs.numel()


def binary_cross_entropy(scores: Tensor, targets: Tensor) -> Tensor:
    """Score yes-or-no answers: minus the logarithm of the probability of what is true.

    Parameters
    ----------
    scores : Tensor
        Outputs z before the sigmoid, shape (n, k), floating-point.
    targets : Tensor
        1 for yes and 0 for no, or a probability in between, shape (n, k).

    Returns
    -------
    Tensor
        The mean over samples and outputs of -(y ln p + (1 - y) ln(1 - p)), p = sigmoid(z), in
        nats; a scalar, as `torch.nn.BCEWithLogitsLoss`.

    Raises
    ------
    ValueError
        If the shapes differ or are not (n, k), or a target is not in [0, 1].

    Examples
    --------
    >>> yes = torch.tensor([[1.0]])
    >>> round(binary_cross_entropy(torch.tensor([[0.0]]), yes).item(), 4)  # ln 2
    0.6931
    >>> binary_cross_entropy(torch.tensor([[-1000.0]]), yes).item()
    1000.0
    """
    _check_same_shape(scores, targets, "scores")
    _check_probabilities(targets)
    # ln(1 + exp(z)) - y z, with the exponential taken of a negative number only.
    return (scores.clamp(min=0) - targets * scores + torch.exp(-scores.abs()).log1p()).mean()


def binary_cross_entropy_gradient(scores: Tensor, targets: Tensor) -> Tensor:
    """Differentiate `binary_cross_entropy` with respect to the scores.

    Parameters
    ----------
    scores, targets : Tensor
        As in `binary_cross_entropy`, shape (n, k).

    Returns
    -------
    Tensor
        (sigmoid(z) - y) / (n k), shape (n, k).

    Raises
    ------
    ValueError
        As `binary_cross_entropy`.
    """
    _check_same_shape(scores, targets, "scores")
    _check_probabilities(targets)
    return (sigmoid(scores) - targets) / scores.numel()


def cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Score a choice among classes: minus the logarithm of the probability of the label.

    Parameters
    ----------
    scores : Tensor
        Outputs z before softmax, shape (n, k), floating-point.
    labels : Tensor
        Class numbers from 0 to k - 1, shape (n,), int64.

    Returns
    -------
    Tensor
        The mean over samples of -ln p[label], p = softmax(z), in nats; a scalar, as
        `torch.nn.CrossEntropyLoss`.

    Raises
    ------
    ValueError
        If the shapes are not (n, k) and (n,), or a label is not one of the k classes.

    Examples
    --------
    >>> scores, labels = torch.zeros(1, 4), torch.tensor([2])
    >>> round(cross_entropy(scores, labels).item(), 4)  # ln 4
    1.3863
    """
    _check_labels(scores, labels)
    shifted = scores - scores.amax(1, keepdim=True)
    of_label = shifted.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (torch.exp(shifted).sum(1).log() - of_label).mean()


def cross_entropy_gradient(scores: Tensor, labels: Tensor) -> Tensor:
    """Differentiate `cross_entropy` with respect to the scores.

    Parameters
    ----------
    scores, labels : Tensor
        As in `cross_entropy`, shapes (n, k) and (n,).

    Returns
    -------
    Tensor
        (p - y) / n with y one-hot, shape (n, k).

    Raises
    ------
    ValueError
        As `cross_entropy`.

    Examples
    --------
    >>> scores, labels = torch.zeros(1, 4), torch.tensor([2])
    >>> cross_entropy_gradient(scores, labels).tolist()
    [[0.25, 0.25, -0.75, 0.25]]
    """
    _check_labels(scores, labels)
    one_hot = torch.zeros_like(scores).scatter(1, labels.unsqueeze(1), 1)
    return (softmax(scores) - one_hot) / len(scores)


def _check_same_shape(outputs: Tensor, targets: Tensor, name: str = "outputs") -> None:
    _checks.tensor(name, outputs)
    _checks.tensor("targets", targets)
    if not outputs.is_floating_point() or targets.dtype == torch.bool or targets.is_complex():
        raise ValueError(
            f"{name} must be floating-point and targets real numbers, found "
            f"{outputs.dtype} and {targets.dtype}"
        )
    if outputs.ndim != 2 or outputs.numel() == 0 or outputs.shape != targets.shape:
        raise ValueError(
            f"{name} and targets must have one shape (n, k), n and k at least 1, found "
            f"{tuple(outputs.shape)} and {tuple(targets.shape)}"
        )


def _check_probabilities(targets: Tensor) -> None:
    # Written so that a NaN fails it too.
    if not bool(((targets >= 0) & (targets <= 1)).all()):
        raise ValueError(
            "targets must lie from 0 to 1, found values from "
            f"{float(targets.min()):g} to {float(targets.max()):g}"
        )


def _check_labels(scores: Tensor, labels: Tensor) -> None:
    _checks.tensor("scores", scores)
    _checks.tensor("labels", labels)
    if not scores.is_floating_point() or labels.dtype != torch.int64:
        raise ValueError(
            "scores must be floating-point and labels int64, found "
            f"{scores.dtype} and {labels.dtype}"
        )
    if scores.ndim != 2 or scores.numel() == 0 or labels.shape != scores.shape[:1]:
        raise ValueError(
            "scores and labels must have the shapes (n, k) and (n,), n and k at least 1, found "
            f"{tuple(scores.shape)} and {tuple(labels.shape)}"
        )
    n_classes = scores.shape[1]
    if not bool(((labels >= 0) & (labels < n_classes)).all()):
        raise ValueError(
            f"labels must lie from 0 to {n_classes - 1}, found values from {int(labels.min())} "
            f"to {int(labels.max())}"
        )
