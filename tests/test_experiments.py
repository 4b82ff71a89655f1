"""Experiments and their records, run on the stand-in with one epoch's worth of images."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from timeit import timeit
from types import ModuleType
from typing import Any

import joblib
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import MinMaxScaler

from dlbook import records
from dlbook.data import Dataset, Split, load, resolve
from dlbook.digest import closure_digest
from dlbook.efficientnet import EfficientNetLite0
from dlbook.experiments import __main__ as command
from dlbook.experiments import ants_and_bees as insects
from dlbook.experiments import backward_cost as cost
from dlbook.experiments import clothes as garments
from dlbook.experiments import cnn_steps as steps
from dlbook.experiments import cut_out as cutting
from dlbook.experiments import digits as figures
from dlbook.experiments import digits_from_scratch as scratch
from dlbook.experiments import first_network as first
from dlbook.experiments import gpu_speed as fast
from dlbook.experiments import large_maps as maps
from dlbook.experiments import photographs as photos
from dlbook.experiments import residual_cnn as residual
from dlbook.experiments import six_views as viewing
from dlbook.experiments import wheat_seeds as wheat
from dlbook.experiments.__main__ import EXPERIMENTS, main, stale_records
from dlbook.experiments.recipes import Samples, record_recipes
from dlbook.models import count_parameters
from dlbook.records import Record, load_record, make_record, read_record, write_record
from dlbook.training import train_and_test
from dlbook.transfer import fine_tune_groups, with_new_head


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Return a record made of invented numbers."""
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    return make_record(
        "invented",
        settings={"epochs": 2},
        seeds=[0, 1, 2],
        metrics={"accuracy": [0.1, 0.2, 0.6]},
        curve={"loss": [[2.0, 1.0]] * 3},
        data=resolve("mnist"),
    )


def test_record_mean_and_spread(record: Record) -> None:
    values = torch.tensor(record.metrics["accuracy"])
    assert record.n == 3
    assert record.mean("accuracy") == pytest.approx(values.mean().item())
    assert record.sd("accuracy") == pytest.approx(values.std().item())


def test_record_comes_back_from_its_file(record: Record, tmp_path: Path) -> None:
    path = write_record(record, tmp_path / "new")
    assert path == tmp_path / "new" / "invented.json"
    assert read_record(path) == record
    assert [file.name for file in path.parent.iterdir()] == ["invented.json"]


def test_record_names_no_path_of_this_machine(record: Record, tmp_path: Path) -> None:
    text = write_record(record, tmp_path).read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text
    assert json.loads(text)["tier"] == "standin"


@pytest.mark.parametrize(
    ("metrics", "curve"),
    [
        ({"accuracy": [0.1]}, {}),
        ({"accuracy": [0.1, float("nan")]}, {}),
        ({"accuracy": [0.1, 0.2]}, {"loss": [[1.0]]}),
    ],
)
def test_record_wants_one_finite_value_per_seed(
    record: Record, metrics: dict[str, list[float]], curve: dict[str, list[list[float]]]
) -> None:
    with pytest.raises(ValueError, match=r"accuracy|loss"):
        make_record(
            "bad", settings={}, seeds=[0, 1], metrics=metrics, curve=curve, data=resolve("mnist")
        )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x"}', '"words"'])
def test_a_file_that_is_no_record_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.json is not a record"):
        read_record(path)


def test_a_missing_record_says_how_to_make_it() -> None:
    with pytest.raises(FileNotFoundError, match="nox -s record -- no_such"):
        load_record("no_such")


def test_every_experiment_has_a_record_of_several_seeds() -> None:
    for name in EXPERIMENTS:
        # A run of the largest networks takes longer than ten minutes.
        long = name in ("residual_cnn", "large_maps", "cut_out", "six_views")
        assert load_record(name).n >= (2 if long else 3)


def test_the_record_of_the_first_network_reaches_its_bound_on_real_data() -> None:
    record = load_record("first_network")
    assert record.title == "MNIST"
    assert record.tier != "standin"
    assert record.mean("accuracy") >= 0.975


