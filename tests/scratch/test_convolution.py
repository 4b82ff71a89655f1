"""Convolution and pooling against torch.nn.functional, autograd and central differences."""

import itertools
from dataclasses import dataclass

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlbook.scratch.convolution import (
    KIRSCH,
    POOLINGS,
    SHARPEN,
    convolve,
    correlate,
    correlate_backward,
    edge_strength,
    output_size,
    pad,
    pool,
    pool_backward,
)
from dlbook.scratch.differences import central_differences

FEW, SIDES, SEEDS = st.integers(1, 3), st.integers(1, 6), st.integers(0, 1000)


def draw(*shape: int, seed: int = 0) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=chance, dtype=torch.float64)


def all_different(*shape: int, seed: int = 0) -> Tensor:
    """Draw numbers that are at least 0.1 apart, so that a small step changes no order."""
    chance = torch.Generator().manual_seed(seed)
    numbers = torch.randperm(torch.Size(shape).numel(), generator=chance)
    return (0.1 * numbers.double() - 1.55).reshape(shape)


def close(ours: Tensor, theirs: Tensor, tolerance: float = 1e-10) -> None:
    torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@dataclass
class Case:
    images: Tensor
    kernels: Tensor
    biases: Tensor
    stride: int
    padding: int

    @property
    def errors(self) -> Tensor:
        maps = correlate(self.images, self.kernels, self.biases, self.stride, self.padding)
        return draw(*maps.shape, seed=7)


@st.composite
def cases(choose: st.DrawFn) -> Case:
    n, c, k = choose(FEW), choose(FEW), choose(FEW)
    stride, padding = choose(FEW), choose(st.integers(0, 2))
    sides = choose(SIDES), choose(SIDES)
    small = [choose(st.integers(1, min(6, side + 2 * padding))) for side in sides]
    seed = choose(SEEDS)
    return Case(
        draw(n, c, *sides, seed=seed),
        draw(k, c, *small, seed=seed + 1),
        draw(k, seed=seed + 2),
        stride,
        padding,
    )


@st.composite
def poolings(choose: st.DrawFn) -> tuple[tuple[int, ...], int | tuple[int, int], int]:
    """Draw the shape of images, a window that fits, and a stride."""
    sides = choose(SIDES), choose(SIDES)
    rectangle = st.tuples(*(st.integers(1, side) for side in sides))
    window = choose(st.one_of(st.integers(1, min(sides)), rectangle))
    return (choose(FEW), choose(FEW), *sides), window, choose(FEW)


@given(case=cases())
def test_maps_are_torchs(case: Case) -> None:
    ours = correlate(case.images, case.kernels, case.biases, case.stride, case.padding)
    theirs = F.conv2d(case.images, case.kernels, case.biases, case.stride, case.padding)
    close(ours, theirs)
    bare = correlate(case.images, case.kernels, stride=case.stride, padding=case.padding)
    close(bare, F.conv2d(case.images, case.kernels, None, case.stride, case.padding))


@given(case=cases())
def test_gradients_of_maps_are_autograds(case: Case) -> None:
    errors = case.errors
    found = correlate_backward(case.images, case.kernels, errors, case.stride, case.padding)
    leaves = [x.clone().requires_grad_() for x in (case.images, case.kernels, case.biases)]
    maps = F.conv2d(*leaves, case.stride, case.padding)
    for ours, theirs in zip(found, torch.autograd.grad(maps, leaves, errors), strict=True):
        close(ours, theirs)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 1), (3, 2)])
def test_gradients_of_maps_are_central_differences(stride: int, padding: int) -> None:
    case = Case(draw(2, 2, 4, 3), draw(2, 2, 3, 2), draw(2), stride, padding)
    errors = case.errors
    found = correlate_backward(case.images, case.kernels, errors, stride, padding)

    def cost(images: Tensor, kernels: Tensor, biases: Tensor) -> Tensor:
        return (correlate(images, kernels, biases, stride, padding) * errors).sum()

    x, k, b = case.images, case.kernels, case.biases
    close(found[0], central_differences(lambda point: cost(point, k, b), x), 1e-6)
    close(found[1], central_differences(lambda point: cost(x, point, b), k), 1e-6)
    close(found[2], central_differences(lambda point: cost(x, k, point), b), 1e-6)


@given(case=cases())
def test_convolution_is_correlation_with_turned_kernels(case: Case) -> None:
    options = case.biases, case.stride, case.padding
    ours = convolve(case.images, case.kernels, *options)
    close(ours, correlate(case.images, case.kernels.flip(2, 3), *options), 0)
    # By its definition, at one place: the pixel at -i, -j of the place meets the weight at i, j.
    height, width = case.kernels.shape[2:]
    window = pad(case.images, case.padding)[:, :, :height, :width]
    first = case.biases + sum(
        torch.einsum("nc,kc->nk", window[:, :, -1 - i, -1 - j], case.kernels[:, :, i, j])
        for i, j in itertools.product(range(height), range(width))
    )
    close(ours[:, :, 0, 0], first)


