"""
Is it right nine times in ten when it says so?
==============================================

Softmax gives out numbers that look like probabilities. Whether they are can be measured: among the
images that a network is sure of to nine tenths, count how many it reads right.

Chapter 9 measures this, and mends it with a temperature.
"""

# %%
# The same network, trained briefly and for long
# ----------------------------------------------
#
# 128 hidden neurons and 4,000 images of clothes; 4 epochs, and 40. A ``Calibration`` has the bins
# that the figure shows, and their mean distance from the diagonal.

import matplotlib.pyplot as plt

from dlbook import plotting
from dlbook.data import load
from dlbook.evaluation import calibration, probabilities
from dlbook.models import MLP
from dlbook.training import keras_rmsprop, train_and_test

plotting.use_style()
data = load("fashion_mnist")
print(data.provenance.describe())
inputs, labels = data.train.rows()
test_inputs, test_labels = data.test.rows()

found, rows = {}, []
for epochs in (4, 40):
    run = train_and_test(
        lambda: MLP(784, 128, 10),
        (inputs[:4000], labels[:4000]),
        (test_inputs, test_labels),
        optimizer=keras_rmsprop,
        epochs=epochs,
    )
    of_test = probabilities(run.model, test_inputs)
    found[epochs] = calibration(of_test, test_labels)
    sure = of_test.max(1).values.mean()
    rows.append([epochs, f"{sure:.3f}", f"{run.test.accuracy:.3f}", f"{found[epochs].error:.3f}"])
print(plotting.Table(["epochs", "mean confidence", "accuracy", "calibration error"], rows))

# %%
# The reliability diagram
# -----------------------
#
# The test images are sorted into ten bins by the confidence of the network, the largest of its
# probabilities. A bar shows the share of a bin's images that were read right; bins with fewer than
# 20 images are left out. Perfect bars would end on the diagonal. Hatched is what is between: on
# white the network was surer than right, on blue it was right more often than it said.

figure, axes = plt.subplots(1, 2, figsize=(plotting.WIDTH, 3.4), sharey=True)
for axis, (epochs, measured) in zip(axes, found.items(), strict=True):
    kept = measured.counts >= 20
    confidence, accuracy = measured.confidence[kept].numpy(), measured.accuracy[kept].numpy()
    axis.bar(confidence, accuracy, 0.08, color=plotting.COLORS["data"], alpha=0.75)
    axis.bar(
        confidence,
        confidence - accuracy,
        0.08,
        bottom=accuracy,
        color="none",
        edgecolor=plotting.COLORS["error"],
        hatch="////",
        linewidth=1,
    )
    axis.plot([0, 1], [0, 1], "--", color=plotting.COLORS["neutral"])
    axis.set(xlabel="confidence (fraction)", title=f"{epochs} epochs", xlim=(0.2, 1.05))
axes[0].set_ylabel("accuracy (fraction)")
plt.show()

# %%
# Longer training makes the network surer of most images. Where its accuracy grows less than its
# confidence, its probabilities come to promise more; whether they promised too little before or too
# much now, the calibration error in the table tells.

for epochs, measured in found.items():
    last = measured.counts[-1].item() / len(test_labels)
    print(
        f"{epochs} epochs: {last:.0%} of the images with a confidence above 0.9, "
        f"of these right: {measured.accuracy[-1]:.1%}"
    )

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["evaluation", "overfitting", "seconds"]