def test_the_record_of_the_digits_from_scratch_reaches_its_bounds_on_real_data() -> None:
    record = load_record("digits_from_scratch")
    assert record.title == "MNIST"
    assert record.mean("accuracy_30") >= 0.95
    assert record.mean("accuracy_15") >= 0.92


def test_the_record_of_the_wheat_seeds_reaches_its_bound_on_real_data() -> None:
    record = load_record("wheat_seeds")
    assert record.tier != "standin"
    assert record.n == 5
    assert record.mean("as_passes") >= 0.91


def test_the_record_of_ants_and_bees_reaches_its_bounds_on_real_data() -> None:
    record = load_record("ants_and_bees")
    assert record.title == "ants and bees"
    assert record.tier != "standin"
    assert record.n == 5
    assert record.mean("probe_all") >= 0.92
    assert record.mean("probe_10") >= 0.9
    assert record.mean("scratch") < 0.8


def test_the_records_of_digits_and_clothes_reach_their_bounds_on_real_data() -> None:
    digits, clothes = load_record("digits"), load_record("clothes")
    assert {digits.title, clothes.title} == {"MNIST", "Fashion-MNIST"}
    assert digits.mean("accuracy_two_hidden") >= 0.965
    assert digits.mean("accuracy_hidden_512") >= 0.97
    assert digits.mean("accuracy_tuned") >= 0.988
    assert clothes.mean("accuracy_linear") >= 0.84
    assert clothes.mean("accuracy_mlp") >= 0.88
    assert clothes.mean("accuracy_cnn") >= 0.905


