"""Stand-ins: shaped like the real sets, the same on every run, and neither easy nor hopeless."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from dlbook.data import DATASETS, Split, standins
from dlbook.data.standins import clothes, digits, insects, scenes

IMAGE_SETS = ("mnist", "fashion_mnist", "cifar10")
# Rows of the parts, shape of one input, classes.
SHAPES = {
    "mnist": (6_000, 2_000, (1, 28, 28), 10),
    "fashion_mnist": (6_000, 2_000, (1, 28, 28), 10),
    "cifar10": (4_000, 2_000, (3, 32, 32), 10),
    "seeds": (210, 0, (7,), 3),
    "hymenoptera": (140, 90, (3, 256, 256), 2),
}


@cache
def drawn(name: str) -> tuple[Split, Split]:
    return standins.draw(name)


@pytest.mark.parametrize("name", DATASETS)
def test_shapes_types_and_classes(name: str) -> None:
    *sizes, shape, n_classes = SHAPES[name]
    for split, n in zip(drawn(name), sizes, strict=True):
        assert split.inputs.shape == (n, *shape)
        assert split.inputs.dtype == (torch.float32 if name == "seeds" else torch.uint8)
        assert split.labels.dtype == torch.int64
        counts = split.labels.bincount(minlength=n_classes)
        assert counts.shape == (n_classes,)
        assert counts.sum() == n
        if name == "hymenoptera":
            assert counts.tolist() in ([71, 69], [41, 49])
        else:
            assert counts.tolist() == [n // n_classes] * n_classes


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_no_picture_is_drawn_twice_or_empty(name: str) -> None:
    train, test = drawn(name)
    pictures = torch.cat([train.inputs, test.inputs]).flatten(1).numpy()
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert pictures.std(axis=1).min() > 5


def test_drawn_grains_obey_the_definition_of_compactness() -> None:
    area, perimeter, compactness = drawn("seeds")[0].inputs[:, :3].double().T
    assert torch.allclose(4 * torch.pi * area / perimeter**2, compactness, atol=1e-3)


@pytest.fixture
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw fewer samples, by the same recipes."""
    for module in (digits, clothes, scenes):
        monkeypatch.setattr(module, "N_TRAIN", 600)
        monkeypatch.setattr(module, "N_TEST", 100)
    monkeypatch.setattr(insects, "TRAIN_COUNTS", (6, 5))
    monkeypatch.setattr(insects, "TEST_COUNTS", (3, 4))


def same(one: tuple[Split, Split], other: tuple[Split, Split]) -> bool:
    return all(
        torch.equal(a, b)
        for x, y in zip(one, other, strict=True)
        for a, b in zip(x, y, strict=True)
    )


@pytest.mark.usefixtures("fewer")
@pytest.mark.parametrize("name", DATASETS)
def test_same_seed_gives_the_same_bytes(name: str) -> None:
    first = standins.draw(name)
    assert same(first, standins.draw(name))
    assert not same(first, standins.draw(name, seed=1))


@pytest.mark.usefixtures("fewer")
@pytest.mark.parametrize("name", DATASETS)
def test_bytes_do_not_depend_on_the_number_of_threads(name: str) -> None:
    before = torch.get_num_threads()
    drawings = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            drawings.append(standins.draw(name))
    finally:
        torch.set_num_threads(before)
    assert same(drawings[0], drawings[1])
    assert same(drawings[0], drawings[2])


@pytest.mark.usefixtures("fewer")
@pytest.mark.parametrize("name", DATASETS)
def test_global_chance_neither_matters_nor_changes(name: str) -> None:
    drawings = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)
        states = torch.get_rng_state(), np.random.get_state()[1].copy()
        drawings.append(standins.draw(name))
        assert torch.equal(torch.get_rng_state(), states[0])
        assert np.array_equal(np.random.get_state()[1], states[1])
    assert same(*drawings)


def accuracy(model: nn.Module, train: Split, test: Split, epochs: int) -> float:
    """Train with Adam on a falling learning rate; return the test accuracy."""
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.1, epochs)
    inputs, test_inputs = ((s.inputs.float() / 255 - 0.3) / 0.3 for s in (train, test))
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(100):
            optimizer.zero_grad()
            functional.cross_entropy(model(inputs[batch]), train.labels[batch]).backward()
            optimizer.step()
        decay.step()
    with torch.no_grad():
        return (model(test_inputs).argmax(1) == test.labels).double().mean().item()


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_linear_then_mlp_then_cnn(name: str) -> None:
    """The three kinds of model come out in this order, with room left above."""
    train, test = drawn(name)
    test = Split(test.inputs[:1500], test.labels[:1500])
    channels, side = train.inputs.shape[1:3]
    pixels = channels * side * side
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            linear = accuracy(nn.Sequential(nn.Flatten(), nn.Linear(pixels, 10)), train, test, 5)
            mlp = accuracy(
                nn.Sequential(
                    nn.Flatten(), nn.Linear(pixels, 200), nn.ReLU(), nn.Linear(200, 10)
                ),
                train, test, 6,
            )  # fmt: skip
            cnn = accuracy(
                nn.Sequential(
                    nn.Conv2d(channels, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                    nn.Flatten(), nn.Linear(24 * (side // 4) ** 2, 64), nn.ReLU(),
                    nn.Linear(64, 10),
                ),
                train, test, 6,
            )  # fmt: skip
    finally:
        torch.set_num_threads(threads)
    print(f"{name}: linear {linear:.3f}, MLP {mlp:.3f}, CNN {cnn:.3f}")
    assert 0.5 < linear < 0.92
    assert linear + 0.02 < mlp
    assert mlp + 0.02 < cnn
    assert cnn < 0.998
