"""
Two processes take the steps of one
===================================

The gradient of a batch is a mean over its samples, and a sum may be taken in parts. So two
processes can share every batch, add up their gradients, and take the step that a single one would
have taken.

Chapter 14 measures what that gains.
"""

# %%
# One script for any number
# -------------------------
#
# ``workers`` joins the processes, ``share`` gives each its part of the batch, and
# ``sum_over_workers`` adds up what they computed. Without ``torchrun`` there is one worker, and
# these do nothing. Numbers have 64 bits, so that rounding stays small. Each has its ``rank`` among
# ``n_workers``, and ``copy_from_first`` gives all the same weights.

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.distributed import PATIENCE, WorkerLostError

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())

script = """
import json
from pathlib import Path
import torch
from torch.nn.functional import cross_entropy
from dlbook.distributed import copy_from_first, n_workers, rank, share, sum_over_workers, workers
from dlbook.models import MLP

folder = Path(__file__).parent
images, labels = torch.load(folder / "digits.pt")
batches = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).split(32)
losses = []
with workers():
    torch.manual_seed(rank())  # each worker draws weights of its own ...
    model = MLP(784, 64, 10).double()
    copy_from_first(model)  # ... and takes over those of the first
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    for batch in batches:
        mine = share(batch)
        loss = cross_entropy(model(images[mine]), labels[mine])
        optimizer.zero_grad()
        (loss * len(mine) / len(batch)).backward()
        seen = torch.zeros(n_workers(), dtype=torch.float64)
        seen[rank()] = loss.detach()
        sum_over_workers([seen, *(parameter.grad for parameter in model.parameters())])
        optimizer.step()
        losses.append(seen.tolist())
    if rank() == 0:
        (folder / "losses.json").write_text(json.dumps(losses))
"""

# %%
# Run it alone and in two
# -----------------------
#
# Alone, the script runs as it is; two workers are started by ``torchrun``, the module
# ``torch.distributed.run``. They talk over the machine's own loopback interface, on its processors.
# Should one die, ``torchrun`` starts both again, at most twice.

torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
with TemporaryDirectory() as name:
    folder, path = Path(name), Path(name, "train.py")
    path.write_text(script, encoding="utf-8")
    inputs = data.train.inputs[:960].flatten(1).double() / 255
    torch.save((inputs, data.train.labels[:960]), folder / "digits.pt")
    alone = torch.tensor(runpy.run_path(str(path))["losses"], dtype=torch.float64)
    outcome = subprocess.run(
        [*torchrun, "--max-restarts=2", path],
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=PATIENCE.total_seconds(),
    )
    if outcome.returncode:
        raise WorkerLostError(outcome.stderr[-3000:])
    halves = torch.tensor(json.loads((folder / "losses.json").read_text()), dtype=torch.float64)

# %%
# Step for step
# -------------
#
# Each worker has another half of the batch, and so another loss. Their mean is the loss that one
# process finds for the whole batch, in every step.

alone, together = alone.mean(dim=1), halves.mean(dim=1)
print(f"largest difference in {len(alone)} steps: {(alone - together).abs().max():.0e}")

steps = list(range(1, len(alone) + 1))
figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.8))
axis.vlines(steps, halves.amin(1).numpy(), halves.amax(1).numpy(), color="silver", linewidth=1)
for worker, (marker, color) in enumerate((("^", "gradient"), ("v", "weights"))):
    look = {"color": plotting.COLORS[color], "markersize": 4, "label": f"half of worker {worker}"}
    axis.plot(steps, halves[:, worker].tolist(), marker, **look)
axis.plot(steps, alone.tolist(), color=plotting.COLORS["train"], label="one process")
look = {"color": plotting.COLORS["data"], "fillstyle": "none", "label": "two processes"}
axis.plot(steps, together.tolist(), "o", **look)
axis.set(xlabel="step", ylabel="loss of the batch (nats)")
axis.legend()
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["speed", "half a minute"]
