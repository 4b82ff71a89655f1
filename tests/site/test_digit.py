"""The digit that a reader draws: its numbers are the library's, and every hand can draw it."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page

from dlbook.models import MLP

CHAPTER = "chapters/09-digits-and-clothes.html"
PAGES = (CHAPTER, "index.html")
SIDE = 28
LIGHT = 2_500_000  # bytes of a page that is opened for the first time


def tensors(value: dict[str, Any]) -> Any:
    """Turn what `dlbook.interactive` wrote for a large tensor into a tensor."""
    if "base64" not in value:
        return value
    kind = getattr(torch, value["type"])
    numbers = torch.frombuffer(bytearray(base64.b64decode(value["base64"])), dtype=kind)
    return numbers.reshape(value["shape"])


@pytest.fixture(scope="module")
def data(site: Path) -> dict[str, Any]:
    """What the site hands to the figure."""
    text = (site / "_static" / "interactive" / "data" / "digit.js").read_text("utf-8")
    found = json.loads(text.partition(" = ")[2].removesuffix(";\n"))
    return dict(json.loads(found, object_hook=tensors))


@pytest.fixture(scope="module")
def network(data: dict[str, Any]) -> MLP:
    """The library's network with the weights of the site."""
    widths = [SIDE * SIDE, *(len(layer["biases"]) for layer in data["layers"])]
    network = MLP(*widths)
    dense = [layer for layer in network.layers if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():
        for layer, found in zip(dense, data["layers"], strict=True):
            layer.weight.copy_(found["weights"])
            layer.bias.copy_(torch.tensor(found["biases"]))
    return network


def agree(network: MLP, images: Any, hidden: Any, probabilities: Any) -> None:
    """Compare the answers of a page, one row each, with those of the library."""
    values = torch.tensor(images, dtype=torch.float32)
    with torch.no_grad():
        for layer in network.layers:
            values = layer(values)
            if isinstance(layer, torch.nn.ReLU):
                found = torch.tensor([of_one.pop(0) for of_one in hidden], dtype=torch.float32)
                torch.testing.assert_close(found, values, atol=1e-4, rtol=0)
    assert not any(hidden)
    found = torch.tensor(probabilities, dtype=torch.float32)
    torch.testing.assert_close(found, values.softmax(1), atol=1e-4, rtol=0)


def scribbles(seed: int, n: int) -> list[list[list[list[float]]]]:
    """Draw one to three strokes of up to twelve points, small and large, `n` times."""
    rng = np.random.default_rng(seed)
    drawings = []
    for _ in range(n):
        corner, extent = rng.uniform(0, 14, 2), rng.uniform(1, 14, 2)
        sizes = rng.integers(1, 13, rng.integers(1, 4))
        drawings.append([(corner + extent * rng.random((size, 2))).tolist() for size in sizes])
    return drawings


def test_numbers_are_those_of_the_library(browser: Browser, address: str, network: MLP) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{CHAPTER}")
        images, hidden, probabilities = page.evaluate(
            """drawings => {
                const { prepare, answer } = dlbook.figures.digit
                const images = drawings.map(prepare), answers = images.map(answer)
                return [images, answers.map(a => a.hidden), answers.map(a => a.probabilities)]
            }""",
            [[], *scribbles(0, 120)],
        )
    assert not any(images[0])
    agree(network, images, hidden, probabilities)


def test_a_drawing_lies_as_the_training_images_do(
    browser: Browser, address: str, data: dict[str, Any]
) -> None:
    drawings = scribbles(1, 100)
    moved = [(np.array(stroke) + 3).tolist() for stroke in drawings[0]]
    with browser.new_page() as page:
        page.goto(f"{address}/{CHAPTER}")
        found = page.evaluate("all => all.map(dlbook.figures.digit.prepare)", [*drawings, moved])
    images = np.array(found).reshape(-1, SIDE, SIDE)
    np.testing.assert_allclose(images[-1], images[0], atol=1e-9)
    assert images.min() == 0
    assert images.max() == 1
    middles = np.arange(SIDE) + 0.5
    for image in images:
        extents, centers, ends = [], [], []
        for along in (image.sum(0), image.sum(1)):
            inked = np.flatnonzero(along)
            extents.append(inked[-1] - inked[0] + 1)
            centers.append(along @ middles / along.sum())
            ends.append(inked[0] == 0 or inked[-1] == SIDE - 1)
        assert data["box"] - 1 <= max(extents) <= data["box"]
        # The ink stays in the image; short of that its center is where it should be.
        for center, wanted, at_the_edge in zip(centers, data["center"], ends, strict=True):
            assert abs(center - wanted) <= 0.5 + 1e-9 or at_the_edge


def state(page: Page) -> dict[str, Any]:
    """What the figure shows."""
    return dict(page.evaluate("dlbook.figures.digit.state()"))


def text_of(page: Page) -> str:
    """What the figure says in words."""
    return page.locator(".digit-text").inner_text()


@pytest.mark.parametrize("shown_on", PAGES)
def test_a_hand_draws(
    browser: Browser, address: str, shown_on: str, data: dict[str, Any], network: MLP
) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{shown_on}")
        assert data["trained_on"] in page.locator(".digit-note").inner_text()
        surface = page.locator(".digit-surface")
        surface.scroll_into_view_if_needed()
        box = surface.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + box["height"] / 2, steps=5)
        page.mouse.up()
        page.mouse.move(x + 20, y)
        drawn = state(page)
        (stroke,) = drawn["strokes"]
        np.testing.assert_allclose(stroke[0], (14, 7), atol=0.2)
        np.testing.assert_allclose(stroke[-1], (14, 21), atol=0.2)
        agree(network, [drawn["image"]], [drawn["hidden"]], [drawn["probabilities"]])
        best = int(np.argmax(drawn["probabilities"]))
        assert f"The network says {data['classes'][best]} with probability" in text_of(page)