def test_the_records_of_photographs_reach_their_bounds_on_real_data() -> None:
    dense, steps = load_record("photographs"), load_record("cnn_steps")
    wide, large = load_record("residual_cnn"), load_record("large_maps")
    cut = load_record("cut_out")
    titles = {record.title.split(" (")[0] for record in (dense, steps, wide, large, cut)}
    assert titles == {"CIFAR-10"}
    assert dense.mean("accuracy_linear") >= 0.38
    assert dense.mean("accuracy_fcn") >= 0.55
    assert steps.mean("accuracy_lenet") >= 0.66
    assert steps.mean("accuracy_lenet") > dense.mean("accuracy_fcn")
    assert steps.mean("accuracy_augmented_6") >= 0.78
    assert steps.settings["augmented_6"]["parameters"] <= 120_000
    assert large.settings["large_maps"]["parameters"] <= 500_000
    assert large.mean("accuracy_large_maps") >= 0.87
    assert large.mean("accuracy_large_maps") > wide.mean("accuracy_wide")
    assert cut.settings["cut_out"]["parameters"] <= 500_000
    assert cut.mean("views_accuracy_cut_out") >= 0.885
    assert load_record("six_views").mean("views_accuracy_large_maps") >= 0.89


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Return the first of the drawn digits."""
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    data = load("mnist")
    return Dataset(
        data.name,
        Split(*(part[:300] for part in data.train)),
        Split(*(part[:100] for part in data.test)),
        data.classes,
        data.features,
        data.provenance,
    )


def test_first_network_runs_what_it_records(
    monkeypatch: pytest.MonkeyPatch, few_digits: Dataset
) -> None:
    monkeypatch.setattr(first, "load", lambda name: few_digits)
    record = first.first_network()
    assert record.settings["training_images"] == 300
    assert record.curve["test_accuracy"][2][-1] == record.metrics["accuracy"][2]
    assert len(record.curve["train_loss"][0]) == 5
    assert record.tier == "standin"


def test_digits_from_scratch_runs_what_it_records(
    monkeypatch: pytest.MonkeyPatch, few_digits: Dataset
) -> None:
    monkeypatch.setattr(scratch, "load", lambda name: few_digits)
    record = scratch.digits_from_scratch(epochs=6)
    assert record.settings["epochs"] == len(record.curve["train_cost_15"][0]) == 6
    assert record.curve["test_accuracy_30"][2][-1] == record.metrics["accuracy_30"][2]
    for costs in record.curve["train_cost_15"] + record.curve["train_cost_30"]:
        assert costs[-1] < 0.8 * costs[0]


def test_backward_cost_runs_what_it_records(
    monkeypatch: pytest.MonkeyPatch, few_digits: Dataset
) -> None:
    monkeypatch.setattr(cost, "load", lambda name: few_digits)
    record = cost.backward_cost(calls=1)
    assert record.settings["calls"] == 1
    for size in (10, 1000):
        backward, forward = (
            record.metrics[f"{name}_seconds_{size}"] for name in ("backward", "forward")
        )
        ratios = [b / f for b, f in zip(backward, forward, strict=True)]
        assert record.metrics[f"ratio_{size}"] == ratios
        assert min(forward) > 0


def test_wheat_seeds_runs_what_it_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    record = wheat.wheat_seeds(passes=2, seeds=[4], n_jobs=1)
    assert record.seeds == [4]
    assert record.settings["passes"] == 2
    assert {"as_passes", "as_samples", "scaled_before", "misprint"} < set(record.metrics)
    assert record.mean("logistic_regression") > 0.6


def test_the_plain_classifier_learns_in_folds_and_from_few_samples() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 3
    features = torch.randn(60, 2, generator=generator) + 4 * labels.unsqueeze(1)
    table, classes = MinMaxScaler().fit_transform(features.numpy()), labels.numpy() + 5
    model = wheat.PlainClassifier(passes=300)
    assert wheat.five_folds(model, table, classes, seed=0) > 0.9
    assert set(model.fit(table, classes).predict(table)) == {5, 6, 7}
    untrained = wheat.PlainClassifier(n_steps=3).fit(table, classes)
    assert untrained.score(table, classes) < 0.9
    with pytest.raises(NotFittedError):
        wheat.PlainClassifier().predict(table)


def test_the_schedules_start_at_the_rate_and_do_what_they_say() -> None:
    assert {rate(0) for rate in wheat.SCHEDULES.values()} == {0.1}
    assert wheat.SCHEDULES["divided"](1000) == pytest.approx(0.1 / 11)
    assert wheat.SCHEDULES["multiplied"](1000) == pytest.approx(0.1 * 0.99**1000)
    assert wheat.SCHEDULES["constant"](1000) == 0.1


def test_the_misprint_touches_one_entry() -> None:
    table = torch.zeros(210, 7).numpy()
    changed = wheat.misprinted(table)
    assert changed[1, 5] == 20
    assert changed.sum() == 20
    assert table.sum() == 0


def test_ants_and_bees_runs_what_it_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    images = torch.randint(0, 256, (8, 3, 40, 40), generator=torch.Generator().manual_seed(0))
    part = Split(images.byte(), torch.arange(8) // 4)
    noise = Dataset("hymenoptera", part, part, ("ants", "bees"), (), resolve("hymenoptera"))
    monkeypatch.setattr(insects, "load", lambda name: noise)
    before = torch.get_rng_state()
    record = insects.ants_and_bees(
        sizes=[2], seeds=[3], tuned_per_class=2, tuned_epochs=1, scratch_epochs=1, scratch_side=32
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert record.seeds == [3]
    assert record.settings["images_per_class"] == [2]
    assert record.settings["training_images"] == 8
    # Two images of each class are the same two, drawn for the curve and for fine-tuning.
    assert record.metrics["probe_2"] == record.metrics["probe_tuned"]
    # A probe learns eight images of noise by heart.
    assert record.mean("probe_all") == 1
    assert {"fine_tuned", "one_rate", "scratch", "scratch_train"} < set(record.metrics)


def test_the_draw_takes_as_many_of_each_class_and_follows_its_seed() -> None:
    labels = torch.tensor([0] * 5 + [1] * 9)
    rows = insects.draw_rows(labels, 4, seed=0)
    assert labels[rows].tolist() == [0] * 4 + [1] * 4
    assert len(rows.unique()) == 8
    assert torch.equal(rows, insects.draw_rows(labels, 4, seed=0))
    assert not torch.equal(rows, insects.draw_rows(labels, 4, seed=1))
    assert len(insects.draw_rows(labels, 7, seed=0)) == 5 + 7


def test_only_the_top_and_the_head_are_loosened_and_no_running_mean() -> None:
    torch.manual_seed(0)
    model = with_new_head(EfficientNetLite0(2), 2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    top = insects.loosen_top(model)
    optimizer = torch.optim.SGD(fine_tune_groups(model, 0.1, 0.1))
    top.train()
    top(torch.rand(2, 112, 4, 4)).sum().backward()
    optimizer.step()
    changed = {n for n, value in model.state_dict().items() if not torch.equal(value, before[n])}
    assert "head.1.weight" in changed
    numbers = {int(name.split(".")[2]) for name in changed if name.startswith("body.features.")}
    assert numbers == {6, 7, 8}
    assert not any("running" in name for name in changed)
    norms = [m for m in model.body.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert not any(p.requires_grad for norm in norms for p in norm.parameters())


def test_small_images_are_means_scaled_as_the_weights_want() -> None:
    images = torch.tensor([0, 255]).byte().repeat(1, 3, 4, 2)
    small = insects.small_images(images, 2)
    assert small.shape == (1, 3, 2, 2)
    assert torch.allclose(small, torch.full_like(small, (0.5 - 0.498) / 0.502))


class Once:
    """Time one run of a statement, with a small product: seconds pass without bfloat16 units."""

    def __init__(self, statement: str, globals: dict[str, Any]) -> None:
        small = {name: part[:8, :8] for name, part in globals.items() if name == "factor"}
        self.median = timeit(statement, globals=globals | small, number=1)

    def blocked_autorange(self, min_run_time: float) -> "Once":
        return self


def test_the_speed_of_a_gpu_stands_beside_that_of_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    monkeypatch.setattr(fast, "choose_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(fast, "Timer", Once)
    monkeypatch.setattr(fast, "REPETITIONS", [0, 1])
    images, labels = torch.randn(5, 3, 32, 32), torch.arange(5)
    small = {"fcn": replace(photos.RECIPES["fcn"], batch_size=1)}
    monkeypatch.setattr(fast.photographs, "RECIPES", small)
    monkeypatch.setattr(fast, "LARGE_MAPS", replace(maps.LARGE_MAPS, batch_size=1))
    monkeypatch.setattr(fast.photographs, "samples", lambda: ((images, labels), (images, labels)))
    record = fast.gpu_speed(images=5)
    assert set(record.metrics) == set(load_record("gpu_speed").metrics)
    assert all(min(values) > 0 for values in record.metrics.values())
    assert set(record.curve) == {"seconds_cpu", "seconds_device", "seconds_copied"}
    for rows in record.curve.values():
        assert [len(row) for row in rows] == [len(fast.networks())] * 2
    assert record.settings["networks"] == load_record("gpu_speed").settings["networks"]


@pytest.fixture
def noise() -> Samples:
    """Return few color images of noise, half of them brighter."""
    labels = torch.arange(20) % 10
    images = torch.randn(20, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    samples = images + (labels > 4).float()[:, None, None, None], labels
    return samples, samples


# The modules that hold one recipe, its name in their records, and its name in the module.
ONE_RECIPE = {
    residual: ("wide", "WIDE"),
    maps: ("large_maps", "LARGE_MAPS"),
    cutting: ("cut_out", "CUT_OUT"),
    viewing: ("large_maps", "LARGE_MAPS"),
}


@pytest.mark.parametrize("module", [photos, steps, *ONE_RECIPE])
def test_color_recipes_run_what_they_record(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, noise: Samples
) -> None:
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    monkeypatch.setattr(module, "samples", lambda: noise)
    make_small(module, 3, monkeypatch)
    name = module.__name__.rpartition(".")[2]
    with joblib.parallel_config(backend="sequential"):
        record = getattr(module, name)(epochs=1)
    check_recipes(record, module, "cifar10")


@pytest.mark.parametrize("module", [figures, garments])
def test_gray_recipes_run_what_they_record(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, few_digits: Dataset
) -> None:
    monkeypatch.setattr(module, "load", lambda name: few_digits)
    module.samples.cache_clear()
    make_small(module, 50, monkeypatch)
    name = module.__name__.rpartition(".")[2]
    with joblib.parallel_config(backend="sequential"):
        record = getattr(module, name)(epochs=1)
    module.samples.cache_clear()
    check_recipes(record, module, "mnist")


def make_small(module: ModuleType, batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the recipes of a module make several updates with few samples, with one seed."""
    if module in ONE_RECIPE:
        _, name = ONE_RECIPE[module]
        monkeypatch.setattr(module, name, replace(getattr(module, name), batch_size=batch_size))
        return
    small = {k: replace(r, batch_size=batch_size) for k, r in module.RECIPES.items()}
    monkeypatch.setattr(module, "RECIPES", small)
    monkeypatch.setattr(module, "record_recipes", partial(record_recipes, seeds=[5]))


