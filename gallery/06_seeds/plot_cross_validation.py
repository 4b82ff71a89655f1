"""
Cross-validation tests every sample once
========================================

With few samples, a held-back part is small, and the accuracy on it depends on which samples are in
it. Cross-validation divides the samples into folds, and holds each of them back once.

Chapter 7 judges its network in this way.
"""

# %%
# Five folds
# ----------
#
# Each fold holds back a fifth of the grains, with equal shares of the varieties. The pipeline fits
# the scaling and the network anew in every fold, on the other four fifths: smallest and largest
# values of a grain that is held back are not known to it, and may scale to less than 0 or more
# than 1.

from statistics import fmean, stdev

import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from dlbook import plotting
from dlbook.data import load
from dlbook.experiments.wheat_seeds import PlainClassifier, five_folds

plotting.use_style()
data = load("seeds")
print(data.provenance.describe())
features, labels = data.train.inputs.double().numpy(), data.train.labels.numpy()

model = make_pipeline(MinMaxScaler(), PlainClassifier(passes=60, schedule="constant"))
folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(features, labels))
right, accuracies = {}, []
for number, (learning, held_back) in enumerate(folds, start=1):
    model.fit(features[learning], labels[learning])
    right[number] = model.predict(features[held_back]) == labels[held_back]
    accuracies.append(float(right[number].mean()))
    scaled = model[0].transform(features[held_back])
    print(
        f"fold {number}: {len(learning)} grains to learn from, {len(held_back)} held back; held "
        f"back and beyond 0..1: {((scaled < 0) | (scaled > 1)).any(axis=1).sum()}"
    )

# %%
# Who was held back when
# ----------------------
#
# A mark for every grain in the fold that tests it; a cross where the network named a wrong variety.
# At the right stands the accuracy of the fold.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 2.9))
for number, (_, held_back) in enumerate(folds, start=1):
    correct = right[number]
    axis.axhspan(number - 0.36, number + 0.36, color=plotting.COLORS["train"], alpha=0.12, lw=0)
    ends = number - 0.36, number + 0.36
    axis.vlines(held_back[correct], *ends, color=plotting.COLORS["data"], linewidth=1.3)
    wrong = held_back[~correct]
    axis.vlines(wrong, *ends, color=plotting.COLORS["error"], linewidth=1.3)
    axis.plot(wrong, [number] * len(wrong), "X", color=plotting.COLORS["error"], markersize=8)
    axis.text(len(labels) + 4, number, f"{accuracies[number - 1]:.3f}", va="center")
axis.set(xlabel="number of the grain", ylabel="fold", xlim=(-1, len(labels)), ylim=(5.6, 0.4))
axis.set_yticks(range(1, 6))
axis.grid(visible=False)
plt.show()
print(f"mean of the five folds {fmean(accuracies):.3f}, standard deviation {stdev(accuracies):.3f}")

# %%
# Another shuffling
# -----------------
#
# The folds were drawn at random. Thirty draws show what depends on the draw; a baseline without
# hidden neurons, which is quick to fit, is enough to see it. A single fold may tell one story or
# another. The mean of five, which has tested every grain, spreads less, but it spreads.

baseline = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=1000))
single, means = [], []
for seed in range(30):
    draw = StratifiedKFold(5, shuffle=True, random_state=seed)
    single += cross_val_score(baseline, features, labels, cv=draw).tolist()
    means.append(five_folds(baseline, features, labels, seed=seed))
plotting.dots({"single folds": single, "means of five": means}, x="accuracy (fraction)")
plt.show()
print(f"standard deviation: single folds {stdev(single):.3f}, means of five {stdev(means):.3f}")

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["data", "evaluation", "seconds"]