def test_the_keyboard_draws_and_chooses(
    browser: Browser, address: str, data: dict[str, Any]
) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{CHAPTER}")
        page.locator(".digit-surface").focus()
        # A frame: the pen is down on the way right and down, and up on the way left.
        for key, times in (("Space", 1), ("ArrowRight", 4), ("ArrowDown", 6), ("Space", 1),
                           ("ArrowLeft", 4), ("Space", 1), ("ArrowUp", 3)):  # fmt: skip
            for _ in range(times):
                page.keyboard.press(key)
        first, second = state(page)["strokes"]
        assert [len(first), len(second)] == [11, 4]
        assert [first[0], first[-1]] == [[14, 14], [18, 20]]
        assert [second[0], second[-1]] == [[14, 20], [14, 17]]

        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Clear"
        page.keyboard.press("Enter")
        assert state(page)["strokes"] == []
        assert text_of(page).startswith("Nothing is drawn")
        for k, name in enumerate(data["classes"]):
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            image = data["images"][k].flatten() / 255
            np.testing.assert_allclose(state(page)["image"], image, atol=1e-6)
            assert text_of(page).startswith(f"A test image of {name}.")


@pytest.mark.parametrize("shown_on", PAGES)
def test_without_scripts_there_is_a_picture(browser: Browser, address: str, shown_on: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/{shown_on}")
        picture = page.locator("#fig-digits-live img")
        assert picture.is_visible()
        assert "probabilities" in (picture.get_attribute("alt") or "")
        assert page.locator(".live").count() == 0


@pytest.mark.parametrize("shown_on", PAGES)
def test_a_page_is_light(browser: Browser, server: str, shown_on: str) -> None:
    with browser.new_page() as page:
        answers: list[Any] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{server}/{shown_on}", wait_until="networkidle")
        weight = sum(len(answer.body()) for answer in answers)
        print(weight)
        assert weight < LIGHT
