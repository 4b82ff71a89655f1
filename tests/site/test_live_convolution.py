"""The live convolution of chapter 11: its numbers are those of the library."""

from itertools import product

import torch
from playwright.sync_api import Browser

from dlbook.scratch.activations import relu
from dlbook.scratch.convolution import correlate, pool

PAGE = "chapters/11-convolution.html"
FIGURE = "#fig-convolution-layer"
SIDE = 8


def test_numbers_are_those_of_the_library(browser: Browser, address: str) -> None:
    chance = torch.Generator().manual_seed(0)
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        settings = product((0, 1), (1, 2), (False, True), ("max", "mean"))
        for padding, stride, rectified, pooling in settings:
            for _ in range(2):
                image = torch.randint(10, (SIDE, SIDE), generator=chance).double()
                kernel = torch.randint(-20, 21, (3, 3), generator=chance).double() / 10
                numbers = {
                    "image": image.tolist(),
                    "kernel": kernel.tolist(),
                    "padding": padding,
                    "stride": stride,
                    "relu": rectified,
                    "pooling": pooling,
                }
                shown = page.evaluate("values => dlbook.figures.convolution.show(values)", numbers)
                expected = correlate(
                    image[None, None], kernel[None, None], stride=stride, padding=padding
                )
                expected = relu(expected) if rectified else expected
                pooled = pool(expected, pooling, 2, 2)
                for name, values in (("map", expected), ("pooled", pooled)):
                    found = torch.tensor(shown[name], dtype=torch.float64)
                    assert found.shape == values.shape[2:], (name, numbers)
                    assert (found - values[0, 0]).abs().max() < 1e-4, (name, numbers)


def test_controls_work_by_keyboard(browser: Browser, address: str) -> None:
    state = "dlbook.figures.convolution.state()"
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        figure = page.locator(FIGURE)
        figure.get_by_role("button", name="Start over").focus()
        page.keyboard.press("Enter")
        figure.get_by_role("button", name="Next").focus()
        at = page.evaluate(state)["at"]
        page.keyboard.press("Enter")
        assert page.evaluate(state)["at"] == at + 1
        page.keyboard.press("Space")
        assert page.evaluate(state)["at"] == at + 2
        figure.get_by_role("button", name="Fill the map").focus()
        page.keyboard.press("Enter")
        figure.get_by_role("combobox", name="stride").focus()
        page.keyboard.press("End")
        now = page.evaluate(state)
        assert now["stride"] == 2
        assert len(now["map"]) == 3
        figure.get_by_role("button", name="Clear").focus()
        page.keyboard.press("Enter")
        figure.locator("button[data-row='0'][data-column='0']").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        image = page.evaluate(state)["image"]
        assert image[0][1] == 9
        assert sum(map(sum, image)) == 9


def test_a_pointer_paints(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        figure = page.locator(FIGURE)
        figure.get_by_role("button", name="Clear").click()
        boxes = []
        for column in (1, 4):
            cell = figure.locator(f"button[data-row='2'][data-column='{column}']")
            cell.scroll_into_view_if_needed()
            boxes.append(cell.bounding_box())
        start, end = boxes
        assert start is not None
        assert end is not None
        page.mouse.move(start["x"] + 5, start["y"] + 5)
        page.mouse.down()
        page.mouse.move(end["x"] + 5, end["y"] + 5, steps=20)
        page.mouse.up()
        image = page.evaluate("dlbook.figures.convolution.state()")["image"]
        assert image[2] == [0, 9, 9, 9, 9, 0, 0, 0]


def test_without_scripts_there_is_a_picture(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context, context.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        assert "tables of numbers" in (page.locator(f"{FIGURE} img").get_attribute("alt") or "")
        assert page.locator(f"{FIGURE} input").count() == 0
