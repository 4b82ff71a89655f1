"""
One step at a time, with every seed
===================================

Seven convolutions are to be improved step by step: each step keeps what came before and adds
something. A gain counts only if it is larger than the luck of the seed, so each step was run with
several seeds, and not every step gained.

Chapter 12 explains every step.
"""

# %%
# The record
# ----------
#
# These runs take longer than an example may. They were made once, with ``nox -s record``, and are
# kept with their settings, seeds and versions.

from itertools import pairwise

import matplotlib.pyplot as plt

from dlbook import plotting
from dlbook.experiments.cnn_steps import STEPS
from dlbook.models import Residual, describe
from dlbook.records import load_record

plotting.use_style()
record = load_record("cnn_steps")
print(f"{record.title}, seeds {record.seeds}, {record.machine}, PyTorch {record.versions['torch']}")

words = {
    "plain": "plain",
    "normalized": "batch\nnorm",
    "residual": "residual\nblocks",
    "scheduled": "schedule,\ndecay",
    "smoothed": "label\nsmoothing",
    "augmented": "augmen-\ntation",
    "augmented_6": "six\nepochs",
}
for name in words:
    print(f"{name:12} {record.settings[name]['recipe']}")

# %%
# The stairs
# ----------
#
# A thin line is one seed, with a dot for each of its runs; the steps of the stairs are the means.
# Luck seldom makes all seeds go the same way by much. Where lines cross, the seed decides which run
# is ahead.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.9))
accuracies = [record.metrics[f"accuracy_{name}"] for name in words]
for values in zip(*accuracies, strict=True):
    axis.plot(range(len(words)), values, "o-", color=plotting.COLORS["test"], lw=1, alpha=0.6)
means = [record.mean(f"accuracy_{name}") for name in words]
edges = [place - 0.5 for place in range(len(words) + 1)]
axis.stairs(means, edges, color=plotting.COLORS["data"], lw=3, alpha=0.5, baseline=None)
for place, mean in enumerate(means):
    label = {"ha": "center", "color": plotting.COLORS["data"], "fontsize": 10}
    axis.text(place, 1.02, f"{mean:.1%}", transform=axis.get_xaxis_transform(), **label)
axis.set(xlim=(-0.6, len(words) - 0.4), ylabel="test accuracy (fraction)")
axis.set_xticks(range(len(words)), list(words.values()), fontsize=8)
axis.grid(visible=False, axis="x")
plt.show()

# %%
# What each step gained
# ---------------------
#
# The difference from the step before, seed by seed. A row with all its dots on one side of the
# line is a gain or a loss with every seed.

gains = {
    words[after].replace("-\n", "").replace("\n", " "): [
        b - a
        for a, b in zip(
            record.metrics[f"accuracy_{before}"], record.metrics[f"accuracy_{after}"], strict=True
        )
    ]
    for before, after in pairwise(words)
}
figure = plotting.dots(gains, x="gain in test accuracy (fraction)", color="weights")
figure.axes[0].axvline(0, color=plotting.COLORS["neutral"], linestyle=":")
plt.show()

for name, values in gains.items():
    print(f"{name:16} gained with {sum(value > 0 for value in values)} of {record.n} seeds")

# %%
# What a step costs
# -----------------
#
# Normalization replaces each bias of a convolution by two numbers; a residual block has no
# parameters of its own. The other steps change the training, not the network.

for name in ("plain", "normalized", "residual", "augmented"):
    network = STEPS[name].build()
    n_blocks = sum(isinstance(part, Residual) for part in network.modules())
    size = describe(network, (3, 32, 32))
    print(
        f"{name:12} {n_blocks} residual blocks, {size.n_parameters:,} parameters, "
        f"{size.multiply_adds:,} multiply-adds"
    )

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["evaluation", "instant"]
