"""What a page hands to a script: everything arrives as it was, and what cannot is refused."""

import base64
import html
import json
import re
from typing import Any

import pytest
import torch

from dlbook.interactive import _LiveFigure, make_live


def handed(**data: Any) -> Any:
    """Read the data back from the HTML of a figure."""
    found = re.search(r'data-input="([^"]*)"', _LiveFigure("name", "still", data)._repr_html_())
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_small_data_arrive_as_lists() -> None:
    data = handed(word='<"a" & b>', weights=torch.tensor([[0.5, -1.0]]), layers=[{"n": 3}])
    assert data == {"word": '<"a" & b>', "weights": [[0.5, -1.0]], "layers": [{"n": 3}]}


@pytest.mark.parametrize("dtype", [torch.float32, torch.uint8])
def test_large_tensors_arrive_as_bytes(dtype: torch.dtype) -> None:
    values = (torch.rand(30, 20) * 255).to(dtype)
    data = handed(values=values.T)["values"]
    assert data["shape"] == [20, 30]
    assert f"torch.{data['type']}" == str(dtype)
    numbers = torch.frombuffer(bytearray(base64.b64decode(data["base64"])), dtype=dtype)
    assert torch.equal(numbers.reshape(20, 30), values.T)


@pytest.mark.parametrize(
    ("value", "error"),
    [({1, 2}, TypeError), (float("nan"), ValueError), (torch.tensor([torch.inf]), ValueError)],
)
def test_what_a_script_cannot_read_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        make_live("name", instead_of="still", values=value)
