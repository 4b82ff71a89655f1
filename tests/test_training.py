"""The training loop against a loop written out by hand."""

import io
import sys
import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from dlbook import training
from dlbook.evaluation import evaluate
from dlbook.models import MLP, SimpleCNN
from dlbook.training import (
    History,
    choose_device,
    faster_precision,
    fit,
    keras_rmsprop,
    one_cycle,
    train_and_test,
)

X = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
Y = (X[:, 0] > 0).long() + (X[:, 1] > 0).long()


def fresh(seed: int = 0) -> tuple[MLP, torch.optim.Optimizer]:
    """Return a model with weights drawn from `seed`, and its optimizer."""
    torch.manual_seed(seed)
    model = MLP(4, 8, 3)
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def weights(model: nn.Module) -> Tensor:
    """Return all parameters in one vector."""
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def test_one_epoch_equals_the_loop_written_out() -> None:
    model, optimizer = fresh()
    history = fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=16, seed=5)

    by_hand, _ = fresh()
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(5))
    losses, n_correct, steps = 0.0, 0, 0
    for start in range(0, len(X), 16):
        rows = order[start : start + 16]
        scores = by_hand(X[rows])
        loss = functional.cross_entropy(scores, Y[rows])
        gradients = torch.autograd.grad(loss, list(by_hand.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(by_hand.parameters(), gradients, strict=True):
                parameter.add_(gradient, alpha=-0.1)
        losses += loss.item() * len(rows)
        n_correct += int((scores.argmax(1) == Y[rows]).sum())
        steps += 1

    assert torch.equal(weights(model), weights(by_hand))
    assert history.train_loss == pytest.approx([losses / len(X)])
    assert history.train_accuracy == [n_correct / len(X)]
    assert history.steps == steps == 4  # 16 + 16 + 16 + 2
    assert history.validation_loss == history.validation_accuracy == []


def test_same_seed_same_weights_other_seed_other_weights() -> None:
    results = []
    for seed in (1, 1, 2):
        model, optimizer = fresh()
        fit(model, X, Y, optimizer=optimizer, epochs=2, batch_size=7, seed=seed)
        results.append(weights(model))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_fit_leaves_the_global_random_state_alone() -> None:
    model, optimizer = fresh()
    before = torch.random.get_rng_state()
    fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=7, validation=0.2)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_validation_fraction_is_held_back_from_training() -> None:
    model, optimizer = fresh()
    history = fit(model, X, Y, optimizer=optimizer, epochs=2, batch_size=10, validation=0.2, seed=3)
    held_back = torch.randperm(len(X), generator=torch.Generator().manual_seed(3))[:10]
    expected = evaluate(model, X[held_back], Y[held_back])
    assert history.steps == 2 * 4
    assert history.validation_loss[-1] == expected.loss
    assert history.validation_accuracy[-1] == expected.accuracy


def test_validation_fraction_changes_nothing_but_the_held_back_samples() -> None:
    changed = X.clone()
    held_back = torch.randperm(len(X), generator=torch.Generator().manual_seed(3))[:10]
    changed[held_back] = 100.0
    results = []
    for inputs in (X, changed):
        model, optimizer = fresh()
        fit(model, inputs, Y, optimizer=optimizer, epochs=2, batch_size=10, validation=0.2, seed=3)
        results.append(weights(model))
    assert torch.equal(results[0], results[1])


def test_separate_validation_samples_do_not_change_the_weights() -> None:
    results = []
    for validation in (None, (X[:9], Y[:9])):
        model, optimizer = fresh()
        history = fit(
            model, X, Y, optimizer=optimizer, epochs=2, batch_size=8, validation=validation
        )
        results.append(weights(model))
    assert torch.equal(results[0], results[1])
    assert history.validation_accuracy[-1] == evaluate(model, X[:9], Y[:9]).accuracy


def test_fit_uses_the_loss_it_is_given() -> None:
    def squared(scores: Tensor, truth: Tensor) -> Tensor:
        return functional.mse_loss(scores, functional.one_hot(truth, 3).float())

    model, optimizer = fresh()
    with torch.no_grad():
        expected = float(squared(model(X), Y))
    history = fit(
        model, X, Y, optimizer=optimizer, loss=squared, epochs=1, batch_size=50, validation=(X, Y)
    )
    assert history.train_loss == pytest.approx([expected])
    with torch.no_grad():
        assert history.validation_loss == pytest.approx([float(squared(model(X), Y))])


def test_fit_trains_in_training_mode_and_gives_the_mode_back() -> None:
    model = MLP(4, 3, 3, dropout=0.5).eval()
    seen: list[bool] = []
    model.layers[2].register_forward_hook(lambda module, *_: seen.append(module.training))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=50)
    assert seen[-1] is True
    assert not any(module.training for module in model.modules())


