"""
A recorded run remembers how it was made
========================================

Some results take too long to compute in an example. They were computed once, with several seeds,
and kept as a record: its numbers together with the recipe, the data, the versions and a digest of
the code that made them.

Chapter 1 shows this record beside a run of its own.
"""

# %%
# What a record holds
# -------------------
#
# ``load_record`` reads one of the records that come with the library; in a checkout they lie in
# the ``records_folder``. A ``Record`` has one number a seed for each metric, so a mean can be
# printed with its spread. A ``Claim`` of the book may rest on one as on a data set, because it is a
# ``HasProvenance`` too: it has an ``Origin``, with the title and the tier of its data.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from dlbook import plotting
from dlbook.digest import closure, closure_digest, digest, versions
from dlbook.records import load_record, make_record, read_record, write_record

plotting.use_style()
record = load_record("first_network")
print(f"accuracy {record.mean('accuracy'):.4f}, sd {record.sd('accuracy'):.4f}, {record.n} seeds")
print("data:", record.title, "| machine:", record.machine, "| versions:", record.versions)
print("recipe:", record.settings)

# %%
# All seeds are drawn, not only their mean.

figure, axis = plt.subplots(figsize=(plotting.WIDTH, 3.2))
for part, color in (("train", "train"), ("test", "test")):
    for seed, curve in zip(record.seeds, record.curve[f"{part}_accuracy"], strict=True):
        label = part if seed == record.seeds[0] else None
        passes = range(1, len(curve) + 1)
        axis.plot(passes, curve, "o-", color=plotting.COLORS[color], alpha=0.6, label=label)
axis.set(xlabel="epoch", ylabel="accuracy (fraction)", xticks=list(passes))
axis.legend()
plt.show()

# %%
# Is it still true?
# -----------------
#
# The digest is of the ``closure``: the module that made the record with all that it imports from
# the library. If it differs today, the code has changed since, and the record is out of date.

module = "dlbook.experiments.first_network"
print(len(closure(f"import {module}")), "files,", "digest", closure_digest(module), end=": ")
print("up to date" if closure_digest(module) == record.digest else "the code has changed since")
print("with the versions here:", digest(closure(f"import {module}"), versions()))

# %%
# A record of one's own
# ---------------------
#
# ``make_record`` notes versions and machine by itself; ``write_record`` keeps the record as a file
# that ``read_record`` reads again. What is not finite, or has not one value a seed, is refused.
# ``record_recipes`` does all of it for a list of recipes and seeds: it wants ``Samples``, training
# and test tensors, and may take a further ``Measure`` of each trained network.

try:
    make_record(
        "mine", settings={}, seeds=[0, 1], metrics={"accuracy": [0.9]}, curve={}, data=record
    )
except ValueError as error:
    print("ValueError:", error)
with tempfile.TemporaryDirectory() as folder:
    print("unchanged:", read_record(write_record(record, Path(folder))) == record)

# sphinx_gallery_thumbnail_number = 1
# sphinx_gallery_tags = ["data", "evaluation", "instant"]
