"""
Train too long, and the validation loss rises
=============================================

A large network learns a few noisy points by heart: the training loss goes on falling while the loss
on other points rises. Early stopping notices that, and gives the network the weights back that it
had when the validation loss was lowest.

Chapter 8 compares early stopping with other cures.
"""

# %%
# Few points, many weights
# ------------------------
#
# 60 points to train on, 200 to watch, 2,000 to judge by in the end. The ``History`` that ``fit``
# returns has the losses of every epoch; ``evaluate`` returns an ``Evaluation``.

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import make_moons

from dlbook import plotting
from dlbook.evaluation import evaluate
from dlbook.models import MLP, count_parameters
from dlbook.training import fit

plotting.use_style()
points, labels = make_moons(2260, noise=0.35, random_state=0)
points, labels = torch.tensor(points).float(), torch.tensor(labels)
train, validation, test = zip(
    points.split([60, 200, 2000]), labels.split([60, 200, 2000]), strict=True
)

runs = {}
for name, patience in {"120 epochs": None, "stopped early": 20}.items():
    torch.manual_seed(0)
    model = MLP(2, 128, 128, 2)
    history = fit(
        model,
        *train,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.003),
        epochs=120,
        batch_size=20,
        validation=validation,
        patience=patience,
    )
    runs[name] = model, history
print(f"{count_parameters(model):,} parameters for {len(train[0])} points")

# %%
# The losses part
# ---------------
#
# The dotted line marks the epoch with the lowest validation loss. The accuracy shows the harm less
# clearly than the loss: answers that were wrong before are now wrong and sure.

history = runs["120 epochs"][1]
figure = plotting.learning_curves(history)
for axis in figure.axes:
    axis.axvline(history.best_epoch, color=plotting.COLORS["error"], linestyle=":", label="best")
    axis.set_xticks([0, 40, 80, 120])
    for line in axis.lines:
        line.set_marker("")
figure.axes[0].get_legend().remove()
figure.legend(handles=figure.axes[0].lines, loc="outside upper center", ncols=3)
plt.show()

# %%
# Stopped early
# -------------
#
# ``patience=20`` waits for twenty epochs without a new lowest validation loss. The weights that the
# model has in the end are those of the best epoch, not those of the last.

stopped, history = runs["stopped early"]
print(f"stopped after {len(history.train_loss)} epochs, the best was epoch {history.best_epoch}")
print(f"its validation loss then: {min(history.validation_loss):.4f}")
print(f"and of the model now:     {evaluate(stopped, *validation).loss:.4f}")

rows = []
for name, (model, _) in runs.items():
    on_train, on_test = evaluate(model, *train), evaluate(model, *test)
    losses = [f"{result.loss:.3f}" for result in (on_train, on_test)]
    rows.append([name, *losses, f"{on_test.accuracy:.3f}"])
print(plotting.Table(["training", "training loss", "test loss", "test accuracy"], rows))

# %%
# The border shows what was learned by heart: pockets around single points.

plotting.decision_boundaries({name: run[0] for name, run in runs.items()}, *train, columns=2)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["overfitting", "classification", "seconds"]