def test_fit_learns() -> None:
    model, optimizer = fresh()
    history = fit(model, X, Y, optimizer=optimizer, epochs=200, batch_size=10)
    assert history.train_accuracy[-1] > 0.95
    assert len(history.train_loss) == 200


def test_best_epoch_is_the_first_with_the_lowest_validation_loss() -> None:
    assert History().best_epoch is None
    assert History(validation_loss=[0.9, 0.4, 0.7, 0.4]).best_epoch == 2


def overfitting(**changes: object) -> tuple[MLP, History]:
    """Fit a model to random labels, so that its validation loss soon rises."""
    labels = torch.randint(3, (50,), generator=torch.Generator().manual_seed(1))
    model, _ = fresh()
    history = fit(
        model,
        X,
        labels,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
        batch_size=10,
        validation=(X[:20].flip(1), labels[:20]),
        **{"epochs": 40, **changes},  # type: ignore[arg-type]
    )
    return model, history


def test_early_stopping_gives_the_weights_of_the_best_epoch_back() -> None:
    _, without = overfitting()
    best = without.best_epoch
    assert best is not None
    assert best < 30
    stopped, history = overfitting(patience=5)
    assert history.best_epoch == best
    assert history.validation_loss == without.validation_loss[: best + 5]
    expected, _ = overfitting(epochs=best)
    assert torch.equal(weights(stopped), weights(expected))


def test_the_best_weights_come_back_even_where_patience_does_not_run_out() -> None:
    _, without = overfitting()
    best = without.best_epoch
    assert best is not None
    model, history = overfitting(epochs=best + 2, patience=5)
    assert len(history.train_loss) == best + 2
    assert torch.equal(weights(model), weights(overfitting(epochs=best)[0]))


def test_patience_does_not_change_a_run_that_goes_on_improving() -> None:
    results = []
    for patience in (None, 1):
        model, optimizer = fresh()
        history = fit(
            model,
            X,
            Y,
            optimizer=optimizer,
            epochs=3,
            batch_size=50,
            validation=(X, Y),
            patience=patience,
        )
        assert history.best_epoch == 3
        results.append(weights(model))
    assert torch.equal(results[0], results[1])


def test_a_schedule_takes_a_step_after_every_update() -> None:
    model, optimizer = fresh()
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=25, schedule=schedule)
    assert schedule.get_last_lr() == [0.1 * 0.5**2]

    by_hand, sgd = fresh()
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))
    for rows, rate in zip(order.split(25), (0.1, 0.05), strict=True):
        sgd.param_groups[0]["lr"] = rate
        sgd.zero_grad()
        functional.cross_entropy(by_hand(X[rows]), Y[rows]).backward()
        sgd.step()
    assert torch.equal(weights(model), weights(by_hand))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("at_step", "where"), [(2, r"epoch 1, step 2\)"), (7, r"epoch 2, step 7\)")]
)
def test_fit_says_when_the_loss_is_not_finite_any_more(
    value: float, at_step: int, where: str
) -> None:
    seen = 0

    def breaks(scores: Tensor, truth: Tensor) -> Tensor:
        nonlocal seen
        seen += 1
        return functional.cross_entropy(scores, truth) * (value if seen >= at_step else 1.0)

    model, optimizer = fresh()
    with pytest.raises(ValueError, match=rf"optimizer: the loss became {value}.*{where}.*0\.1"):
        fit(model, X, Y, optimizer=optimizer, loss=breaks, epochs=3, batch_size=10)


