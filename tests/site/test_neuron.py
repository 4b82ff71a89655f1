"""The live neuron of chapter 3: its numbers are those of the library."""

import pytest
import torch
from playwright.sync_api import Browser

from dlbook.scratch.neuron import SigmoidNeuron
from dlbook.scratch.perceptron import fires

PAGE = "chapters/03-from-perceptron-to-neuron.html"
FIGURE = "#fig-neuron-live"


def test_numbers_are_those_of_the_library(browser: Browser, address: str) -> None:
    chance = torch.Generator().manual_seed(0)
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        activation = page.locator(FIGURE).get_by_role("combobox", name="activation")
        for name in ("sigmoid", "threshold"):
            activation.select_option(name)
            for _ in range(25):
                values = torch.randint(-30, 31, (5,), generator=chance).double() / 10
                w1, w2, b, x1, x2 = values.tolist()
                drawn = {"w1": w1, "w2": w2, "b": b, "x1": x1, "x2": x2}
                shown = page.evaluate("values => dlbook.figures.neuron.set(values)", drawn)
                weights, inputs = values[:2], values[None, 3:]
                neuron = SigmoidNeuron(weights, bias=b)
                assert shown["z"] == pytest.approx(neuron.weighted_input(inputs).item(), abs=1e-4)
                output = (
                    neuron.output(inputs)
                    if name == "sigmoid"
                    else fires(inputs, weights, torch.tensor(b, dtype=torch.float64))
                )
                assert shown["a"] == pytest.approx(float(output), abs=1e-4), drawn


def test_controls_work_by_keyboard(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        figure = page.locator(FIGURE)
        words = figure.locator(".live-words")
        before = words.inner_text()
        figure.get_by_role("slider", name="bias b").focus()
        page.keyboard.press("Home")
        assert "+ (−4.0) =" in words.inner_text()
        figure.get_by_role("combobox", name="activation").focus()
        page.keyboard.press("End")
        assert words.inner_text().endswith("It is silent.")
        page.keyboard.press("Home")
        figure.get_by_role("button", name="Start again").focus()
        page.keyboard.press("Enter")
        assert words.inner_text() == before


def test_without_scripts_there_is_a_picture(browser: Browser, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context, context.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        assert "plane of two inputs" in (page.locator(f"{FIGURE} img").get_attribute("alt") or "")
        assert page.locator(f"{FIGURE} input").count() == 0
