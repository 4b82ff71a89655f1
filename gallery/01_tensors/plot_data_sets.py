"""
Five data sets come in one shape of answer
==========================================

Digits, clothes, photographs, insects and grains of wheat: whatever a data set holds, ``load``
returns tensors, labels and class names, and says where they came from.

Chapter 1 looks at the first of them closely.
"""

# %%
# What is at hand
# ---------------
#
# ``resolve`` tells which copy of a set would be used, without reading it: a local folder, the
# cache, the network, or a stand-in that the library draws; ``fetch`` brings one from the network
# into the cache. Its ``Provenance`` has a digest that changes when a file does. A damaged file
# raises a ``DataError`` that names it; no other copy slips in unseen.

import matplotlib.pyplot as plt

from dlbook import plotting
from dlbook.data import DATASETS, load, resolve

plotting.use_style()
for name in DATASETS:
    provenance = resolve(name)
    print(f"{name:14} {provenance.tier:8} digest {provenance.digest[:8]}")

# %%
# One form for all
# ----------------
#
# ``train`` and ``test`` are each a ``Split``: inputs, and labels as whole numbers. Images are
# 8-bit, in the order (N, C, H, W). The grains are a table, with one row of measurements each, and
# have no test samples: chapter 7 cross-validates.

sets = {name: load(name) for name in DATASETS}
for data in sets.values():
    shapes = [tuple(split.inputs.shape) for split in (data.train, data.test)]
    print(
        f"{data.provenance.title}: train {shapes[0]}, test {shapes[1]}, {len(data.classes)} classes"
    )

# %%
# One sample of each of two classes, and the measurements of two grains.

figure, axes = plt.subplots(2, len(sets), figsize=(plotting.WIDTH, 3.4))
for column, data in zip(axes.T, sets.values(), strict=True):
    for axis, label in zip(column, (0, 1), strict=True):
        sample = data.train.inputs[(data.train.labels == label).nonzero()[0, 0]]
        if sample.ndim == 1:
            axis.barh(range(len(sample)), sample.numpy(), color=plotting.COLORS["data"])
            axis.set(yticks=[], xlabel="mm, mm² or 1" if label else None)
        else:
            picture = sample.permute(1, 2, 0).numpy()
            axis.imshow(picture, cmap="gray_r" if sample.shape[0] == 1 else None)
            axis.set(xticks=[], yticks=[])
        axis.grid(visible=False)
        axis.set_title(data.classes[label], fontsize=10)
plt.show()

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["data", "half a minute"]
