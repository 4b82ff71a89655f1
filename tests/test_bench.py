"""The bench: both sides of a row compute the same, and a verdict is what the numbers say."""

import argparse
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

import peers
import speed
from dlbook import records
from dlbook.data import resolve
from dlbook.records import load_record
from peers import FASTER, LONGER, Result, Row, Sides

SMALL = {
    "fit_loader": partial(speed.fit_and_loader, 96),
    "fit_loop": partial(speed.fit_and_loop, 96),
    "fit_bare_loop": partial(speed.fit_and_loop, 96, measuring=False),
    "network_step": partial(speed.step_and_autograd, 30),
    "network_step_in_few_calls": partial(speed.step_in_few_calls, 30),
    "network_epoch": partial(speed.epoch_and_samples, 30),
    "autograd": partial(speed.moons_and_micrograd, 2, 20),
    "convolution": partial(speed.convolution_and_torch, 2),
    "features": partial(speed.features_and_body, 4, epochs=2),
}


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure on stand-ins; take away again what a row adds to the library."""
    monkeypatch.setenv("DLBOOK_DATA", "standin")
    added = "PyTorch's sigmoid"
    monkeypatch.setitem(speed.ACTIVATIONS, added, speed.ACTIVATIONS["sigmoid"])


@pytest.mark.parametrize("set_up", SMALL.values(), ids=SMALL)
def test_both_sides_compute_the_same(set_up: Callable[[], Sides]) -> None:
    state = random.getstate()
    result = peers.compare(set_up())
    random.setstate(state)
    assert result.difference is not None
    assert result.difference < 1e-4
    assert len(set(result.accuracies)) <= 1


def test_every_row_that_computes_is_compared() -> None:
    assert {*SMALL, "import_book", "import_training"} == set(speed.ROWS)


def test_sides_that_differ_are_told_apart() -> None:
    right = torch.tensor([[1.0, 0.0]])
    sides = Sides(lambda: lambda: right, lambda: lambda: 3 * right.flip(1), torch.tensor([0]))
    result = peers.compare(sides)
    assert result.difference == 1  # as large as the largest output
    assert result.accuracies == [1, 0]


def test_sides_take_turns() -> None:
    calls: list[str] = []
    result = peers.measure(Sides(lambda: calls.append("a"), lambda: calls.append("b")), rounds=3)
    assert "".join(calls) == "ab" + "ab" + "ba" + "ab"
    assert len(result.ours) == len(result.theirs) == 3


@pytest.mark.parametrize(("unit", "expected"), [(FASTER, 4), (LONGER, 0.25), ("s", 2)])
def test_the_value_is_a_ratio_of_medians(unit: str, expected: float) -> None:
    assert peers.value(Row("", "", unit), Result([1, 2, 50], [8, 7, 9])) == expected


def test_the_table_the_file_and_the_record_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(records, "_FOLDERS", (tmp_path, tmp_path / "records"))
    rows = {
        "quick": Row("ours", "theirs", FASTER, at_least=2),
        "slow": Row("ours", "theirs", LONGER, at_most=0.4),
        "pages": Row("pages", "", "pages", at_most=0),
    }
    sides = Result([1.0], [2.0])
    results = {"quick": sides, "slow": sides, "pages": Result([0.0])}
    options = argparse.Namespace(rounds=1, record=True, output=tmp_path / "bench.json")
    peers.report("speed", rows, results, options, resolve("mnist"))
    words = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()[1:4]]
    assert words == ["met", "MISSED", "met"]
    record = load_record("bench_speed")
    assert record.metrics == json.loads(options.output.read_text("utf-8"))["metrics"]
    assert record.settings["rows"]["slow"]["at_most"] == 0.4
    assert record.digest