def test_fit_says_when_the_validation_loss_is_not_finite() -> None:
    def breaks(scores: Tensor, truth: Tensor) -> Tensor:
        return functional.cross_entropy(scores, truth) * (
            1.0 if scores.requires_grad else torch.inf
        )

    model, optimizer = fresh()
    with pytest.raises(ValueError, match=r"the loss became inf .*epoch 1, on validation"):
        fit(
            model,
            X,
            Y,
            optimizer=optimizer,
            loss=breaks,
            epochs=2,
            batch_size=50,
            validation=0.2,
        )


def test_a_learning_rate_much_too_large_is_named() -> None:
    model, _ = fresh()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    with pytest.raises(ValueError, match=r"learning rate, here 1e\+30, is too large"):
        fit(model, X, Y, optimizer=optimizer, epochs=5, batch_size=10)


@pytest.mark.parametrize("loss", [None, functional.cross_entropy, nn.CrossEntropyLoss()])
def test_softmax_twice_is_warned_of(loss: nn.Module | None) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.warns(UserWarning, match="softmax is applied twice") as said:
        fit(model, X, Y, optimizer=optimizer, loss=loss, epochs=1, batch_size=50)
    assert [warning.filename for warning in said] == [__file__]


def test_softmax_once_is_not_warned_of() -> None:
    def likelihood(probabilities: Tensor, truth: Tensor) -> Tensor:
        return functional.nll_loss(probabilities.log(), truth)

    probabilities = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))
    logarithms = nn.Sequential(nn.Linear(4, 3), nn.LogSoftmax(dim=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for model, loss in ((probabilities, likelihood), (logarithms, None)):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            fit(model, X, Y, optimizer=optimizer, loss=loss, epochs=1, batch_size=50)


def test_inputs_scaled_twice_are_warned_of() -> None:
    inputs = X / X.abs().max()
    model, optimizer = fresh()
    with pytest.warns(UserWarning, match=r"inputs: the largest magnitude is 0\.0039.*twice"):
        fit(model, inputs / 255, Y, optimizer=optimizer, epochs=1, batch_size=50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(model, inputs * 0.05, Y, optimizer=optimizer, epochs=1, batch_size=50)


def test_no_bar_where_the_output_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    model, optimizer = fresh()
    fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=10)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("change", "error", "named"),
    [
        ({"inputs": X.byte()}, ValueError, r"inputs .*uint8.*255"),
        ({"inputs": X[:0], "labels": Y[:0]}, ValueError, "inputs is empty"),
        ({"inputs": X / 0}, ValueError, "inputs holds NaN"),
        ({"inputs": X[:, :3]}, ValueError, r"inputs .*\(N, 4\)"),
        ({"inputs": X.reshape(50, 1, 2, 2)}, ValueError, "flatten"),
        ({"precision": torch.float16}, ValueError, "precision must be"),
        ({"labels": Y[:49]}, ValueError, "labels"),
        ({"labels": Y + 1}, ValueError, "labels must lie between 0 and 2"),
        ({"labels": Y.int()}, ValueError, "labels"),
        ({"epochs": 0}, ValueError, "epochs"),
        ({"epochs": 1.5}, TypeError, "epochs"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": True}, TypeError, "batch_size"),
        ({"validation": 0.0}, ValueError, "validation"),
        ({"validation": 1.0}, ValueError, "validation"),
        ({"validation": 0.001}, ValueError, "validation"),
        ({"validation": "some"}, TypeError, "validation"),
        ({"validation": (X, Y, Y)}, ValueError, "validation"),
        ({"validation": (X.byte(), Y)}, ValueError, "validation inputs"),
        ({"validation": (X, Y[:3])}, ValueError, "validation labels"),
        ({"validation": (X, Y + 1)}, ValueError, "validation labels"),
        ({"patience": 0, "validation": 0.2}, ValueError, "patience"),
        ({"patience": 1.5, "validation": 0.2}, TypeError, "patience"),
        ({"patience": 3}, ValueError, "patience needs validation"),
        ({"schedule": 0.9}, TypeError, "schedule .*found float"),
        (
            {"schedule": torch.optim.lr_scheduler.ReduceLROnPlateau(fresh()[1])},
            TypeError,
            "schedule .*without a metric",
        ),
        (
            {"schedule": torch.optim.lr_scheduler.ExponentialLR(fresh()[1], 0.9)},
            ValueError,
            "schedule was built on another optimizer",
        ),
        ({"optimizer": "rmsprop"}, TypeError, "optimizer"),
        ({"optimizer": fresh()[1]}, ValueError, r"optimizer does not hold.*0\.weight"),
    ],
)
def test_fit_names_what_is_wrong(
    change: dict[str, object], error: type[Exception], named: str
) -> None:
    model, optimizer = fresh()
    before = weights(model)
    arguments = {"inputs": X, "labels": Y, "optimizer": optimizer, "epochs": 1, "batch_size": 8}
    with pytest.raises(error, match=named):
        fit(model, **{**arguments, **change})  # type: ignore[arg-type]
    assert torch.equal(weights(model), before)


def test_an_optimizer_may_leave_out_frozen_parameters() -> None:
    model, _ = fresh()
    first = model.layers[0].requires_grad_(False)
    before = nn.utils.parameters_to_vector(first.parameters())
    optimizer = torch.optim.SGD(model.layers[2].parameters(), lr=0.1)
    fit(model, X, Y, optimizer=optimizer, epochs=1, batch_size=8)
    assert torch.equal(nn.utils.parameters_to_vector(first.parameters()), before)


def test_keras_rmsprop_takes_the_step_that_keras_documents() -> None:
    # Keras: average <- rho * average + (1 - rho) * g^2; w <- w - rate * g / sqrt(average + eps).
    parameter = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = keras_rmsprop(iter([parameter]))
    gradient = torch.tensor([0.3, -4.0], dtype=torch.float64)
    expected, average = parameter.detach().clone(), torch.zeros(2, dtype=torch.float64)
    for _ in range(3):
        parameter.grad = gradient.clone()
        optimizer.step()
        average = 0.9 * average + 0.1 * gradient**2
        expected -= 1e-3 * gradient / torch.sqrt(average + 1e-7)
    # PyTorch adds eps outside the root; for such gradients the difference is below a millionth.
    torch.testing.assert_close(parameter.detach(), expected, rtol=0, atol=1e-6)


def test_train_and_test_is_fit_and_evaluate_from_a_seed() -> None:
    state = torch.random.get_rng_state()
    run = train_and_test(
        lambda: MLP(4, 8, 3), (X, Y), (X, Y), epochs=2, batch_size=10, seed=4, watch=True
    )
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(4)
    model = MLP(4, 8, 3)
    fit(model, X, Y, optimizer=keras_rmsprop(model.parameters()), epochs=2, batch_size=10, seed=4)
    assert torch.equal(weights(run.model), weights(model))
    assert run.test.accuracy == run.history.validation_accuracy[-1]


def test_train_and_test_passes_on_what_fit_takes() -> None:
    def run() -> Tensor:
        result = train_and_test(
            lambda: MLP(4, 8, 3),
            (X, Y),
            (X, Y),
            optimizer=torch.optim.Adam,
            loss=nn.CrossEntropyLoss(label_smoothing=0.1),
            schedule=one_cycle(0.01),
            augment=lambda batch, generator: batch + torch.randn(4, generator=generator),
            epochs=2,
            batch_size=20,
            seed=1,
        )
        return weights(result.model)

    torch.manual_seed(1)
    model = MLP(4, 8, 3)
    optimizer = torch.optim.Adam(model.parameters())
    fit(
        model,
        X,
        Y,
        optimizer=optimizer,
        loss=nn.CrossEntropyLoss(label_smoothing=0.1),
        schedule=torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, 6, pct_start=0.25),
        augment=lambda batch, generator: batch + torch.randn(4, generator=generator),
        epochs=2,
        batch_size=20,
        seed=1,
    )
    assert torch.equal(run(), weights(model))


def test_augmentation_varies_training_batches_only() -> None:
    seen = []

    def blank(batch: Tensor, generator: torch.Generator) -> Tensor:
        seen.append(batch)
        return torch.ones_like(batch)

    model, optimizer = fresh()
    fit(model, X, Y, optimizer=optimizer, epochs=2, batch_size=16, augment=blank, validation=0.2)
    assert [len(batch) for batch in seen] == [16, 16, 8] * 2
    kept = {tuple(row) for row in X.tolist()}
    assert all(tuple(row) in kept for batch in seen for row in batch.tolist())


def test_the_history_keeps_the_loss_of_every_step() -> None:
    model, optimizer = fresh()
    history = fit(model, X, Y, optimizer=optimizer, epochs=2, batch_size=20)
    assert history.steps == len(history.step_loss) == 6
    first = torch.tensor(history.step_loss[:3], dtype=torch.float64)
    expected = float((first * torch.tensor([20, 20, 10])).sum()) / 50
    assert history.train_loss[0] == pytest.approx(expected)


def test_bfloat16_computes_coarsely_and_keeps_the_weights_in_float32() -> None:
    results = []
    for precision in (torch.float32, torch.bfloat16):
        model, optimizer = fresh()
        history = fit(
            model, X, Y, optimizer=optimizer, epochs=3, batch_size=10, precision=precision
        )
        assert {p.dtype for p in model.parameters()} == {torch.float32}
        results.append(history.train_loss)
    assert results[0] != results[1]
    assert results[0] == pytest.approx(results[1], rel=0.02)


@pytest.mark.parametrize(
    ("half_seconds", "expected"), [(0.5, torch.bfloat16), (0.9, torch.float32), (2, torch.float32)]
)
def test_bfloat16_is_chosen_only_where_it_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, half_seconds: float, expected: torch.dtype
) -> None:
    seconds = {torch.float32: 1.0, torch.bfloat16: half_seconds}
    monkeypatch.setattr(training, "_product_seconds", lambda dtype, device: seconds[dtype])
    assert faster_precision(torch.device("cpu")) == expected


