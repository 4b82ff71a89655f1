"""The network of `large_maps` with two further seeds, tested on six views of each image."""

from dlbook.data import load
from dlbook.experiments.cut_out import measure
from dlbook.experiments.large_maps import LARGE_MAPS
from dlbook.experiments.photographs import samples
from dlbook.experiments.recipes import record_recipes
from dlbook.records import Record


def six_views(epochs: int | None = None) -> Record:
    """Train the network with two seeds that `large_maps` does not use.

    Parameters
    ----------
    epochs : int, optional
        Train for so many epochs, for a trial.

    Returns
    -------
    Record
        As `record_recipes` returns it, of the recipe "large_maps", with the metrics of
        `dlbook.experiments.cut_out.measure`.
    """
    data = load("cifar10")
    return record_recipes(
        "six_views",
        {"large_maps": LARGE_MAPS},
        samples,
        data.classes,
        data.provenance,
        seeds=(2, 3),
        epochs=epochs,
        measure=measure,
    )
