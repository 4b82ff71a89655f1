"""``python -m dlbook.data``."""

from pathlib import Path

import pytest

from dlbook.data import DATASETS
from dlbook.data.__main__ import main


def test_the_table_has_a_row_for_every_set(
    small_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["data", "set", "tier", "where", "size", "(MB)", "license", "verified"]
    assert tuple(row.split()[0] for row in rows) == DATASETS
    assert "local" in rows[0]
    assert str(small_mnist) in rows[0]
    assert all("standin" in row for row in rows[1:])


def test_a_damaged_set_is_named_and_the_others_are_still_shown(
    small_mnist: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small_mnist / "MNIST/raw/train-labels-idx1-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-1])
    assert main([]) == 1
    out = capsys.readouterr().out
    assert "mnist: " in out
    assert "altered or truncated" in out
    assert sum("standin" in line for line in out.splitlines()) == 4


def test_an_unknown_set_is_refused_with_the_names(
    clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fetch", "imagenet"])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert all(name in err for name in DATASETS)


def test_a_fetch_without_a_network_says_so(
    clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "mnist"]) == 1
    assert "DLBOOK_NETWORK=off" in capsys.readouterr().err
