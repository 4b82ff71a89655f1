"""Scaling and augmentation of images."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dlbook.images import flipped_and_shifted, randomly_flipped, randomly_shifted, standardized

IMAGES = torch.randint(0, 256, (6, 3, 8, 10), generator=torch.Generator().manual_seed(0)).byte()


def generator(seed: int = 0) -> torch.Generator:
    """Return a generator with a seed."""
    return torch.Generator().manual_seed(seed)


def test_standardized_by_the_first_images_only() -> None:
    other = IMAGES[:2] // 2
    train, test = standardized(IMAGES, other)
    assert torch.allclose(train.mean((0, 2, 3)), torch.zeros(3), atol=1e-6)
    assert torch.allclose(train.std((0, 2, 3)), torch.ones(3), atol=1e-6)
    pixels = IMAGES.double() / 255
    mean, sd = pixels.mean((0, 2, 3), keepdim=True), pixels.std((0, 2, 3), keepdim=True)
    assert torch.allclose(test.double(), (other.double() / 255 - mean) / sd, atol=1e-5)
    assert train.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("arguments", "error", "named"),
    [
        ((IMAGES.float(),), ValueError, "images must be 8-bit"),
        ((IMAGES.numpy(),), TypeError, "images must be a torch.Tensor"),
        ((IMAGES[0],), ValueError, r"images must have shape \(N, C, H, W\)"),
        ((IMAGES[:0],), ValueError, "images must have shape"),
        ((IMAGES, IMAGES[:, :1]), ValueError, r"others must have shape \(N, 3, H, W\)"),
    ],
)
def test_standardized_names_what_is_wrong(
    arguments: tuple[Tensor, ...], error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        standardized(*arguments)


def test_each_image_is_flipped_whole_or_not_at_all() -> None:
    images = torch.rand(200, 2, 3, 5, generator=generator())
    flipped = randomly_flipped(images, generator(1))
    changed = (flipped != images).flatten(1).any(1)
    assert 60 < int(changed.sum()) < 140
    assert torch.equal(flipped[changed], images[changed].flip(3))


@settings(max_examples=30)
@given(
    pixels=st.integers(1, 3), height=st.integers(4, 7), width=st.integers(4, 7), seed=st.integers(0)
)
def test_each_image_is_shifted_by_its_own_few_pixels(
    pixels: int, height: int, width: int, seed: int
) -> None:
    images = torch.rand(5, 2, height, width, generator=generator(seed % 2**32))
    shifted = randomly_shifted(images, generator(1), pixels)
    assert shifted.shape == images.shape
    padded = torch.nn.functional.pad(images, (pixels,) * 4, mode="reflect")
    for image, wide in zip(shifted, padded, strict=True):
        crops = wide.unfold(1, height, 1).unfold(2, width, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
        assert len(crops) == (2 * pixels + 1) ** 2
        assert any(torch.equal(image, crop) for crop in crops)


def test_shifts_reach_every_side_and_differ_within_a_batch() -> None:
    image = torch.arange(100.0).reshape(1, 1, 10, 10).repeat(300, 1, 1, 1)
    middle = randomly_shifted(image, generator(), 2)[:, 0, 5, 5]
    assert set(middle.tolist()) == {10.0 * row + col for row in range(3, 8) for col in range(3, 8)}


@pytest.mark.parametrize("vary", [randomly_flipped, randomly_shifted, flipped_and_shifted])
def test_variation_comes_from_the_generator_alone(vary: object) -> None:
    assert callable(vary)
    state = torch.get_rng_state()
    first, second = vary(IMAGES.float(), generator(3)), vary(IMAGES.float(), generator(3))
    assert torch.equal(first, second)
    assert not torch.equal(first, vary(IMAGES.float(), generator(4)))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("vary", [randomly_flipped, randomly_shifted, flipped_and_shifted])
@pytest.mark.parametrize("images", [IMAGES, IMAGES.float()[0], IMAGES.float()[..., :1, :0]])
def test_what_is_no_batch_of_images_is_named(vary: object, images: Tensor) -> None:
    assert callable(vary)
    with pytest.raises(ValueError, match="images must h"):
        vary(images, generator())


def test_a_shift_over_the_border_is_refused() -> None:
    with pytest.raises(ValueError, match="images must have at least 10 pixels"):
        randomly_shifted(IMAGES.float(), generator(), 9)


def test_a_shift_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="pixels"):
        randomly_shifted(IMAGES.float(), generator(), 0)