def test_one_white_pixel_shows_the_kernel_and_correlation_shows_it_turned() -> None:
    point, kernel = torch.zeros(1, 1, 5, 5).double(), draw(1, 1, 3, 3)
    point[0, 0, 2, 2] = 1
    close(convolve(point, kernel), kernel, 0)
    close(correlate(point, kernel), kernel.flip(2, 3), 0)


@given(first=cases(), k=SIDES)
def test_convolution_is_associative_and_commutative(first: Case, k: int) -> None:
    images, kernel, other = (x[:1, :1] for x in (first.images, first.kernels, draw(1, 1, k, k)))

    # With so much padding that every overlap counts; correlation has neither law.
    def whole(a: Tensor, b: Tensor) -> Tensor:
        height, columns = b.shape[2] - 1, b.shape[3] - 1
        return convolve(F.pad(a, (columns, columns, height, height)), b)

    close(whole(whole(images, kernel), other), whole(images, whole(kernel, other)), 1e-9)
    close(whole(images, kernel), whole(kernel, images), 1e-10)


@given(case=cases(), down=st.integers(0, 2), right=st.integers(0, 2))
def test_a_shifted_image_has_a_shifted_map_away_from_the_border(
    case: Case, down: int, right: int
) -> None:
    # Room around the kernel, so that the part that both maps know is not empty.
    height, width = (side + 4 for side in case.kernels.shape[2:])
    images = draw(1, case.images.shape[1], height, width, seed=3)
    shifted = images.roll((down, right), (2, 3))
    before, after = (correlate(x, case.kernels, case.biases) for x in (images, shifted))
    rows, columns = before.shape[2] - down, before.shape[3] - right
    assert min(rows, columns) >= 3
    close(after[:, :, down:, right:], before[:, :, :rows, :columns], 1e-12)


@given(case=cases(), factor=st.floats(-3, 3))
def test_maps_are_linear_in_the_image(case: Case, factor: float) -> None:
    other = draw(*case.images.shape, seed=5)

    def maps(images: Tensor) -> Tensor:
        return correlate(images, case.kernels, None, case.stride, case.padding)

    close(maps(case.images + factor * other), maps(case.images) + factor * maps(other))


@given(n=SIDES, k=SIDES, stride=FEW, padding=st.integers(0, 2))
def test_the_output_size_counts_the_places(n: int, k: int, stride: int, padding: int) -> None:
    places = len(range(0, n + 2 * padding - k + 1, stride))
    if places:
        assert output_size(n, k, stride, padding) == places
    else:
        with pytest.raises(ValueError, match=f"k must lie from 1 to {n + 2 * padding}"):
            output_size(n, k, stride, padding)


def test_output_sizes_of_the_book() -> None:
    # CIFAR-10: a 3x3 kernel shrinks a map by two, a 2x2 kernel by one, and padding by none.
    assert (output_size(32, 3), output_size(32, 2), output_size(32, 3, padding=1)) == (30, 31, 32)
    assert output_size(32, 2, stride=2) == 16


@given(width=st.integers(0, 3), height=SIDES, columns=SIDES)
def test_padding_is_torchs(width: int, height: int, columns: int) -> None:
    images = draw(2, 3, height, columns)
    close(pad(images, width), F.pad(images, (width,) * 4), 0)


def torchs_pooling(images: Tensor, how: str, window: int | tuple[int, int], stride: int) -> Tensor:
    if how == "mean":
        return F.avg_pool2d(images, window, stride)
    if how == "max":
        return F.max_pool2d(images, window, stride)
    if how == "min":
        return -F.max_pool2d(-images, window, stride)
    height, width = (window, window) if isinstance(window, int) else window
    windows = images.unfold(2, height, stride).unfold(3, width, stride)
    return windows.flatten(4).median(-1).values


@pytest.mark.parametrize("how", POOLINGS)
@given(drawn=poolings(), seed=SEEDS)
def test_pooling_and_its_gradients_are_torchs(
    how: str, drawn: tuple[tuple[int, ...], int | tuple[int, int], int], seed: int
) -> None:
    shape, window, stride = drawn
    images = all_different(*shape, seed=seed)
    ours = pool(images, how, window, stride)
    leaf = images.clone().requires_grad_()
    theirs = torchs_pooling(leaf, how, window, stride)
    close(ours, theirs.detach())
    errors = draw(*ours.shape, seed=seed)
    (expected,) = torch.autograd.grad(theirs, leaf, errors)
    close(pool_backward(images, errors, how, window, stride), expected)


