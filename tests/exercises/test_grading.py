"""What `check` says of answers that are wrong in ways which every exercise shares."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dlbook.exercises import Exercise, Mistake, check, exercises_of, grade
from dlbook.scratch.activations import sigmoid, sigmoid_derivative

CHAPTERS = range(1, 15)
NUMBERS = [number for chapter in CHAPTERS for number in exercises_of(chapter)]


def right(errors: Tensor, weights: Tensor, z: Tensor) -> Tensor:
    return (errors @ weights) * sigmoid_derivative(z)


def find(number: str) -> Any:
    return exercises_of(int(number.partition(".")[0]))[number]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_has_at_least_three_exercises(chapter: int) -> None:
    exercises = exercises_of(chapter)
    assert len(exercises) >= 3
    assert all(number.startswith(f"{chapter}.") for number in exercises)
    assert all(len(exercise.mistakes) >= 2 for exercise in exercises.values())


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_is_right_and_each_mistake_gets_its_own_hint(number: str) -> None:
    exercise = find(number)
    assert grade(number, exercise.solution).right
    for mistake in exercise.mistakes:
        verdict = grade(number, mistake.function)
        assert not verdict.right
        assert verdict.hint == mistake.hint


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "`answer` is a whole number: give the function itself"),
        (lambda errors: errors, "takes (errors), but is called with 3 arguments. It takes"),
        (lambda e, w, z: right(e, w, z).tolist(), "a list came out; expected a tensor of shape"),
        (lambda e, w, z: right(e, w, z).numpy(), "a NumPy array came out; expected a tensor"),
        (lambda e, w, z: None, "None came out; expected a tensor"),
        (lambda e, w, z: right(e, w, z)[0], "shape (3,) came out; expected (1, 3)"),
        (lambda e, w, z: right(e, w, z).int(), "dtype torch.int32 came out; expected torch.float"),
        (lambda e, w, z: right(e, w, z) / 0, "NaN or infinite values came out"),
        (lambda e, w, z: e.nonsense, "AttributeError was raised: 'Tensor' object has no"),
        (lambda e, w, z: exit("tired"), "SystemExit was raised: tired"),
        (lambda e, w, z: right(e.mul_(2), w, z) / 2, "the function changed its argument number 1"),
    ],
)
def test_an_answer_that_cannot_be_compared_is_told_why(answer: Any, words: str) -> None:
    verdict = grade("6.9", answer)
    assert not verdict.right
    assert words in repr(verdict)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda e, w, z: -right(e, w, z), "Every sign is turned around"),
        (lambda e, w, z: right(e, w, z).T, "transpose of what was expected"),
        (lambda e, w, z: right(e, w, z) + 1, ""),
    ],
)
def test_the_numbers_themselves_may_tell_the_mistake(
    answer: Callable[..., Tensor], words: str
) -> None:
    verdict = grade("6.9", answer)
    assert not verdict.right
    assert words in verdict.hint
    assert bool(words) == bool(verdict.hint)


@pytest.mark.parametrize("make", [torch.tensor, lambda number: number])
def test_a_mistake_may_make_a_nan(
    make: Callable[[float], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = Exercise(
        task="It takes a number and returns it.",
        solution=make,
        cases=lambda _: ((1.0,), (2.0,)),
        mistakes=(Mistake("Infinity less infinity.", lambda number: make(float("nan"))),),
    )
    monkeypatch.setitem(exercises_of(6), "6.99", exercise)
    assert grade("6.99", lambda number: make(number * float("nan"))).hint
    assert not grade("6.99", lambda number: make(number / 3)).hint


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN])
def test_an_answer_that_never_ends_is_stopped(handler: Any) -> None:
    def forever(*arguments: Tensor) -> Tensor:
        while True:
            pass

    before = signal.signal(signal.SIGINT, handler)
    try:
        verdict = grade("6.9", forever, seconds=0.2)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert not verdict.right
    assert "did not end within 0.2 seconds" in verdict.message


def test_stopping_by_hand_still_stops() -> None:
    def interrupted(*arguments: Tensor) -> Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade("6.9", interrupted)


def test_another_thread_may_grade() -> None:
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(grade("6.9", right)))
    thread.start()
    thread.join()
    assert verdicts[0].right


def test_an_answer_may_be_written_differently() -> None:
    def loops(errors: Tensor, weights: Tensor, z: Tensor) -> Tensor:
        print("looking around")
        result = np.zeros(z.shape)
        for sample in range(len(z)):
            for neuron in range(z.shape[1]):
                slope = sigmoid(z[sample, neuron]) * (1 - sigmoid(z[sample, neuron]))
                result[sample, neuron] = slope * sum(
                    errors[sample, k] * weights[k, neuron] for k in range(len(weights))
                )
        return torch.from_numpy(result)

    assert grade("6.9", loops).right


def test_the_random_numbers_of_the_reader_go_on() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    grade("6.9", right)
    assert torch.equal(torch.rand(3), expected)


def test_check_shows_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    check("6.9", lambda errors, weights, z: (errors @ weights) * sigmoid(z))
    assert "Hint: You multiplied by sigmoid(z) itself" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["6.99", "99.1", "6", "six", 6.9])
def test_an_unknown_exercise_is_named(number: Any) -> None:
    with pytest.raises(ValueError, match=r"exercise"):
        check(number, right)


def test_a_verdict_is_safe_to_show_as_html() -> None:
    def failing(errors: Any, weights: Any, z: Any) -> None:
        raise ValueError("<b>")

    shown = grade("6.9", failing)._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert 'class="verdict verdict-wrong"' in shown
