"""
Which mistakes is the network sure of?
======================================

An accuracy hides its exceptions. The images that a network misreads while it is sure tell most:
look at each, and ask who is to blame, the writer, the network, or the label.

Chapter 9 looks for the worst mistakes of its networks, with digits and with clothes.
"""

# %%
# A network that reads digits
# ---------------------------
#
# One hidden layer of 100 neurons, five epochs, the learning rate along one cycle. A ``Recipe`` is
# all that a training run needs besides its data and its seed.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.evaluation import confusion_counts, probabilities, worst_mistakes
from dlbook.experiments.recipes import Recipe, flat_mlp
from dlbook.images import standardized
from dlbook.training import one_cycle

plotting.use_style()
data = load("mnist")
print(data.provenance.describe())
inputs, test_inputs = standardized(data.train.inputs[:12_000], data.test.inputs)
labels, test_labels = data.train.labels[:12_000], data.test.labels

recipe = Recipe(
    "784-100-10, Adam, one cycle to 5e-3",
    build=lambda: flat_mlp(784, 100, 10),
    optimizer=torch.optim.Adam,
    schedule=one_cycle(5e-3),
    epochs=5,
    batch_size=100,
)
run = recipe.run(((inputs, labels), (test_inputs, test_labels)), watch=False)
print(f"{recipe.words}: {run.test.accuracy:.1%} of {run.test.n_samples:,} test images read right")

# %%
# Sure and wrong
# --------------
#
# The twelve test images whose label got the least probability, the worst first: above each its
# label, what the network read, and how sure it was of that.

beliefs = probabilities(run.model, test_inputs)
confidence, read = beliefs.max(1)
worst = worst_mistakes(beliefs, test_labels, 12)
titles = [f"{test_labels[k]}, read {read[k]}\n{confidence[k]:.1%} sure" for k in worst.tolist()]
plotting.show_images(data.test.inputs[worst], titles, columns=4)
plt.show()

mistakes = (read != test_labels).sum().item()
sure = ((read != test_labels) & (confidence > 0.9)).sum().item()
print(f"{mistakes} mistakes, {sure} of them with a confidence above 0.9")

# %%
# Which digits it takes for which
# -------------------------------
#
# Every test image is counted in the row of its label and the column of what was read. The color
# shows only the mistakes.

plotting.confusion_matrix(confusion_counts(test_labels, read, 10), data.classes)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["images", "evaluation", "seconds"]