@pytest.mark.parametrize("how", ["max", "min"])
@given(drawn=poolings(), seed=SEEDS)
def test_the_first_among_equals_gets_the_error_as_in_torch(
    how: str, drawn: tuple[tuple[int, ...], int | tuple[int, int], int], seed: int
) -> None:
    shape, window, stride = drawn
    images = draw(*shape, seed=seed).sign().clamp(min=0)
    leaf = images.clone().requires_grad_()
    theirs = torchs_pooling(leaf, how, window, stride)
    errors = draw(*theirs.shape, seed=seed)
    (expected,) = torch.autograd.grad(theirs, leaf, errors)
    close(pool_backward(images, errors, how, window, stride), expected)


def test_the_first_median_among_equals_gets_the_error() -> None:
    image = torch.tensor([[[[2.0, 1.0], [1.0, 0.0]]]])
    gradient = pool_backward(image, torch.ones(1, 1, 1, 1), "median", 2, 2)
    close(gradient, torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]]), 0)


@pytest.mark.parametrize("how", POOLINGS)
@pytest.mark.parametrize(("window", "stride"), [(2, 2), (3, 1), ((1, 4), 1), (2, 3)])
def test_gradients_of_pooling_are_central_differences(
    how: str, window: int | tuple[int, int], stride: int
) -> None:
    images = all_different(2, 1, 4, 5)
    errors = draw(*pool(images, how, window, stride).shape)
    found = pool_backward(images, errors, how, window, stride)
    slopes = central_differences(lambda x: (pool(x, how, window, stride) * errors).sum(), images)
    close(found, slopes, 1e-6)


@given(drawn=poolings(), seed=SEEDS)
def test_laws_of_pooling(
    drawn: tuple[tuple[int, ...], int | tuple[int, int], int], seed: int
) -> None:
    shape, window, stride = drawn
    images = draw(*shape, seed=seed)
    pooled = {how: pool(images, how, window, stride) for how in POOLINGS}
    close(pooled["min"], -pool(-images, "max", window, stride), 0)
    for how in ("mean", "median"):
        assert (pooled["min"] <= pooled[how] + 1e-12).all()
        assert (pooled[how] <= pooled["max"] + 1e-12).all()


def test_the_lower_median_of_an_even_window() -> None:
    image = torch.tensor([[[[1.0, 4.0], [2.0, 3.0]]]])
    assert pool(image, "median", 2, 2).item() == 2


