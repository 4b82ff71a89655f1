"""Evaluation against scikit-learn's metrics."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve
from torch import Tensor, nn
from torch.nn import functional

from dlbook.evaluation import (
    calibration,
    confusion_counts,
    evaluate,
    probabilities,
    worst_mistakes,
)
from dlbook.models import MLP


def samples(n: int, n_classes: int, seed: int) -> tuple[nn.Module, Tensor, Tensor]:
    """Return an untrained classifier in float64 and random labeled samples."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    labels = torch.randint(n_classes, (n,), generator=generator)
    return MLP(4, n_classes).double(), inputs, labels


@settings(max_examples=40)
@given(
    n=st.integers(1, 60),
    n_classes=st.integers(2, 6),
    batch_size=st.integers(1, 80),
    seed=st.integers(0, 2**31),
)
def test_evaluate_equals_scikit_learn_for_any_batch_size(
    n: int, n_classes: int, batch_size: int, seed: int
) -> None:
    model, inputs, labels = samples(n, n_classes, seed)
    result = evaluate(model, inputs, labels, batch_size=batch_size)
    with torch.no_grad():
        scores = model(inputs)
    predicted, every = scores.argmax(1), list(range(n_classes))
    options = {"labels": every, "average": None, "zero_division": 0.0}
    assert result.n_samples == n
    assert result.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert result.precision.tolist() == pytest.approx(
        metrics.precision_score(labels, predicted, **options)
    )
    assert result.recall.tolist() == pytest.approx(
        metrics.recall_score(labels, predicted, **options)
    )
    assert (
        result.confusion.tolist()
        == metrics.confusion_matrix(labels, predicted, labels=every).tolist()
    )
    assert result.loss == pytest.approx(metrics.log_loss(labels, scores.softmax(1), labels=every))


def test_evaluate_uses_the_loss_it_is_given() -> None:
    model, inputs, labels = samples(11, 3, 0)

    def squared(scores: Tensor, truth: Tensor) -> Tensor:
        return functional.mse_loss(scores, functional.one_hot(truth, 3).double())

    result = evaluate(model, inputs, labels, batch_size=4, loss=squared)
    with torch.no_grad():
        assert result.loss == pytest.approx(float(squared(model(inputs), labels)))


def test_evaluate_turns_dropout_off_and_gives_the_mode_back() -> None:
    model = MLP(4, 50, 3, dropout=0.9).double()
    _, inputs, labels = samples(20, 3, 0)
    assert evaluate(model, inputs, labels).loss == evaluate(model, inputs, labels).loss
    assert all(module.training for module in model.modules())


def test_evaluate_keeps_no_gradient() -> None:
    model, inputs, labels = samples(5, 3, 0)
    evaluate(model, inputs, labels)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_loss_of_a_diverged_model_is_nan() -> None:
    model, inputs, labels = samples(5, 3, 0)
    nn.init.constant_(next(model.parameters()), torch.nan)
    result = evaluate(model, inputs, labels)
    assert math.isnan(result.loss)
    assert result.confusion[:, 0].sum() == len(labels), "all of them counted as the first class"


def test_confusion_counts_rows_are_true_classes() -> None:
    counts = confusion_counts(torch.tensor([0, 0, 1]), torch.tensor([1, 1, 1]), 2)
    assert counts.tolist() == [[0, 2], [0, 1]]


