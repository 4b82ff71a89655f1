"""
Good features need few labels
=============================

Labels are what costs most: a person has to look at every image. A linear layer on raw pixels needs
many of them. The same layer on the features of a pretrained network may need only a handful.

Chapter 13 asks how many images are enough.
"""

# %%
# Two views of an image
# ---------------------
#
# A ``Backbone`` is a body, the width of its features, and the way to prepare images for it. The
# first one is EfficientNet-Lite0 without its head. The second does nothing but flatten a
# small version of the image: its features are pixels.

from functools import partial
from statistics import fmean

import matplotlib.pyplot as plt
from torch import nn

from dlbook import plotting
from dlbook.data import load
from dlbook.efficientnet import load_lite0, prepare_lite0
from dlbook.experiments.ants_and_bees import draw_rows, probe, small_images
from dlbook.features import features_of
from dlbook.transfer import Backbone, split

plotting.use_style()
data = load("hymenoptera")
print(data.provenance.describe())

side = 24
backbones = {
    "pretrained features": split(load_lite0(), prepare_lite0),
    "pixels": Backbone(nn.Flatten(), 3 * side**2, partial(small_images, side=side)),
}
for name, backbone in backbones.items():
    print(f"{name:19} {backbone.n_features:,} numbers for an image")

# %%
# One layer, more and more labels
# -------------------------------
#
# 32 images of each class are drawn to learn from, and 32 others to test on; only these pass
# through the networks. ``probe`` trains one dense layer. Each number of labels is tried five times,
# with other first weights and, as long as not all are taken, with other images.

per_class, sizes, seeds = 32, [1, 2, 4, 8, 16, 32], range(5)
train_rows = draw_rows(data.train.labels, per_class, seed=0)
test_rows = draw_rows(data.test.labels, per_class, seed=0)
train_labels, test_labels = data.train.labels[train_rows], data.test.labels[test_rows]

accuracies = {}
for name, backbone in backbones.items():
    train = features_of(backbone, data.train.inputs[train_rows])
    test = features_of(backbone, data.test.inputs[test_rows])
    accuracies[name] = []
    for size in sizes:
        runs = []
        for seed in seeds:
            drawn = draw_rows(train_labels, size, seed)
            learn = train[drawn], train_labels[drawn]
            runs.append(probe(learn, (test, test_labels), seed=seed, epochs=40).test.accuracy)
        accuracies[name].append(runs)
    print(name, [f"{fmean(runs):.2f}" for runs in accuracies[name]])

# %%
# The lines join the means of the five runs, the bands reach from the worst run to the best. Half of
# the test images are ants, so that guessing gives one half. The network learned its features from
# ImageNet, which has ants and bees among its classes: for other classes they may be worse.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.6))
looks = {"pretrained features": ("weights", "o-"), "pixels": ("data", "s-")}
for name, (color, line) in looks.items():
    means = [fmean(runs) for runs in accuracies[name]]
    worst, best = ([pick(runs) for runs in accuracies[name]] for pick in (min, max))
    axis.plot(sizes, means, line, color=plotting.COLORS[color], label=name)
    axis.fill_between(sizes, worst, best, color=plotting.COLORS[color], alpha=0.2, linewidth=0)
axis.axhline(0.5, color=plotting.COLORS["neutral"], linestyle="--", label="guessing")
axis.set_xscale("log")
axis.set_xticks(sizes, [str(size) for size in sizes])
axis.minorticks_off()
axis.set(xlabel="labeled images of each class (log scale)", ylabel="test accuracy (fraction)")
figure.legend(loc="outside upper center", ncols=3)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["transfer", "half a minute"]