def test_windows_of_two_with_stride_two() -> None:
    image = torch.tensor([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
    expected = torch.tensor([[[[6.0, 8.0], [3.0, 4.0]]]])
    close(pool(image[None, None], "max", 2, 2), expected, 0)


def test_sharpening_makes_210_of_a_neighborhood() -> None:
    pixels = torch.tensor([[7.0, 60, 7], [80, 110, 90], [7, 110, 7]])
    assert correlate(pixels[None, None], SHARPEN[None, None]).item() == 210
    flat = torch.full((1, 1, 3, 3), 42.0)
    assert correlate(flat, SHARPEN[None, None]).item() == 42


def test_kirschs_kernels_are_rotations_of_each_other_and_sum_to_zero() -> None:
    assert KIRSCH.shape == (8, 3, 3)
    assert (KIRSCH.sum((1, 2)) == 0).all()
    assert (KIRSCH.sum(0) == 0).all()
    assert len(KIRSCH.flatten(1).unique(dim=0)) == 8
    for k in range(8):
        # Two places of the ring are a quarter of a turn, clockwise.
        close(KIRSCH[(k + 2) % 8], KIRSCH[k].rot90(-1), 0)
    close(KIRSCH[0], torch.tensor([[5.0, 5, 5], [-3, 0, -3], [-3, -3, -3]]), 0)
    close(KIRSCH[1], torch.tensor([[-3.0, 5, 5], [-3, 0, 5], [-3, -3, -3]]), 0)


@given(n=FEW, c=FEW, height=st.integers(3, 6), width=st.integers(3, 6), seed=SEEDS)
def test_edge_strength_is_the_largest_response(
    n: int, c: int, height: int, width: int, seed: int
) -> None:
    images = draw(n, c, height, width, seed=seed)
    strength = edge_strength(images)
    assert strength.shape == (n, c, height - 2, width - 2)
    assert (strength > -1e-10).all()
    for channel in range(c):
        responses = F.conv2d(images[:, channel : channel + 1], KIRSCH.double()[:, None])
        close(strength[:, channel], responses.amax(1))
    # A quarter of a turn of the image turns the edges; a flat image has none.
    close(edge_strength(images.rot90(1, (2, 3))), strength.rot90(1, (2, 3)))
    assert edge_strength(torch.full_like(images, 0.5)).abs().max() < 1e-10


ONES, KERNELS = torch.ones(1, 2, 4, 4), torch.ones(3, 2, 3, 3)


@pytest.mark.parametrize(
    ("images", "kernels", "message"),
    [
        (ONES[0], KERNELS, r"images must have shape \(N, C, H, W\), .* found \(2, 4, 4\)"),
        (ONES[:0], KERNELS, r"images must have shape .* found \(0, 2, 4, 4\)"),
        (ONES.long(), KERNELS, "images must hold floating-point numbers"),
        (ONES * torch.nan, KERNELS, "images, shape .* holds NaN"),
        (ONES, KERNELS[0], r"kernels must have shape .* found \(2, 3, 3\)"),
        (ONES, KERNELS[:, :1], r"kernels must have shape \(K, 2, h, w\), .* found \(3, 1, 3, 3\)"),
        (ONES, KERNELS.double(), r"kernels must hold torch.float32 numbers, found torch.float64"),
        (ONES, KERNELS.long(), "kernels must hold floating-point numbers"),
        (ONES, KERNELS * torch.inf, "kernels, shape .* holds NaN or infinite"),
        (ONES[:, :, :2], KERNELS, "height of kernels must lie from 1 to 2, .* found 3"),
        (ONES[..., :2], KERNELS, "width of kernels must lie from 1 to 2, .* found 3"),
    ],
)
def test_bad_images_and_kernels_are_named(images: Tensor, kernels: Tensor, message: str) -> None:
    for function in (correlate, convolve):
        with pytest.raises(ValueError, match=message):
            function(images, kernels)
    with pytest.raises(ValueError, match=message):
        correlate_backward(images, kernels, torch.ones(1, 3, 2, 2))


def test_bad_numbers_biases_and_errors_are_named() -> None:
    for stride, padding in [(0, 0), (-1, 0), (1, -1)]:
        with pytest.raises(ValueError, match=r"(stride|padding) must be at least"):
            correlate(ONES, KERNELS, None, stride, padding)
    with pytest.raises(ValueError, match=r"biases must have shape \(3,\), .* found \(2,\)"):
        correlate(ONES, KERNELS, torch.ones(2))
    with pytest.raises(ValueError, match=r"biases, shape .* holds NaN"):
        correlate(ONES, KERNELS, torch.full((3,), torch.nan))
    with pytest.raises(ValueError, match=r"errors must have shape \(1, 3, 2, 2\), .* \(1, 3, 1, 2"):
        correlate_backward(ONES, KERNELS, torch.ones(1, 3, 1, 2))
    with pytest.raises(ValueError, match=r"errors must hold torch.float32 numbers"):
        correlate_backward(ONES, KERNELS, torch.ones(1, 3, 2, 2).double())
    with pytest.raises(ValueError, match="n must be at least 1"):
        output_size(0, 1, padding=1)
    with pytest.raises(ValueError, match=r"k must lie from 1 to 5, .* found 0"):
        output_size(5, 0)
    with pytest.raises(ValueError, match="width must be at least 0"):
        pad(ONES, -1)
    with pytest.raises(ValueError, match="images must have shape"):
        pad(ONES[0, 0], 1)


def test_bad_arguments_of_pooling_and_edges_are_named() -> None:
    with pytest.raises(ValueError, match="how must be one of max, mean, min, median; found 'sum'"):
        pool(ONES, "sum", 2, 2)
    with pytest.raises(ValueError, match=r"images must have shape \(N, C, H, W\)"):
        pool(ONES[0], "max", 2, 2)
    with pytest.raises(ValueError, match="images must hold floating-point"):
        pool(ONES.long(), "mean", 2, 2)
    with pytest.raises(ValueError, match=r"images, shape .* holds NaN"):
        pool(ONES * torch.nan, "max", 2, 2)
    for window in (5, 0, (5, 1)):
        with pytest.raises(ValueError, match="height of window must lie from 1 to 4"):
            pool(ONES, "max", window, 1)
    with pytest.raises(ValueError, match="stride must be at least 1"):
        pool(ONES, "max", 2, 0)
    with pytest.raises(ValueError, match=r"errors must have shape \(1, 2, 2, 2\)"):
        pool_backward(ONES, torch.ones(1, 2, 3, 3), "max", 2, 2)
    with pytest.raises(ValueError, match="the size of the images with their padding, found 3"):
        edge_strength(ONES[:, :, :2])
    with pytest.raises(ValueError, match="images must hold floating-point"):
        edge_strength(ONES.to(torch.uint8))