X, Y = torch.zeros(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    ("inputs", "labels", "batch_size", "error", "named"),
    [
        (X.byte(), Y, 2, ValueError, r"inputs .*uint8.*255"),
        (X.long(), Y, 2, ValueError, "inputs"),
        (X.numpy(), Y, 2, TypeError, "inputs"),
        (X.double(), Y, 2, ValueError, r"inputs .*float64"),
        (X[0], Y, 2, ValueError, "inputs"),
        (X[:0], Y[:0], 2, ValueError, "inputs is empty"),
        (X[:, :3], Y, 2, ValueError, r"inputs .*\(N, 4\)"),
        (X + float("nan"), Y, 2, ValueError, "inputs holds NaN"),
        (X + float("inf"), Y, 2, ValueError, "inputs holds NaN or infinite"),
        (X, Y[:5], 2, ValueError, r"labels .*\(6,\).*\(5,\)"),
        (X, Y.float(), 2, ValueError, "labels"),
        (X, Y.tolist(), 2, TypeError, "labels"),
        (X, Y + 1, 2, ValueError, "labels must lie between 0 and 2.*found 3"),
        (X, Y - 1, 2, ValueError, "labels"),
        (X, Y[:, None], 2, ValueError, "labels"),
        (X, Y, 0, ValueError, "batch_size"),
        (X, Y, 2.5, TypeError, "batch_size"),
    ],
)
def test_evaluate_names_what_is_wrong(
    inputs: Tensor, labels: Tensor, batch_size: int, error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        evaluate(MLP(4, 3), inputs, labels, batch_size=batch_size)


def test_evaluate_refuses_a_model_without_class_scores() -> None:
    with pytest.raises(ValueError, match="model must return one row"):
        evaluate(nn.Flatten(0), X, Y)


def test_a_shape_that_the_model_refuses_names_the_inputs() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    for function in (lambda x: evaluate(model, x, Y), lambda x: probabilities(model, x)):
        with pytest.raises(ValueError, match=r"inputs: the model cannot compute with shape"):
            function(torch.zeros(len(Y), 5))


@settings(max_examples=40)
@given(n=st.integers(1, 60), batch_size=st.integers(1, 80), seed=st.integers(0, 2**31))
def test_probabilities_do_not_depend_on_the_batch_size(n: int, batch_size: int, seed: int) -> None:
    model, inputs, _ = samples(n, 4, seed)
    model = nn.Sequential(model, nn.Dropout(0.5), nn.BatchNorm1d(4).double())
    found = probabilities(model, inputs, batch_size=batch_size)
    model.eval()
    torch.testing.assert_close(found, model(inputs).softmax(1).detach(), rtol=0, atol=1e-12)
    assert found.requires_grad is False


def test_worst_mistakes_come_first_and_right_answers_never() -> None:
    found = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7], [0.99, 0.01]])
    labels = torch.tensor([0, 0, 0, 1, 1])
    assert worst_mistakes(found, labels).tolist() == [4, 2, 1]
    assert worst_mistakes(found, labels, 2).tolist() == [4, 2]
    assert worst_mistakes(found, found.argmax(1)).tolist() == []


@settings(max_examples=40)
@given(n=st.integers(1, 80), n_bins=st.integers(1, 12), seed=st.integers(0, 2**31))
def test_calibration_equals_scikit_learn(n: int, n_bins: int, seed: int) -> None:
    model, inputs, labels = samples(n, 2, seed)
    rows = probabilities(model, 3 * inputs)
    confidence, predicted = rows.max(1)
    result = calibration(rows, labels, n_bins)
    right, mean = calibration_curve(predicted == labels, confidence, n_bins=n_bins)
    used = result.counts > 0
    assert int(result.counts.sum()) == n
    assert result.accuracy[used].tolist() == pytest.approx(right.tolist())
    assert result.confidence[used].tolist() == pytest.approx(mean.tolist())
    assert torch.isnan(result.accuracy[~used]).all()
    gaps = abs(right - mean) * result.counts[used].numpy() / n
    assert result.error == pytest.approx(gaps.sum())


def test_a_calibrated_classifier_has_no_error_and_a_boastful_one_has() -> None:
    labels = torch.tensor([0] * 7 + [1] * 3)
    honest = torch.tensor([[0.7, 0.3]]).repeat(10, 1)
    sure = torch.tensor([[1.0, 0.0]]).repeat(10, 1)
    assert calibration(honest, labels).error == pytest.approx(0, abs=1e-6)
    assert calibration(sure, labels).error == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("rows", "labels", "named"),
    [
        (torch.ones(3, 2), torch.zeros(3).long(), "probabilities: a row does not sum to 1"),
        (torch.tensor([[1.5, -0.5]]), torch.zeros(1).long(), "probabilities"),
        (torch.ones(3), torch.zeros(3).long(), r"probabilities must have shape \(N, C\)"),
        (torch.ones(0, 2), torch.zeros(0).long(), "probabilities must have shape"),
        (torch.ones(2, 2) / 2, torch.zeros(3).long(), "labels"),
        (torch.ones(2, 2) / 2, torch.zeros(2), "labels"),
        (torch.ones(2, 2) / 2, torch.tensor([0, 2]), "labels must lie between 0 and 1"),
    ],
)
def test_probabilities_that_are_none_are_named(rows: Tensor, labels: Tensor, named: str) -> None:
    for function in (calibration, worst_mistakes):
        with pytest.raises(ValueError, match=named):
            function(rows, labels)
