"""Run an answer against hidden cases and explain what is wrong with it.

An exercise is a solution, cases to call it with, and mistakes: wrong solutions, each with a hint.
An answer that returns what a mistake returns gets the hint of that mistake; so a hint is never
given on a guess. Chapter 6 shows the first verdicts.
"""

import _thread
import html
import inspect
import math
import numbers
import pkgutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor

Function = Callable[..., Any]
SECONDS = 10.0
"""How long an answer may take for all its cases."""


@dataclass(frozen=True)
class Mistake:
    """A plausible wrong solution, and what to say to whoever wrote it.

    Attributes
    ----------
    hint
        One or two sentences: what went wrong and where to look.
    function
        The wrong solution; it takes what the solution takes. It may raise.
    """

    hint: str
    function: Function


@dataclass(frozen=True)
class Exercise:
    """A task for one function.

    Attributes
    ----------
    task
        What the function takes and returns, in a sentence.
    solution
        A right answer.
    cases
        Draws the arguments of each call from a generator.
    mistakes
        Wrong solutions, the more specific one first.
    tolerance
        How far a number may be off, relative to 1 or to its own size, whichever is larger.
    """

    task: str
    solution: Function
    cases: Callable[[torch.Generator], Iterable[tuple[Any, ...]]]
    mistakes: tuple[Mistake, ...]
    tolerance: float = 1e-5


@dataclass(frozen=True)
class Verdict:
    """What an exercise answers.

    Attributes
    ----------
    number
        The exercise.
    right
        Whether every case came out right.
    message
        What was found.
    hint
        What to look at, or nothing where no known mistake was made.
    """

    number: str
    right: bool
    message: str
    hint: str = ""

    def __repr__(self) -> str:
        lines = [f"Exercise {self.number}: {'right' if self.right else 'not yet'}. {self.message}"]
        return "\n".join([*lines, *([f"Hint: {self.hint}"] if self.hint else [])])

    def _repr_html_(self) -> str:
        kind = "right" if self.right else "wrong"
        text = html.escape(repr(self)).replace("\n", "<br>")
        return f'<p class="verdict verdict-{kind}" data-exercise="{self.number}">{text}</p>'


@dataclass(frozen=True)
class _Raised:
    """Stands for the result of a call that raised an exception."""

    kind: type[BaseException]
    message: str


_Outcome = tuple[Any, list[Any]]
"""What a call returned, and its arguments as it left them."""


def check(number: str, answer: Function) -> None:
    """Grade an answer and show the verdict.

    Parameters
    ----------
    number
        Chapter and number of the exercise, such as ``"6.9"``.
    answer
        Your function; not what it returns.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Notes
    -----
    As a claim does, a verdict shows itself in a notebook and in a script; so there is nothing to
    print.

    Examples
    --------
    >>> check("6.9", lambda errors, weights, slopes: errors @ weights)
    Exercise 6.9: not yet. Case 1: -2.94712 came out at [0, 0]; expected -0.649142.
    Hint: The slope is missing: equation 2 multiplies by the derivative of the sigmoid at z.
    """
    sys.displayhook(grade(number, answer))


