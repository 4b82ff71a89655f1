"""Patterns counted by formula, by listing and by brute force; reductions against torch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlbook.scratch.tensors import REDUCTIONS, all_patterns, count_patterns, line_patterns, reduce

SIDES = st.integers(1, 4)


@given(height=SIDES, width=SIDES)
def test_as_many_patterns_are_listed_as_counted(height: int, width: int) -> None:
    images = all_patterns(height, width)
    assert images.shape == (count_patterns(height, width), height, width)
    assert len(images.flatten(1).unique(dim=0)) == len(images)
    assert set(images.unique().tolist()) == {0, 1}


def test_the_counts_of_the_book() -> None:
    assert count_patterns(3, 3) == 512
    assert count_patterns(5, 5) == 33_554_432
    assert count_patterns(5, 5, channels=3) == 2**75
    assert len(str(count_patterns(5, 5, channels=3, levels=256))) == 181


@settings(max_examples=30)
@given(height=st.integers(1, 3), width=SIDES, data=st.data())
def test_lines_are_those_found_by_looking_at_every_image(
    height: int, width: int, data: st.DataObject
) -> None:
    shortest = data.draw(st.integers(1, height))

    def is_line(image: torch.Tensor) -> bool:
        rows, columns = image.nonzero(as_tuple=True)
        in_one_column = len(rows) > 0 and len(columns.unique()) == 1
        return bool(in_one_column and rows.max() - rows.min() + 1 == len(rows) >= shortest)

    listed = line_patterns(height, width, shortest)
    found = [image for image in all_patterns(height, width) if is_line(image)]
    assert {tuple(i.flatten().tolist()) for i in listed} == {
        tuple(i.flatten().tolist()) for i in found
    }
    assert len(listed) == len(found)


def test_few_patterns_are_a_line() -> None:
    assert len(line_patterns(3, 3)) == 3
    assert len(line_patterns(5, 5)) == 5
    assert len(line_patterns(3, 3, shortest=2)) == 9
    assert len(line_patterns(5, 5, shortest=2)) == 50


@pytest.mark.parametrize("how", REDUCTIONS)
def test_reductions_by_name_are_those_by_number(how: str) -> None:
    tensor = torch.linspace(-1, 2, 24, dtype=torch.float64).reshape(2, 3, 4) ** 2
    names = ("image", "row", "column")
    by_name = reduce(tensor, names, over=("column", "image"), how=how)
    by_number = {"sum": tensor.sum((0, 2)), "mean": tensor.mean((0, 2)), "max": tensor.amax((0, 2))}
    torch.testing.assert_close(by_name, by_number[how])


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="levels"):
        count_patterns(3, 3, levels=0)
    with pytest.raises(ValueError, match=r"height \* width .* found 5 \* 5"):
        all_patterns(5, 5)
    with pytest.raises(ValueError, match="shortest"):
        line_patterns(3, 3, shortest=4)
    tensor = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="each of the 2 dimensions"):
        reduce(tensor, ("row",), over=("row",))
    with pytest.raises(ValueError, match="floating-point for a mean"):
        reduce(tensor.long(), ("row", "column"), over=("row",), how="mean")
    with pytest.raises(ValueError, match="over must hold"):
        reduce(tensor, ("row", "column"), over=("row", "row"))
    with pytest.raises(ValueError, match="height must be at least 1"):
        all_patterns(-2, -2)
    with pytest.raises(ValueError, match="over must hold"):
        reduce(tensor, ("row", "column"), over=("depth",))
    with pytest.raises(ValueError, match="how must be one of sum, mean, max"):
        reduce(tensor, ("row", "column"), over=("row",), how="median")
