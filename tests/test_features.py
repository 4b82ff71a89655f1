"""Features: equal to the body's output, kept on disk, and never taken from a doubtful file."""

import io
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dlbook import features
from dlbook.efficientnet import load_lite0, prepare_lite0
from dlbook.features import cached_features, features_of
from dlbook.transfer import Backbone, freeze, split, with_new_head

IMAGES = torch.randint(0, 256, (7, 3, 8, 8), generator=torch.Generator().manual_seed(0)).byte()


def scaled(images: Tensor) -> Tensor:
    """Scale 8-bit images to numbers from 0 to 1."""
    return images.float() / 255


def backbone(seed: int = 0) -> Backbone:
    """Build a small body with weights drawn from `seed`, in training mode."""
    torch.manual_seed(seed)
    layers = [nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Dropout(0.5), nn.AdaptiveAvgPool2d(1)]
    return Backbone(nn.Sequential(*layers, nn.Flatten()), 5, scaled)


def expected(body: Backbone, images: Tensor = IMAGES) -> Tensor:
    """Compute the features in one batch."""
    with torch.no_grad():
        result: Tensor = body.features.eval()(scaled(images))
    return result


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache of its own; return the folder of the features."""
    monkeypatch.setenv("DLBOOK_CACHE_DIR", str(tmp_path))
    return tmp_path / "features"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the images of each computation of features; those of one image are only looks."""
    counts: list[int] = []

    def counting(model: Backbone, images: Tensor, *args: int, **options: bool) -> Tensor:
        counts.append(len(images))
        return features_of(model, images, *args, **options)

    monkeypatch.setattr(features, "features_of", counting)
    return counts


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_features_are_the_output_of_the_body_in_evaluation_mode(batch_size: int) -> None:
    body = backbone()
    found = features_of(body, IMAGES, batch_size)
    assert all(module.training for module in body.features.modules())
    assert not found.requires_grad
    assert not found.is_inference()
    torch.testing.assert_close(found, expected(body))


def test_a_network_takes_prepared_images_and_its_backbone_8_bit_ones() -> None:
    model = load_lite0()
    images = torch.randint(0, 256, (3, 3, 224, 224), generator=torch.Generator().manual_seed(1))
    images = images.byte()
    found = features_of(split(model, prepare_lite0), images)
    assert found.shape == (3, 1280)
    torch.testing.assert_close(found, features_of(model, prepare_lite0(images), 2))
    classifier = with_new_head(model, 2)
    freeze(classifier.body)
    torch.testing.assert_close(found, features_of(classifier, prepare_lite0(images)))
    with torch.no_grad():
        together = classifier.eval()(prepare_lite0(images))
    torch.testing.assert_close(classifier.head(found), together)


def test_no_bar_where_the_output_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    features_of(backbone(), IMAGES)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("model", "images", "batch_size", "error", "named"),
    [
        (backbone(), scaled(IMAGES), 2, ValueError, "images must be 8-bit"),
        (backbone()._replace(preprocess=None), IMAGES, 2, ValueError, "images must hold floating"),
        (backbone()._replace(preprocess=None), scaled(IMAGES) / 0, 2, ValueError, "images holds"),
        (backbone()._replace(preprocess=None), scaled(IMAGES).double(), 2, ValueError, "images is"),
        (backbone(), IMAGES[0], 2, ValueError, "images must have shape"),
        (backbone(), IMAGES[:0], 2, ValueError, "images is empty"),
        (backbone(), IMAGES, 0, ValueError, "batch_size"),
        (nn.Linear(2, 2), IMAGES, 2, TypeError, "model must be"),
    ],
)
def test_features_name_what_is_wrong(
    model: Backbone, images: Tensor, batch_size: int, error: type[Exception], named: str
) -> None:
    for function in (features_of, cached_features):
        with pytest.raises(error, match=named):
            function(model, images, batch_size)


def test_features_are_computed_once(cache: Path, computed: list[int]) -> None:
    first = cached_features(backbone(), IMAGES)
    assert torch.equal(cached_features(backbone(), IMAGES, 2), first)
    torch.testing.assert_close(first, expected(backbone()))
    assert computed == [1, 7, 1]
    assert len(list(cache.iterdir())) == 1


def test_other_weights_other_images_other_features(cache: Path, computed: list[int]) -> None:
    for body, images in ((backbone(), IMAGES), (backbone(1), IMAGES), (backbone(), IMAGES.flip(0))):
        torch.testing.assert_close(cached_features(body, images), expected(body, images))
    assert computed == [1, 7] * 3
    assert len(list(cache.iterdir())) == 3


def test_the_shape_of_the_images_counts() -> None:
    cached_features(backbone(), IMAGES[:6].reshape(6, 3, 4, 16))
    found = cached_features(backbone(), IMAGES[:6])
    torch.testing.assert_close(found, expected(backbone(), IMAGES[:6]))


def test_another_preprocessing_is_noticed(computed: list[int]) -> None:
    cached_features(backbone(), IMAGES)
    other = backbone()._replace(preprocess=lambda images: scaled(images) - 0.5)
    torch.testing.assert_close(cached_features(other, IMAGES), features_of(other, IMAGES))
    assert computed == [1, 7, 1, 7]


@pytest.mark.parametrize("damage", ["one bit", "cut off", "empty", "text"])
def test_a_damaged_file_is_computed_anew(cache: Path, computed: list[int], damage: str) -> None:
    first = cached_features(backbone(), IMAGES)
    (file,) = cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(
        {
            "one bit": content[:-1] + bytes([content[-1] ^ 1]),
            "cut off": content[:-9],
            "empty": b"",
            "text": b"<html>Please log in.</html>" * 9,
        }[damage]
    )
    assert torch.equal(cached_features(backbone(), IMAGES), first)
    assert computed == [1, 7, 1, 7]
    assert file.read_bytes() == content


def test_a_file_is_whole_or_not_there(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(self: Path, content: bytes) -> None:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", cut_off)
    with pytest.warns(UserWarning, match=r"not kept \(No space left.*DLBOOK_CACHE_DIR"):
        found = cached_features(backbone(), IMAGES)
    torch.testing.assert_close(found, expected(backbone()))
    assert list(cache.iterdir()) == []


def test_a_cache_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("DLBOOK_CACHE_DIR", str(file))
    with pytest.warns(UserWarning, match="not kept") as caught:
        found = cached_features(backbone(), IMAGES)
    assert caught[0].filename == __file__
    torch.testing.assert_close(found, expected(backbone()))
