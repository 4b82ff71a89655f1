"""Ants and bees told apart by features learned elsewhere: probes, fine-tuning, and from scratch."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from dlbook.data import load
from dlbook.efficientnet import MEAN, SCALE, EfficientNetLite0
from dlbook.evaluation import evaluate
from dlbook.features import features_of
from dlbook.records import Record, make_record
from dlbook.training import Run, fit, train_and_test
from dlbook.transfer import (
    Backbone,
    Classifier,
    fine_tune_groups,
    freeze,
    pretrained,
    unfreeze,
    with_new_head,
)

DROPOUT, RATE, BATCH_SIZE, PROBE_EPOCHS = 0.2, 1e-3, 32, 30
TOP = 6
"""The first of the nine parts of the body that fine-tuning trains."""

Samples = tuple[Tensor, Tensor]
"""Inputs or features (N, ...), and labels (N,)."""


def draw_rows(labels: Tensor, per_class: int, seed: int) -> Tensor:
    """Draw the same number of samples of each class.

    Parameters
    ----------
    labels : Tensor
        Class numbers, shape (N,).
    per_class : int
        Samples to draw; all of a class that has fewer.
    seed : int
        Seed of the draw.

    Returns
    -------
    Tensor
        Row numbers, class after class, int64, shape (M,).
    """
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for label in range(int(labels.max()) + 1):
        of_class = (labels == label).nonzero().flatten()
        order = torch.randperm(len(of_class), generator=generator)
        rows.append(of_class[order[:per_class]])
    return torch.cat(rows)


def probe(train: Samples, test: Samples, *, seed: int, epochs: int = PROBE_EPOCHS) -> Run:
    """Train a new head on features: dropout 0.2, one dense layer, Adam at 1e-3, batches of 32.

    Parameters
    ----------
    train, test : tuple of Tensor
        Features (N, n_features), and labels (N,).
    seed : int
        Seed of the weights, of dropout and of the order of the samples.
    epochs : int
        Passes over the training samples.

    Returns
    -------
    Run
        The head, its history, its test result.
    """
    n_features, n_classes = train[0].shape[1], int(train[1].max()) + 1
    return train_and_test(
        lambda: nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(n_features, n_classes)),
        train,
        test,
        optimizer=lambda parameters: torch.optim.Adam(parameters, lr=RATE),
        epochs=epochs,
        batch_size=BATCH_SIZE,
        seed=seed,
    )


def loosen_top(model: Classifier, first: int = TOP) -> nn.Sequential:
    """Let the last parts of a frozen body learn, its batch normalization excepted.

    Parameters
    ----------
    model : Classifier
        With the body of `EfficientNetLite0`. Changed in place.
    first : int
        The first of the parts that learn, counted from 0.

    Returns
    -------
    nn.Sequential
        What follows the frozen parts, the head included: it takes their maps. Its weights are
        those of `model`.
    """
    freeze(model.body)
    features = model.body.features
    assert isinstance(features, nn.Sequential)
    top = features[first:]
    unfreeze(top)
    for part in top.modules():
        if isinstance(part, nn.BatchNorm2d):
            freeze(part)
    return nn.Sequential(top, nn.AdaptiveAvgPool2d(1), nn.Flatten(), model.head)


def small_images(images: Tensor, side: int) -> Tensor:
    """Average images down to few pixels, scaled as for EfficientNet-Lite0.

    Parameters
    ----------
    images : Tensor
        uint8, shape (N, 3, H, W).
    side : int
        Pixels of a side of the result.

    Returns
    -------
    Tensor
        float32, shape (N, 3, side, side), from about -1 to 1.
    """
    small = functional.interpolate(images.float() / 255, size=side, mode="area")
    return ((small - MEAN) / SCALE).contiguous(memory_format=torch.channels_last)


def untrained_lite0(n_classes: int) -> nn.Module:
    """Build EfficientNet-Lite0 with random weights, to be trained for a short time.

    Parameters
    ----------
    n_classes : int
        Number of classes.

    Returns
    -------
    nn.Module
        Its running means follow the batches ten times as fast as in the original, which had many
        thousand batches to find them.
    """
    model = EfficientNetLite0(n_classes)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 0.1
    return model.to(memory_format=torch.channels_last)


def ants_and_bees(
    sizes: Sequence[int] = (5, 10, 20, 60),
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    *,
    tuned_per_class: int = 60,
    tuned_epochs: int = 3,
    scratch_epochs: int = 6,
    scratch_side: int = 64,
) -> Record:
    """Probe the frozen features with few and with all images, fine-tune them, and do without.

    Parameters
    ----------
    sizes : sequence of int
        Training images of each class for the probes; all images come beside them.
    seeds : sequence of int
        Seeds of the draws, of the weights and of the order of the images.
    tuned_per_class, tuned_epochs : int
        Training images of each class, and passes over them, for fine-tuning the last three parts
        of the body after the probe.
    scratch_epochs, scratch_side : int
        Passes over all images, and their side in pixels, for the same network from random weights.

    Returns
    -------
    Record
        Test accuracies: "probe_5" and so on, "probe_all"; "probe_tuned", "fine_tuned" and
        "one_rate" of the same images before and after fine-tuning, the body at a tenth of the
        head's rate or at the same; "scratch", and "scratch_train" on the training images.
    """
    data = load("hymenoptera")
    labels, test_labels = data.train.labels, data.test.labels
    network = pretrained()
    body = network.model.features
    assert isinstance(body, nn.Sequential)
    # The maps between the parts that stay and those that are tuned, and the features after both.
    below = Backbone(body[:TOP], n_features=112, preprocess=network.preprocess)
    above = nn.Sequential(body[TOP:], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    maps, test_maps = (features_of(below, part.inputs) for part in (data.train, data.test))
    with torch.no_grad():
        features, test_features = (
            torch.cat([above(batch) for batch in torch.split(part, 8)])
            for part in (maps, test_maps)
        )
    small, test_small = (
        small_images(part.inputs, scratch_side) for part in (data.train, data.test)
    )
    names = [f"probe_{size}" for size in sizes]
    names += ["probe_all", "probe_tuned", "fine_tuned", "one_rate", "scratch", "scratch_train"]
    metrics: dict[str, list[float]] = {name: [] for name in names}
    for seed in tqdm(seeds, unit="seed", disable=None):
        draws = {f"probe_{size}": draw_rows(labels, size, seed) for size in sizes}
        draws["probe_all"] = torch.arange(len(labels))
        draws["probe_tuned"] = rows = draw_rows(labels, tuned_per_class, seed)
        for name, drawn in draws.items():
            run = probe((features[drawn], labels[drawn]), (test_features, test_labels), seed=seed)
            metrics[name].append(run.test.accuracy)
        for name, body_rate in (("fine_tuned", RATE / 10), ("one_rate", RATE)):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                model = with_new_head(network.model, len(data.classes), DROPOUT)
                # The head of the last run, that is of "probe_tuned", is where both start.
                model.head.load_state_dict(run.model.state_dict())
                top = loosen_top(model)
                fit(
                    top,
                    maps[rows],
                    labels[rows],
                    optimizer=torch.optim.Adam(fine_tune_groups(model, RATE, body_rate)),
                    epochs=tuned_epochs,
                    batch_size=BATCH_SIZE,
                    seed=seed,
                )
            metrics[name].append(evaluate(top, test_maps, test_labels, batch_size=8).accuracy)
        untrained = train_and_test(
            lambda: untrained_lite0(len(data.classes)),
            (small, labels),
            (test_small, test_labels),
            optimizer=lambda parameters: torch.optim.Adam(parameters, lr=RATE),
            epochs=scratch_epochs,
            batch_size=BATCH_SIZE // 2,
            seed=seed,
        )
        metrics["scratch"].append(untrained.test.accuracy)
        metrics["scratch_train"].append(evaluate(untrained.model, small, labels).accuracy)
    return make_record(
        "ants_and_bees",
        settings={
            "network": network.name,
            "weights": network.sha256,
            "head": [1280, len(data.classes)],
            "dropout": DROPOUT,
            "optimizer": "Adam",
            "learning_rate": RATE,
            "batch_size": BATCH_SIZE,
            "probe_epochs": PROBE_EPOCHS,
            "images_per_class": list(sizes),
            "tuned_parts": list(range(TOP, len(body))),
            "tuned_images_per_class": tuned_per_class,
            "tuned_epochs": tuned_epochs,
            "tuned_rates": [RATE, RATE / 10],
            "tuned_normalization": "frozen",
            "scratch_epochs": scratch_epochs,
            "scratch_side": scratch_side,
            "scratch_batch_size": BATCH_SIZE // 2,
            "training_images": len(labels),
            "test_images": len(test_labels),
        },
        seeds=list(seeds),
        metrics=metrics,
        curve={},
        data=data.provenance,
    )