def grade(number: str, answer: Function, *, seconds: float = SECONDS) -> Verdict:
    """Run an answer against the hidden cases of an exercise.

    Parameters
    ----------
    number
        Chapter and number of the exercise, such as ``"6.9"``.
    answer
        The function to grade. It gets copies of the arguments; what it prints is not shown.
    seconds
        Stop the answer after so long. In a thread other than the main one there is no limit.

    Returns
    -------
    Verdict
        Whether it is right, and if not, why. An answer that raises, does not end, or returns
        something else than asked for is wrong; its exception is not passed on.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercise = _find(number)
    if not callable(answer):
        text = f"`answer` is {_kind(answer)}: give the function itself, not what it returns."
        return Verdict(number, False, text)
    # A case may hold a new network, whose weights come from the generator of the whole program.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        cases = list(exercise.cases(torch.Generator().manual_seed(0)))
    if refusal := _refusal(answer, cases[0]):
        return Verdict(number, False, f"{refusal} {exercise.task}")
    try:
        with _limited(seconds):
            found = [_call(answer, case) for case in cases]
    except TimeoutError:
        text = f"It did not end within {seconds:g} seconds. Does every loop come to an end?"
        return Verdict(number, False, text)
    wanted = [_call(exercise.solution, case) for case in cases]
    for index, pair in enumerate(zip(found, wanted, strict=True)):
        if difference := _outcomes_differ(*pair, exercise.tolerance):
            text = f"Case {index + 1}{_shown(cases[index])}: {difference}"
            return Verdict(number, False, text, _hint(exercise, cases, found, wanted))
    return Verdict(number, True, f"All {len(cases)} cases came out as they should.")


def exercises_of(chapter: int) -> Mapping[str, Exercise]:
    """List the exercises of a chapter by their numbers.

    Parameters
    ----------
    chapter
        Number of the chapter.

    Returns
    -------
    mapping of str to Exercise
        The numbers are such as ``"6.9"``.

    Raises
    ------
    ValueError
        If the chapter has no exercises of this kind.
    """
    # By name, so that a page depends on the exercises of its own chapter only; the book's
    # fingerprint of a page follows `check("6.9", ...)` to this module.
    try:
        found: Mapping[str, Exercise] = pkgutil.resolve_name(
            f"dlbook.exercises.chapter{chapter:02}:EXERCISES"
        )
    except ModuleNotFoundError as error:
        raise ValueError(f"chapter {chapter} has no exercises that can be checked") from error
    return found


def _find(number: str) -> Exercise:
    """Look an exercise up."""
    chapter, _, rest = number.partition(".") if isinstance(number, str) else ("", "", "")
    if not (chapter.isdecimal() and rest.isdecimal()):
        raise ValueError(f"number: {number!r} is not of the form '6.9' (chapter, dot, exercise)")
    exercises = exercises_of(int(chapter))
    if number not in exercises:
        known = ", ".join(exercises)
        raise ValueError(f"number: chapter {chapter} has no exercise {number!r}; it has {known}")
    return exercises[number]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the main thread if the block takes longer."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    state, lock = {"running": True, "expired": False}, threading.Lock()

    def stop() -> None:
        with lock:
            if state["running"]:
                state["expired"] = True
                _thread.interrupt_main()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    # A process that ignores Ctrl-C, as a job in the background does, would go on for ever.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer.start()
    try:
        yield
        with lock:
            state["running"] = False
    except KeyboardInterrupt:
        if not state["expired"]:
            raise
        raise TimeoutError from None
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)


def _refusal(answer: Function, case: Sequence[Any]) -> str:
    """Say why a function cannot be called with the arguments of a case, if it cannot."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some functions written in C have none
        return ""
    try:
        signature.bind(*case)
    except TypeError:
        return f"The function takes {signature}, but is called with {len(case)} arguments."
    return ""


def _call(function: Function, case: Sequence[Any]) -> _Outcome:
    """Call a function with copies of the arguments."""
    arguments = deepcopy(list(case))
    with torch.random.fork_rng(devices=[]), redirect_stdout(StringIO()):
        torch.manual_seed(0)
        try:
            return function(*arguments), arguments
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)[1:]
            place = f" in line {frames[0].lineno} of its source" if frames else ""
            return _Raised(type(error), f"{error}{place}"), arguments


def _outcomes_differ(found: _Outcome, wanted: _Outcome, tolerance: float) -> str:
    """Say how the outcomes of two calls differ, or nothing."""
    if difference := _differ(found[0], wanted[0], tolerance):
        return difference
    for position, (left, ought) in enumerate(zip(found[1], wanted[1], strict=True), 1):
        if isinstance(left, Tensor | list) and _differ(left, ought, 0.0):
            return f"the function changed its argument number {position}; compute a new one."
    return ""


def _differ(found: Any, wanted: Any, tolerance: float) -> str:
    """Say how a value differs from what was wanted, or nothing."""
    match wanted:
        case _Raised():
            # Only a mistake raises; it is met by an answer that raises the same.
            same = isinstance(found, _Raised) and found.kind is wanted.kind
            return "" if same else "no exception was raised."
        case _ if isinstance(found, _Raised):
            return f"{found.kind.__name__} was raised: {found.message}."
        case Tensor():
            return _tensors_differ(found, wanted, tolerance)
        case bool() | numbers.Real():
            return _numbers_differ(found, wanted, tolerance)
        case list() | tuple():
            return _sequences_differ(found, wanted, tolerance)
        case _:
            # An array compares number by number.
            equal = not isinstance(found, Tensor | np.ndarray) and found == wanted
            return "" if equal else f"{found!r} came out; expected {wanted!r}."