def check_recipes(record: Record, module: ModuleType, data: str) -> None:
    """Check that a record holds each recipe of a module, with one entry per seed."""
    if module in ONE_RECIPE:
        key, name = ONE_RECIPE[module]
        recipes = {key: getattr(module, name)}
    else:
        recipes = module.RECIPES
    assert set(record.settings) == set(recipes)
    for key, recipe in recipes.items():
        assert record.settings[key]["recipe"] == recipe.words
        assert record.settings[key]["epochs"] == 1
        assert record.settings[key]["parameters"] == count_parameters(recipe.build())
        accuracies = record.metrics[f"accuracy_{key}"]
        assert accuracies == [curve[-1] for curve in record.curve[f"test_accuracy_{key}"]]
        assert len(accuracies) == record.n == len(record.seeds)
        assert {f"recall_{key}_{label}" for label in load(data).classes} < set(record.metrics)
    assert len({tuple(values) for values in record.metrics.values()}) > 1


def test_a_recipe_is_train_and_test(noise: Samples) -> None:
    recipe = photos.RECIPES["fcn"]
    run = replace(recipe, epochs=1, batch_size=4).run(noise, seed=2, watch=False)
    expected = train_and_test(
        recipe.build,
        *noise,
        optimizer=recipe.optimizer,
        schedule=recipe.schedule,
        augment=recipe.augment,
        epochs=1,
        batch_size=4,
        seed=2,
    )
    assert run.history == expected.history
    assert run.test.loss == expected.test.loss


