"""The live backpropagation of chapter 6: its numbers are the library's, and its controls work."""

from itertools import product
from typing import Any, NamedTuple

import torch
from playwright.sync_api import Browser, Page
from torch import Tensor

from dlbook.scratch.losses import quadratic
from dlbook.scratch.network import Network, Trace
from dlbook.scratch.optim import GradientDescent

PAGE = "chapters/06-backpropagation.html"
FIGURE = "#fig-backprop-live"
N_STEPS = 21


class Worked(NamedTuple):
    """What the library computes for one sample."""

    trace: Trace
    cost: float
    cost_after: float


def work(inputs: Tensor, answer: int, factor: float = 1.0) -> Worked:
    """Let the library do the steps of the figure."""
    network = Network(3, 4, 2, dtype=torch.float64)
    for w in network.weights:
        w *= factor
    target = torch.eye(2, dtype=torch.float64)[[answer]]
    trace = network.forward(inputs)
    network.backward(trace, target)
    GradientDescent(3.0).step(network.parameters, trace.gradients)
    after = quadratic(network.forward(inputs).outputs, target)
    return Worked(trace, quadratic(trace.outputs, target).item(), after.item())


def differences(shown: dict[str, Any], worked: Worked) -> list[float]:
    """Compare what the figure shows with what the library computed, number by number."""
    of_library = [
        *worked.trace.activations, *worked.trace.weighted_inputs, *worked.trace.errors,
        *worked.trace.weight_gradients, torch.tensor([worked.cost, worked.cost_after]),
    ]  # fmt: skip
    of_page = [*shown["a"], *shown["z"], *shown["errors"], *shown["gradients"]]
    of_page.append([shown["cost"], shown["costAfter"]])
    return [
        (torch.tensor(ours, dtype=torch.float64) - theirs.squeeze()).abs().max().item()
        for ours, theirs in zip(of_page, of_library, strict=True)
    ]


def number(value: float, digits: int) -> str:
    """Write a number as the page does."""
    return f"{round(value, digits) + 0:.{digits}f}".replace("-", "−")


def words(page: Page) -> str:
    return page.locator(f"{FIGURE} .bp-words").inner_text()


def expected_words(worked: Worked) -> list[list[str]]:
    """List the numbers that each step has to name."""
    trace = worked.trace
    hidden, outputs = ([number(a, 3) for a in layer[0].tolist()] for layer in trace.activations[1:])
    errors = [[number(error, 4) for error in layer[0].tolist()] for layer in trace.errors]
    gradients = [
        [[number(entry, 4) for entry in row] for row in layer.tolist()]
        for layer in trace.weight_gradients
    ]
    return [
        [number(x, 3) for x in trace.activations[0][0].tolist()],
        *([a] for a in [*hidden, *outputs]),
        [number(worked.cost, 4)],
        *([error] for error in [*errors[1], *errors[0]]),
        *([*row, error] for layer in (1, 0)
          for row, error in zip(gradients[layer], errors[layer], strict=True)),
        [number(worked.cost, 4), number(worked.cost_after, 4)],
    ]  # fmt: skip


def test_numbers_are_those_of_the_library(browser: Browser, address: str) -> None:
    inputs = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    at_start = work(inputs[:1], answer=0)
    chance = torch.Generator().manual_seed(1)
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        handed_over = page.evaluate("dlbook.figures.backprop.trace()")
        computed = page.evaluate("dlbook.figures.backprop.compute()")
        assert max(differences(handed_over, at_start) + differences(computed, at_start)) < 1e-6
        for step, numbers in enumerate(expected_words(at_start), start=1):
            page.evaluate("step => dlbook.figures.backprop.go(step)", step)
            assert not [n for n in numbers if n not in words(page)], (step, words(page))
        assert step == N_STEPS
        for answer, factor in product((0, 1), (0.0, 0.5, 1.0, 3.5, 10.0)):
            for _ in range(3):
                x = torch.randint(-300, 301, (1, 3), generator=chance).double() / 100
                drawn = {"inputs": x[0].tolist(), "answer": answer, "factor": factor}
                page.evaluate("values => dlbook.figures.backprop.set(values)", drawn)
                shown = page.evaluate("dlbook.figures.backprop.trace()")
                assert max(differences(shown, work(x, answer, factor))) < 1e-4, drawn


def test_controls_work_by_keyboard(browser: Browser, address: str) -> None:
    with browser.new_page() as page:
        page.goto(f"{address}/{PAGE}")
        figure = page.locator(FIGURE)
        assert words(page).startswith("Input.")
        first = words(page)
        figure.get_by_role("button", name="Next").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        assert words(page).startswith("Forward: hidden neuron 2.")
        assert words(page) in (figure.locator("svg").get_attribute("aria-label") or "")
        figure.get_by_role("button", name="Back").focus()
        page.keyboard.press("Enter")
        assert words(page).startswith("Forward: hidden neuron 1.")
        before = words(page)
        figure.get_by_role("slider", name="input x₁").focus()
        page.keyboard.press("ArrowLeft")
        assert words(page) != before
        figure.get_by_role("slider", name="step").focus()
        page.keyboard.press("End")
        assert words(page).startswith("Update.")
        before = words(page)
        figure.get_by_role("slider", name="all weights times").focus()
        page.keyboard.press("End")
        assert words(page) != before
        before = words(page)
        figure.get_by_role("combobox", name="answer y").focus()
        page.keyboard.press("ArrowDown")
        assert words(page) != before
        figure.get_by_role("button", name="Start again").focus()
        page.keyboard.press("Enter")
        assert words(page) == first


def test_the_still_picture_stands_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    picture = page.locator(f"{FIGURE} img")
    assert picture.is_visible()
    assert "four hidden neurons" in (picture.get_attribute("alt") or "")
    assert "errors δ" in page.locator(f"{FIGURE} figcaption").inner_text()
    context.close()