def _tensors_differ(found: Any, wanted: Tensor, tolerance: float) -> str:
    if not isinstance(found, Tensor):
        return f"{_kind(found)} came out; expected a tensor of shape {tuple(wanted.shape)}."
    if found.shape != wanted.shape:
        return f"shape {tuple(found.shape)} came out; expected {tuple(wanted.shape)}."
    if _family(found) != _family(wanted):
        return f"dtype {found.dtype} came out; expected {wanted.dtype}."
    left, right = found.detach().double(), wanted.detach().double()
    if not left.isfinite().all() and right.isfinite().all():
        return "NaN or infinite values came out."
    same = (left == right) | (left.isnan() & right.isnan())  # a mistake may make a NaN
    gaps = torch.where(same, 0, (left - right).abs() / right.abs().clamp(min=1))
    if found.numel() == 0 or gaps.max() <= tolerance:
        return ""
    where = tuple(int(i) for i in torch.unravel_index(gaps.argmax(), gaps.shape))
    place = f" at {list(where)}" if where else ""
    return f"{found[where].item():.6g} came out{place}; expected {wanted[where].item():.6g}."


def _numbers_differ(found: Any, wanted: Any, tolerance: float) -> str:
    single = isinstance(found, Tensor | np.ndarray) and found.ndim == 0
    value = found.item() if single or isinstance(found, np.generic) else found
    if not isinstance(value, numbers.Real) or isinstance(value, bool) != isinstance(wanted, bool):
        return f"{_kind(found)} came out; expected {_kind(wanted)}."
    try:
        value = float(value)  # a Fraction has no format of its own
    except OverflowError:
        value = math.copysign(math.inf, value)
    close = abs(value - wanted) <= tolerance * max(1, abs(wanted))
    same = value == wanted or (math.isnan(value) and math.isnan(wanted))
    return "" if same or close else f"{value:.6g} came out; expected {wanted:.6g}."


def _sequences_differ(found: Any, wanted: Sequence[Any], tolerance: float) -> str:
    if not isinstance(found, list | tuple):
        return f"{_kind(found)} came out; expected {_kind(wanted)}."
    if len(found) != len(wanted):
        return f"{len(found)} items came out; expected {len(wanted)}."
    for position, pair in enumerate(zip(found, wanted, strict=True), 1):
        if difference := _differ(*pair, tolerance):
            return f"item {position}: {difference}"
    return ""


def _hint(
    exercise: Exercise,
    cases: Sequence[Sequence[Any]],
    found: Sequence[_Outcome],
    wanted: Sequence[_Outcome],
) -> str:
    """Give the hint of the mistake that was made, or what the numbers themselves tell."""
    for mistake in exercise.mistakes:
        made = [_call(mistake.function, case) for case in cases]
        pairs = zip(found, made, strict=True)
        if not any(_outcomes_differ(*pair, exercise.tolerance) for pair in pairs):
            return mistake.hint
    values = [(a, b) for (a, _), (b, _) in zip(found, wanted, strict=True)]
    if not all(isinstance(value, Tensor) for value in chain(*values)):
        return ""
    tries: dict[str, Callable[[Tensor], Tensor]] = {
        "Every sign is turned around.": lambda a: a if a.dtype == torch.bool else -a,
        "It is the transpose of what was expected.": lambda a: a.mT if a.ndim >= 2 else a,
    }
    for hint, mend in tries.items():
        if not any(_differ(mend(a), b, exercise.tolerance) for a, b in values):
            return hint
    return ""


def _shown(case: Sequence[Any]) -> str:
    """Write the arguments of a case, if they are short."""
    text = ", ".join(map(repr, case))
    return f", for {text}" if len(text) <= 80 and "\n" not in text else ""


def _family(tensor: Tensor) -> str:
    """Tell the families of numbers apart; their width does not matter."""
    if tensor.is_floating_point() or tensor.is_complex():
        return "floating-point" if tensor.is_floating_point() else "complex"
    return "truth" if tensor.dtype == torch.bool else "whole"


def _kind(value: Any) -> str:
    """Name the type of a value, with its article."""
    words = {float: "number", int: "whole number", bool: "truth value", np.ndarray: "NumPy array"}
    name = words.get(type(value), type(value).__name__)
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