def test_the_squared_error_is_that_of_one_hot_targets() -> None:
    scores = torch.tensor([[0.0, 0.0], [100.0, 0.0]])
    # A half, a half: 2 * 0.5^2 / 2; surely wrong: (1 + 1) / 2.
    assert float(photos.squared_error(scores[:1], torch.tensor([0]))) == pytest.approx(0.25)
    assert float(photos.squared_error(scores, torch.tensor([0, 1]))) == pytest.approx(0.625)


def test_the_steps_change_one_thing_each() -> None:
    recipes = list(steps.STEPS.values())
    for before, after in pairwise(recipes):
        changed = {
            name
            for name in ("build", "optimizer", "loss", "schedule", "augment", "epochs")
            if getattr(before, name) is not getattr(after, name)
        }
        assert changed in ({"build"}, {"optimizer", "schedule"}, {"loss"}, {"augment"})


def test_the_mirrored_accuracy_sees_both_sides() -> None:
    class LeftHalf(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            left = images[..., 0].mean((1, 2))
            return torch.stack([left, torch.full_like(left, 1.0)], 1)

    images = torch.zeros(2, 1, 2, 2)
    images[0, ..., 0], images[0, ..., 1] = 0.9, 4.0
    labels = torch.tensor([0, 1])
    assert residual.mirrored(LeftHalf(), (images, labels)) == {"mirrored_accuracy": 1.0}
    assert residual.mirrored(LeftHalf(), (images[:1], labels[1:])) == {"mirrored_accuracy": 0.0}


def test_a_square_is_cut_out_of_each_image() -> None:
    images = torch.ones(200, 3, 32, 32)
    varied = cutting.squares_cut_out(images, torch.Generator().manual_seed(0))
    holes = varied[:, 0] == 0
    assert torch.equal(varied, images.masked_fill(holes[:, None], 0))  # the same in each channel
    sizes = holes.sum((1, 2))
    assert sizes.max() == 8 * 8
    assert sizes.min() >= 4 * 4  # a corner: the middle of a square lies in the image
    assert len({tuple(hole.nonzero()[0].tolist()) for hole in holes}) > 100


def test_six_views_are_three_and_their_mirror_images() -> None:
    images = torch.rand(2, 3, 5, 5)
    views = cutting.views(images)
    assert len(views) == 6
    assert torch.equal(views[1], images)
    assert torch.equal(views[0][:, :, 1:, 1:], images[:, :, :-1, :-1])
    assert torch.equal(views[2][:, :, :-1, :-1], images[:, :, 1:, 1:])
    assert all(torch.equal(a.flip(3), b) for a, b in zip(views[:3], views[3:], strict=True))


def test_the_accuracy_of_views_adds_their_probabilities() -> None:
    class Left(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            left = images[..., 0].mean((1, 2))
            return torch.stack([left, torch.zeros_like(left)], 1)

    images = torch.full((1, 1, 4, 4), -1.0)
    images[..., 2:] = 3.0  # only the mirrored views see it at the left
    one_view = Left()(images).argmax(1)
    assert one_view.tolist() == [1]
    assert cutting.measure(Left(), (images, torch.tensor([0])))["views_accuracy"] == 1.0


def test_check_reports_missing_and_outdated_records(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, record: Record
) -> None:
    monkeypatch.setattr(records, "_FOLDERS", (tmp_path, tmp_path))
    monkeypatch.setattr(command, "EXPERIMENTS", {"invented": first.first_network})
    assert "nox -s record -- invented" in stale_records()["invented"]

    write_record(record, tmp_path)  # without a digest
    assert "code changed" in stale_records()["invented"]

    fresh = {**record.__dict__, "digest": closure_digest("dlbook.experiments.first_network")}
    write_record(Record(**fresh), tmp_path)
    assert stale_records() == {}


def test_main_lists_runs_and_checks(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    record: Record,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(records, "_FOLDERS", (tmp_path, tmp_path))

    def invented() -> Record:
        return record

    invented.__module__ = "dlbook.experiments.first_network"
    monkeypatch.setattr(command, "EXPERIMENTS", {"invented": invented})
    assert main(["--list"]) == 0
    assert capsys.readouterr().out == "invented\n"
    assert main(["--check"]) == 1
    assert "invented" in capsys.readouterr().err
    assert main(["invented"]) == 0
    assert load_record("invented").digest == closure_digest("dlbook.experiments.first_network")
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "name an experiment"), (["no_such"], "unknown experiment no_such")],
)
def test_main_refuses_what_it_does_not_know(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_main_keeps_the_record_of_a_gpu_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "choose_device", lambda: torch.device("cpu"))
    monkeypatch.setitem(EXPERIMENTS, "gpu_speed", lambda: pytest.fail("it was run"))
    with pytest.raises(SystemExit):
        main(["gpu_speed"])
    assert "finds no GPU" in capsys.readouterr().err


def test_the_command_line_works_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlbook.experiments", "--list"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stdout.split() == list(EXPERIMENTS)
