"""Runs that are killed and resumed end as if they had never stopped."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dlbook import checkpoints
from dlbook.checkpoints import load_checkpoint, save_checkpoint
from dlbook.models import MLP
from dlbook.training import fit

sys.path.insert(0, str(Path(__file__).parent))
from interrupted import train

RUN = {"seed": 0}


def weights(model: nn.Module) -> torch.Tensor:
    """Return all parameters in one vector."""
    return nn.utils.parameters_to_vector(model.parameters()).detach()


def test_killed_at_random_moments_training_resumes_to_identical_weights(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "digits.pt"
    # Six batches an epoch: each life gets at least one epoch further.
    for kill_at in random.Random(0).choices(range(7, 16), k=3):
        script = Path(__file__).with_name("interrupted.py")
        done = subprocess.run([sys.executable, script, path, str(kill_at)], check=False)
        assert done.returncode == -signal.SIGKILL
        assert [file.name for file in path.parent.iterdir()] == ["digits.pt"]
    resumed, history = train(path)
    whole, expected = train()
    assert torch.equal(weights(resumed), weights(whole))
    assert history == expected


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    model, history = train(path)
    again, same = train(path, kill_at=1)
    assert torch.equal(weights(again), weights(model))
    assert same == history


def test_early_stopping_survives_a_resumption(tmp_path: Path) -> None:
    inputs = torch.randn(40, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.randint(2, (40,), generator=torch.Generator().manual_seed(1))

    def run(epochs: int, path: Path | None) -> tuple[MLP, int]:
        torch.manual_seed(0)
        model = MLP(3, 32, 2)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        history = fit(
            model,
            inputs,
            labels,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=8,
            validation=0.3,
            patience=4,
            checkpoint=path,
        )
        return model, len(history.train_loss)

    whole, n_epochs = run(60, None)
    assert n_epochs < 60  # labels of chance: it stops early
    run(n_epochs - 2, tmp_path / "run.pt")
    resumed, n_resumed = run(60, tmp_path / "run.pt")
    again, n_again = run(60, tmp_path / "run.pt")
    assert n_resumed == n_again == n_epochs
    assert torch.equal(weights(resumed), weights(whole))
    assert torch.equal(weights(again), weights(whole))


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.pt"
    assert load_checkpoint(path, RUN) is None
    save_checkpoint(path, {"step": 3, "weights": torch.arange(2.0)}, RUN)
    state = load_checkpoint(path, RUN)
    assert state is not None
    assert state["step"] == 3
    assert state["weights"].tolist() == [0, 1]


def test_a_failing_save_leaves_the_older_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.pt"
    save_checkpoint(path, {"step": 1}, RUN)

    def full_disk(_: object, draft: Path) -> None:
        draft.write_bytes(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoints.torch, "save", full_disk)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(path, {"step": 2}, RUN)
    assert load_checkpoint(path, RUN) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 cut short"])
def test_what_is_no_checkpoint_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "holiday.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint: .*holiday\.pt is not a checkpoint"):
        load_checkpoint(path, RUN)
    assert path.read_bytes() == content


def test_tensors_saved_by_somebody_else_are_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"weight": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match=r"weights\.pt is not a checkpoint"):
        load_checkpoint(path, RUN)


@pytest.mark.parametrize("new_format", [True, False])
def test_a_checkpoint_with_code_is_refused_and_not_run(
    tmp_path: Path, trap: Any, new_format: bool
) -> None:
    path = tmp_path / "run.pt"
    content = {"run": RUN, "state": {"step": trap}}
    torch.save(content, path, _use_new_zipfile_serialization=new_format)
    with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint .*UnpicklingError"):
        load_checkpoint(path, RUN)
    assert not trap.folder.exists()
    torch.load(path, weights_only=False)
    assert trap.folder.exists()  # it would have sprung


@pytest.mark.parametrize(
    "content", [torch.zeros(2), [1], {"run": 1, "state": {}}, {"run": RUN, "state": 1}]
)
def test_other_things_saved_are_no_checkpoint(tmp_path: Path, content: object) -> None:
    path = tmp_path / "thing.pt"
    torch.save(content, path)
    with pytest.raises(ValueError, match=r"thing\.pt is not a checkpoint"):
        load_checkpoint(path, RUN)


def test_the_checkpoint_of_another_run_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    train(path)
    before = path.read_bytes()
    model = MLP(4, 5, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"run\.pt belongs to another run \(parameters 114"):
        fit(
            model,
            torch.ones(60, 4),
            torch.zeros(60).long(),
            optimizer=optimizer,
            epochs=1,
            batch_size=8,
            checkpoint=path,
        )
    assert path.read_bytes() == before