def test_faster_precision_measures() -> None:
    assert faster_precision(torch.device("cpu")) in (torch.float32, torch.bfloat16)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_device_is_the_fastest_that_is_here(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, expected: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device().type == expected
    assert choose_device("cpu").type == "cpu"
    if not cuda:
        with pytest.raises(ValueError, match=r"device 'cuda' is not available .* there is .*cpu"):
            choose_device("cuda")
    with pytest.raises(ValueError, match="device 'tpu' is unknown"):
        choose_device("tpu")


def test_one_cycle_rises_to_the_peak_and_falls() -> None:
    _, optimizer = fresh()
    schedule = one_cycle(0.5, rise=0.3)(optimizer, 100)
    rates = []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step() if len(rates) < 100 else None
    assert max(rates) == pytest.approx(0.5)
    assert rates.index(max(rates)) == 29
    assert rates[0] == pytest.approx(0.5 / 25)
    assert rates[-1] < 1e-5


def test_one_cycle_of_too_few_updates_is_refused() -> None:
    _, optimizer = fresh()
    with pytest.raises(ValueError, match="one cycle needs more than 4 updates, found 4"):
        one_cycle(0.1)(optimizer, 4)


def test_a_shape_that_a_convolution_refuses_names_the_inputs() -> None:
    model = SimpleCNN(3, 8, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(
        ValueError, match=r"inputs: the model cannot compute with .*images must have shape"
    ):
        fit(model, torch.ones(50, 1, 8, 8), Y, optimizer=optimizer, epochs=1, batch_size=8)
