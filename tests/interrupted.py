"""A short training run that kills its own process at a given batch: for test_checkpoints.py."""

import os
import signal
import sys
from pathlib import Path

import torch
from torch import Tensor

from dlbook.models import MLP
from dlbook.training import History, fit, one_cycle


def train(checkpoint: Path | None = None, kill_at: int | None = None) -> tuple[MLP, History]:
    """Train with everything that has a state: dropout, Adam, a schedule, noise, early stopping."""
    inputs = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    labels = (inputs[:, 0] > 0).long()
    torch.manual_seed(0)
    model = MLP(4, 16, 2, dropout=0.3)
    optimizer = torch.optim.Adam(model.parameters())
    n_batches = 0

    def augment(batch: Tensor, generator: torch.Generator) -> Tensor:
        nonlocal n_batches
        n_batches += 1
        if n_batches == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return batch + 0.1 * torch.randn(batch.shape, generator=generator)

    history = fit(
        model,
        inputs,
        labels,
        optimizer=optimizer,
        schedule=one_cycle(0.02)(optimizer, 8 * 6),
        augment=augment,
        validation=0.2,
        patience=7,
        epochs=8,
        batch_size=8,
        checkpoint=checkpoint,
    )
    return model, history


if __name__ == "__main__":
    train(Path(sys.argv[1]), int(sys.argv[2]))
