"""
The border bends while training goes on
=======================================

A network begins with a simple border and bends it step by step. Two spiral arms need many bends, so
that one can watch: six moments of one training run, each kept in a checkpoint.

Chapter 8 has three arms, and rings and heaps of points.
"""

# %%
# Train, and keep moments
# -----------------------
#
# Each call of ``fit`` goes on where the one before stopped, because model, optimizer and schedule
# are the same objects. After each, the weights go into a file of their own. The schedule comes from
# ``one_cycle``, a ``ScheduleFactory``: it wants an optimizer and the number of updates. A
# checkpoint is a ``State``, a dictionary of tensors and numbers.

import tempfile
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.checkpoints import load_checkpoint, save_checkpoint
from dlbook.models import MLP
from dlbook.training import fit, one_cycle

plotting.use_style()
chance = torch.Generator().manual_seed(0)
labels = torch.arange(400) % 2
radius = torch.rand(400, generator=chance).sqrt()
angle = torch.pi * (labels + 3 * radius)
points = radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
points += 0.02 * torch.randn(400, 2, generator=chance)

moments, batch_size = (0, 5, 10, 20, 40, 100), 20
steps_per_epoch = len(points) // batch_size
torch.manual_seed(0)
model = MLP(2, 32, 32, 2)
optimizer = torch.optim.Adam(model.parameters())
schedule = one_cycle(0.01)(optimizer, moments[-1] * steps_per_epoch)

losses = []
folder = tempfile.TemporaryDirectory()
for before, epoch in pairwise((0, *moments)):
    if epoch > 0:
        history = fit(
            model,
            points,
            labels,
            optimizer=optimizer,
            schedule=schedule,
            epochs=epoch - before,
            batch_size=batch_size,
            seed=epoch,
        )
        losses += history.train_loss
    save_checkpoint(Path(folder.name, f"{epoch}.pt"), model.state_dict(), run={"epoch": epoch})
print(f"{len(losses)} epochs, {len(moments)} checkpoints")

# %%
# Six moments
# -----------
#
# From each file comes back the network of that moment. ``load_checkpoint`` compares what ``run``
# says with what was saved, and refuses the file of another run.

stages = {}
for epoch in moments:
    stage = MLP(2, 32, 32, 2)
    stage.load_state_dict(load_checkpoint(Path(folder.name, f"{epoch}.pt"), run={"epoch": epoch}))
    stages[f"{epoch} epochs"] = stage
try:
    load_checkpoint(Path(folder.name, "5.pt"), run={"epoch": 10})
except ValueError as error:
    print(str(error).split(" (")[1].split(")")[0])
folder.cleanup()

plotting.decision_boundaries(stages, points, labels)
plt.show()

# %%
# What the loss shows of it
# -------------------------
#
# The mean loss of each epoch; the dots are the moments of the maps. Between the last two maps the
# border moves little. The loss still falls, because the network becomes surer.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 2.8))
axis.semilogy(range(1, len(losses) + 1), losses, color=plotting.COLORS["train"])
seen = moments[1:]
axis.semilogy(seen, [losses[epoch - 1] for epoch in seen], "o", color=plotting.COLORS["weights"])
axis.set(xlabel="epochs", ylabel="training loss (nats)")
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["classification", "optimization", "seconds"]
