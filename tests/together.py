"""A training run for one or several workers: for test_distributed.py, started by torchrun."""

import json
import os
import signal
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor

from dlbook.distributed import n_workers, rank, workers
from dlbook.images import randomly_shifted
from dlbook.models import SimpleCNN
from dlbook.training import History, fit, one_cycle


def train(kill_at: int | None = None) -> History:
    """Train a small convolutional network; the last worker kills itself at a given batch."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(45, 1, 8, 8, generator=generator, dtype=torch.float64)
    labels = torch.randint(3, (45,), generator=generator)
    # Other weights in every worker: the first one's count.
    torch.manual_seed(rank())
    model = SimpleCNN(1, 8, 3, widths=(4,)).double().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    n_batches = 0

    def augment(batch: Tensor, generator: torch.Generator) -> Tensor:
        nonlocal n_batches
        n_batches += 1
        if n_batches == kill_at and rank() == n_workers() - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return randomly_shifted(batch, generator)

    return fit(
        model,
        images,
        labels,
        optimizer=optimizer,
        schedule=one_cycle(0.2)(optimizer, 3 * 5),
        augment=augment,
        epochs=3,
        batch_size=10,
        validation=(images[:20], labels[:20]),
    )


if __name__ == "__main__":
    folder, kill_at = Path(sys.argv[1]), int(sys.argv[2])
    with workers():
        warnings.warn("a warning", stacklevel=1)
        print(f"worker {rank()} of {n_workers()} speaks")
        history = train(kill_at or None)
        losses = [history.step_loss, history.train_accuracy, history.validation_loss]
        (folder / f"{rank()}.json").write_text(json.dumps(losses), encoding="utf-8")
