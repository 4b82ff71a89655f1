"""
Freeze the body, train a new head
=================================

A network that has seen a million photographs turns an image into features that serve other classes
too. So its body can stand still while a new head of one dense layer learns to tell ants from bees.
Nothing in the body changes, so each image has to pass through it only once.

Chapter 13 measures what this transfer brings.
"""

# %%
# A body that stands still
# ------------------------
#
# ``pretrained`` gives a network with its weights, ``with_new_head`` copies its body into a
# ``Classifier`` with a head of random weights. A frozen body gets no gradients, and it stays in
# evaluation mode, so that its batch normalization does not move either. The ``Pretrained`` network
# brings its ``Preprocess`` along: images have to come as in its own training.

import matplotlib.pyplot as plt
import torch

from dlbook import plotting
from dlbook.data import load
from dlbook.efficientnet import MBConv, SamePadding
from dlbook.evaluation import evaluate, probabilities
from dlbook.experiments.ants_and_bees import draw_rows
from dlbook.features import cached_features
from dlbook.models import count_parameters
from dlbook.training import fit
from dlbook.transfer import fine_tune_groups, freeze, pretrained, split, unfreeze, with_new_head

plotting.use_style()
data = load("hymenoptera")
print(data.provenance.describe())

network = pretrained("efficientnet_lite0")
torch.manual_seed(0)
classifier = with_new_head(network.model, n_classes=2)
print(f"parameters of {network.name} with a new head: {count_parameters(classifier):,}")
freeze(classifier.body)
print(f"those that learn after freezing: {count_parameters(classifier):,}")
for kind in (MBConv, SamePadding, torch.nn.BatchNorm2d):
    n_parts = sum(isinstance(part, kind) for part in classifier.body.modules())
    print(f"{kind.__name__:11} in the body: {n_parts}")

# %%
# Features once, then the head
# ----------------------------
#
# ``split`` gives the body as a ``Backbone``, together with the way in which its weights want images
# prepared. ``cached_features`` sends the images through it, and keeps the result in a file for the
# next time. The head learns from these rows of numbers as if they were the data.

backbone = split(classifier, network.preprocess)
train_rows = draw_rows(data.train.labels, per_class=50, seed=0)
test_rows = draw_rows(data.test.labels, per_class=30, seed=0)
train_labels, test_labels = data.train.labels[train_rows], data.test.labels[test_rows]
train_features = cached_features(backbone, data.train.inputs[train_rows])
test_features = cached_features(backbone, data.test.inputs[test_rows])
print("features of the training images:", tuple(train_features.shape))

head = classifier.head
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
fit(head, train_features, train_labels, optimizer=optimizer, epochs=30, batch_size=32)
result = evaluate(head, test_features, test_labels)
print(f"test accuracy on {data.title}: {result.accuracy:.3f}")

# %%
# From the surest ants to the surest bees
# ---------------------------------------
#
# Above each test image stands its label, and the probability of a bee. First row: the images that
# the network takes for ants with the least doubt. Second row: those that it doubts most. Third
# row: those that it takes for bees with the least doubt.

bee = probabilities(head, test_features)[:, 1]
order = bee.argsort()
doubtful = (bee - 0.5).abs().argsort()[:4]
shown = torch.cat([order[:4], doubtful[bee[doubtful].argsort()], order[-4:]])
plotting.show_images(
    data.test.inputs[test_rows[shown]][..., ::2, ::2],  # every second pixel is enough here
    titles=[f"{data.classes[test_labels[k]]} {bee[k]:.2f}" for k in shown],
    columns=4,
)
plt.show()

# %%
# And then?
# ---------
#
# With a trained head in place, the body may learn too, but slowly: ``unfreeze`` lets it move, and
# ``fine_tune_groups`` gives it a learning rate of its own.

unfreeze(classifier.body)
groups = fine_tune_groups(classifier, head_rate=1e-3, body_rate=1e-4)
for name, group in zip(("head", "body"), groups, strict=True):
    n_parameters = sum(parameter.numel() for parameter in group["params"])
    print(f"{name}: {n_parameters:>9,} parameters, learning rate {group['lr']:g}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["transfer", "half a minute"]
