"""Two workers take the steps of one, and none goes on without the other."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlbook import distributed
from dlbook.distributed import WorkerLostError, copy_from_first, share, sum_over_workers, workers
from dlbook.models import MLP
from dlbook.training import fit

sys.path.insert(0, str(Path(__file__).parent))
from together import train

RUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def start(folder: Path, kill_at: int = 0) -> subprocess.CompletedProcess[str]:
    """Run together.py with two workers."""
    script = Path(__file__).with_name("together.py")
    return subprocess.run(
        [*RUN, str(script), str(folder), str(kill_at)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_two_workers_take_the_steps_of_one_and_only_the_first_speaks(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "worker 0 of 2 speaks\n"
    assert done.stderr.count("UserWarning: a warning") == 1
    alone = train()
    assert alone.steps == 15
    for number in (0, 1):
        together = json.loads((tmp_path / f"{number}.json").read_text(encoding="utf-8"))
        assert together[0] == pytest.approx(alone.step_loss, abs=1e-10)
        assert together[1] == alone.train_accuracy
        assert together[2] == pytest.approx(alone.validation_loss, abs=1e-10)


def test_a_killed_worker_ends_the_job_with_a_clear_message(tmp_path: Path) -> None:
    done = start(tmp_path, kill_at=7)
    assert done.returncode != 0
    assert "worker 0 of 2 stops: another worker has ended" in done.stderr
    assert "SIGKILL" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_torchrun_there_is_one_worker_and_nothing_changes() -> None:
    with workers() as device:
        batch = torch.arange(6.0).reshape(3, 2)
        assert distributed.rank() == 0
        assert distributed.n_workers() == 1
        assert share(batch) is batch or torch.equal(share(batch), batch)
        sum_over_workers([batch])
        assert torch.equal(batch, torch.arange(6.0).reshape(3, 2))
        model = MLP(2, 2)
        before = [p.clone() for p in model.parameters()]
        copy_from_first(model)
        assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))
    assert device.type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_the_shares_of_all_workers_are_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = torch.arange(11)
    monkeypatch.setattr(distributed, "n_workers", lambda: 4)
    shares = []
    for number in range(4):
        monkeypatch.setattr(distributed, "rank", lambda number=number: number)
        shares.append(share(batch))
    assert torch.equal(torch.cat(shares).sort().values, batch)
    assert {len(part) for part in shares} == {2, 3}


def test_a_batch_without_a_sample_for_each_worker_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distributed, "n_workers", lambda: 4)
    model = MLP(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"batch_size=8 of 19 samples leaves 3 .* 4 workers"):
        fit(
            model,
            torch.ones(19, 2),
            torch.zeros(19).long(),
            optimizer=optimizer,
            epochs=1,
            batch_size=8,
        )


def test_a_worker_that_is_ended_says_why() -> None:
    with pytest.raises(WorkerLostError, match=r"another worker has ended.*checkpoint"):
        distributed._ended(signal.SIGTERM, None)
