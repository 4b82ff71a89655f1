"""
In training mode, dropout answers anew each time
================================================

Dropout sets hidden activations to zero at random while a network trains. Whoever forgets to switch
to evaluation mode afterwards gets answers from a network with holes, other ones at every call.

Chapter 8 shows what dropout is good for, and this mistake among others.
"""

# %%
# A network with dropout
# ----------------------
#
# Half of the hidden activations are dropped in every step of the training.

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_moons

from dlbook import plotting
from dlbook.evaluation import confusion_counts
from dlbook.models import MLP, mode
from dlbook.training import train_and_test

plotting.use_style()
points, labels = make_moons(1400, noise=0.15, random_state=0)
points, labels = torch.tensor(points).float(), torch.tensor(labels)
test = points[400:], labels[400:]
model, _, result = train_and_test(
    lambda: MLP(2, 64, 64, 2, dropout=0.5),
    (points[:400], labels[:400]),
    test,
    optimizer=lambda parameters: torch.optim.Adam(parameters, lr=0.005),
    epochs=40,
    batch_size=50,
)
print(f"test accuracy, in evaluation mode as it should be: {result.accuracy:.3f}")

# %%
# Four maps of one network
# ------------------------
#
# In training mode each point of the map is judged by a network with other holes, so that the border
# frays, and does so differently in the next call. The mean over many calls has a smooth
# border again. Evaluation mode drops nothing and comes close to that mean in one call.


def with_holes(plane, n_calls=1):
    """Return the mean probability of class 1 in training mode."""
    with mode(model, training=True), torch.no_grad():
        return sum(model(plane).softmax(1)[:, 1] for _ in range(n_calls)) / n_calls


def without_holes(plane):
    """Return the probability of class 1 in evaluation mode."""
    with mode(model, training=False), torch.no_grad():
        return model(plane).softmax(1)[:, 1]


torch.manual_seed(0)
maps = {
    "training mode, a call": with_holes,
    "training mode, the next": with_holes,
    "mean of 50 calls": lambda plane: with_holes(plane, 50),
    "evaluation mode": without_holes,
}
plotting.decision_boundaries(maps, points[:150], labels[:150], columns=2)
plt.show()

# %%
# What the mistake costs
# ----------------------
#
# The same test points, three calls in training mode and one in evaluation mode.

inputs, truth = test
said = {f"call {number} in training mode": with_holes(inputs) > 0.5 for number in (1, 2, 3)}
said["evaluation mode"] = without_holes(inputs) > 0.5
for name, answers in said.items():
    wrong = confusion_counts(truth, answers.long(), 2).fill_diagonal_(0).sum()
    print(f"{name:23} {wrong} of {len(truth)} points on the wrong side")
first, second, *_ = said.values()
print("from call 1 to call 2 change sides:", int((first != second).sum()), "points")
gap = (with_holes(inputs, 50) - without_holes(inputs)).abs().mean()
print(f"mean of 50 calls and evaluation mode: probabilities {gap:.3f} apart on average")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["overfitting", "classification", "seconds"]
