"""Exercises that answer: `check` runs a reader's function and says what went wrong.

Every chapter ends with some of them. ``check("6.9", my_function)`` calls the function with cases
that the exercise keeps to itself, compares what it returns with a solution, and answers in words:
what came out for which arguments, and where it can tell, the mistake that was made.
"""

from dlbook.exercises.grading import Exercise, Mistake, Verdict, check, exercises_of, grade

__all__ = ["Exercise", "Mistake", "Verdict", "check", "exercises_of", "grade"]
