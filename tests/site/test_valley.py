"""The live valley of chapter 4: its paths are those of the library's optimizers."""

import pytest
import torch
from playwright.sync_api import Browser

from dlbook.scratch.optim import Adam, GradientDescent, Optimizer, RMSprop

PAGE = "chapters/04-learning-is-descent.html"
FIGURE = "#fig-descent-live"
CURVATURES = torch.tensor([1.0, 20.0], dtype=torch.float64)


def optimizer(name: str, rate: float) -> Optimizer:
    """Make the optimizer that the page calls so."""
    match name:
        case "RMSprop":
            return RMSprop(rate, decay=0.9)
        case "Adam":
            return Adam(rate)
        case _:
            return GradientDescent(rate, momentum=0.8 if name == "momentum" else 0.0)


@pytest.mark.parametrize("name", ["gradient descent", "momentum", "RMSprop", "Adam"])
def test_paths_are_those_of_the_library(browser: Browser, address: str, name: str) -> None:
    chance = torch.Generator().manual_seed(0)
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        for _ in range(25):
            v1, v2, power = (torch.rand(3, generator=chance) * 2 - 1).tolist()
            drawn = {
                "optimizer": name,
                "v1": 3 * v1,
                "v2": 2 * v2,
                "power": power - 1.2,
                "steps": 60,
            }
            shown = page.evaluate("values => dlbook.figures.valley.set(values)", drawn)
            v = torch.tensor(shown["start"], dtype=torch.float64)
            walker = optimizer(name, shown["rate"])
            for place in shown["path"][1:]:
                walker.step([v], [CURVATURES * v])
                assert torch.allclose(
                    v, torch.tensor(place, dtype=torch.float64), rtol=1e-6, atol=1e-6
                )
            assert len(shown["path"]) == 61


def test_controls_work_by_keyboard(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        figure = page.locator(FIGURE)
        words = figure.locator(".live-words")
        assert "Gradient descent, learning rate 0.089, after 10 steps" in words.inner_text()
        figure.get_by_role("button", name="One step").focus()
        page.keyboard.press("Enter")
        assert "after 11 steps" in words.inner_text()
        figure.get_by_role("slider", name="learning rate").focus()
        page.keyboard.press("Home")
        assert "learning rate 0.0032" in words.inner_text()
        figure.get_by_role("combobox", name="optimizer").focus()
        page.keyboard.press("End")
        assert words.inner_text().startswith("Adam")
        figure.get_by_role("button", name="Start again").focus()
        page.keyboard.press("Space")
        assert "learning rate 0.089, after 10 steps" in words.inner_text()


def test_a_pointer_chooses_the_start(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        area = page.locator(f"{FIGURE} .live-held .live-area")
        area.scroll_into_view_if_needed()
        box = area.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
        sliders = page.locator(FIGURE).get_by_role("slider")
        assert [float(sliders.nth(i).input_value()) for i in (0, 1)] == [-1, 1]


def test_without_scripts_there_is_a_picture(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context, context.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        assert "path of dots" in (page.locator(f"{FIGURE} img").get_attribute("alt") or "")
        assert page.locator(f"{FIGURE} input").count() == 0
