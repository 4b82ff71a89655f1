"""What a data set offers beyond its tensors."""

import pytest
import torch

from dlbook.data import Split


def test_rows_are_flat_and_from_0_to_1() -> None:
    images = torch.tensor([0, 51, 255, 0], dtype=torch.uint8).reshape(1, 1, 2, 2)
    inputs, labels = Split(images, torch.tensor([7])).rows()
    torch.testing.assert_close(inputs, torch.tensor([[0.0, 0.2, 1.0, 0.0]]))
    assert labels.tolist() == [7]


def test_measurements_are_no_images() -> None:
    with pytest.raises(
        TypeError, match=r"8-bit images, shape \(N, C, H, W\), found torch\.float32"
    ):
        Split(torch.zeros(2, 7), torch.tensor([0, 1])).rows()
