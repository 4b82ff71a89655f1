"""Several processes train one network: each takes a part of every batch, gradients are summed.

The processes, here called workers, are started by ``torchrun``; each runs the same script and calls
the same `dlbook.training.fit` inside `workers`. After every backward pass they add their gradients
up, so that all of them take the same step, the one that a single process would have taken with the
whole batch. Chapter 14, "Scale and speed", measures what is gained. Without ``torchrun`` there is
one worker, and everything here does nothing.
"""

import contextlib
import os
import signal
import warnings
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Never

import torch
import torch.distributed as dist
from torch import Tensor, nn

PATIENCE = timedelta(minutes=5)
"""How long a worker waits for another one that is alive but does not answer."""


class WorkerLostError(RuntimeError):
    """Another worker has ended, so that this one cannot go on."""


@contextlib.contextmanager
def workers() -> Iterator[torch.device]:
    """Join the workers that ``torchrun`` started, and leave them in the end.

    Yields
    ------
    torch.device
        Where this worker should keep its model and data: a GPU of its own if there are any, joined
        by NCCL; otherwise the CPU, joined by Gloo.

    Raises
    ------
    RuntimeError
        If the process belongs to a group already.

    Notes
    -----
    Only the first worker prints and warns: the others' standard output goes nowhere. Errors of all
    of them are shown. A worker that ``torchrun`` ends because another one failed says so.
    """
    if dist.is_initialized():
        raise RuntimeError("this process has joined a group of workers already")
    on_gpu = torch.cuda.is_available()
    if "RANK" not in os.environ:
        yield torch.device("cuda" if on_gpu else "cpu")
        return
    device = torch.device("cpu")
    if on_gpu:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if on_gpu else "gloo", timeout=PATIENCE)
    handler = signal.signal(signal.SIGTERM, _ended)
    with contextlib.ExitStack() as stack:
        stack.callback(dist.destroy_process_group)
        stack.callback(signal.signal, signal.SIGTERM, handler)
        if rank() > 0:
            nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        yield device


def _ended(_signal: int, _frame: FrameType | None) -> Never:
    """Say why this worker ends: ``torchrun`` sends the signal when another one failed."""
    raise WorkerLostError(_lost())


def _lost() -> str:
    return (
        f"worker {rank()} of {n_workers()} stops: another worker has ended. Look for its own error "
        "above; then start all of them again. With a checkpoint, training goes on where it was"
    )


def rank() -> int:
    """Return the number of this worker.

    Returns
    -------
    int
        Counted from 0; 0 where there is only one.
    """
    return dist.get_rank() if dist.is_initialized() else 0


def n_workers() -> int:
    """Return the number of workers.

    Returns
    -------
    int
        1 outside `workers`.
    """
    return dist.get_world_size() if dist.is_initialized() else 1


def share(batch: Tensor) -> Tensor:
    """Take this worker's part of a batch: every n-th row, n being the number of workers.

    Parameters
    ----------
    batch
        The whole batch, shape (N, ...), the same in all workers.

    Returns
    -------
    Tensor
        Shape (M, ...); over all workers each row occurs once.

    Examples
    --------
    >>> share(torch.tensor([1, 2, 3])).tolist()  # alone, a worker takes everything
    [1, 2, 3]
    """
    return batch[rank() :: n_workers()]


def copy_from_first(model: nn.Module) -> None:
    """Give all workers the parameters and buffers of the first one.

    Parameters
    ----------
    model
        Of the same architecture everywhere. Changed in place.
    """
    if n_workers() > 1:
        with torch.no_grad():
            for value in model.state_dict().values():
                dist.broadcast(value, src=0)


def sum_over_workers(values: Sequence[Tensor]) -> None:
    """Replace each tensor by its sum over all workers.

    Parameters
    ----------
    values
        Floating-point tensors of one dtype and device, of the same shapes in all workers. Changed
        in place.

    Raises
    ------
    WorkerLostError
        If another worker has ended.

    Notes
    -----
    They travel as one long vector: many small messages would cost more than one large one.
    """
    if n_workers() == 1:
        return
    vector = torch.cat([value.detach().reshape(-1) for value in values])
    try:
        dist.all_reduce(vector)
    except RuntimeError as error:
        raise WorkerLostError(_lost()) from error
    parts = torch.split(vector, [value.numel() for value in values])
    with torch.no_grad():
        for value, part in zip(values, parts, strict=True):
            value.copy_(part.view_as(value))
