"""The exercises of chapter 10: photographs."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from dlbook.evaluation import Evaluation, confusion_counts
from dlbook.exercises.grading import Exercise, Mistake


def _pictures(generator: torch.Generator) -> Iterator[tuple[Tensor]]:
    """Draw 8-bit pictures (n, h, w, 3), higher than wide or wider than high."""
    for n, h, w in ((1, 2, 3), (4, 5, 2), (3, 4, 4)):
        drawn = torch.randint(256, (n, h, w, 3), generator=generator)
        yield (drawn.to(torch.uint8),)


def _rows(pictures: Tensor, order: tuple[int, ...] = (0, 3, 1, 2)) -> Tensor:
    return pictures.permute(order).flatten(1) / 255


def _neurons(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, int]]:
    """Draw weighted inputs z (n,) that are larger for a class, labels (n,), and the class."""
    for n, wanted in ((20, 0), (60, 3), (200, 9)):
        labels = torch.arange(n) % 10
        z = torch.randn(n, generator=generator) - 0.5 + (labels == wanted)
        z[:2] = torch.tensor([0.3, 0.2])  # a probability above one half, and a z below it
        yield z, labels, wanted


def _said(z: Tensor, labels: Tensor, wanted: int, bar: float = 0.0) -> Evaluation:
    truth = (labels == wanted).long()
    return Evaluation(loss=0.0, confusion=confusion_counts(truth, (z > bar).long(), 2))


def _beyond_no(z: Tensor, labels: Tensor, wanted: int, bar: float = 0.0) -> tuple[float, ...]:
    found = _said(z, labels, wanted, bar)
    always_no = float((labels != wanted).float().mean())
    return found.accuracy, always_no, float(found.recall[1])


def _with_precision(z: Tensor, labels: Tensor, wanted: int) -> tuple[float, ...]:
    return *_beyond_no(z, labels, wanted)[:2], float(_said(z, labels, wanted).precision[1])


def _confusions(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw confusion matrices (c, c) with classes of unequal size, and which are man-made (c,)."""
    for made in ([True, False, False], [False, True, True, False], [True, True] + 3 * [False]):
        c = len(made)
        drawn = torch.randint(1, 20, (c, c), generator=generator)
        yield drawn * torch.arange(1, c + 1)[:, None], torch.tensor(made)


def _ahead(shares: Tensor, made: Tensor) -> float:
    return float(shares[made].mean() - shares[~made].mean())


def _recall(confusion: Tensor) -> Tensor:
    return Evaluation(loss=0.0, confusion=confusion).recall


def _man_made_ahead(confusion: Tensor, made: Tensor) -> float:
    return _ahead(_recall(confusion), made)


def _pooled(confusion: Tensor, made: Tensor) -> float:
    shares = [
        float(confusion.diagonal()[group].sum() / confusion[group].sum()) for group in (made, ~made)
    ]
    return shares[0] - shares[1]


def _groups(confusion: Tensor, made: Tensor) -> float:
    same = made[:, None] == made[None, :]
    return _ahead((confusion * same).sum(1) / confusion.sum(1), made)


def _to_shift(generator: torch.Generator) -> Iterator[tuple[Tensor, int]]:
    """Draw images (n, c, h, w), and by how many pixels to shift them."""
    for size, by in (((1, 1, 3, 4), 1), ((2, 3, 5, 5), 2), ((4, 3, 4, 6), 3)):
        yield torch.randn(size, generator=generator), by


def _shifted_right(images: Tensor, by: int, mode: str = "constant") -> Tensor:
    return functional.pad(images, (by, 0, 0, 0), mode=mode)[..., :-by]


EXERCISES = {
    "10.8": Exercise(
        task="It takes 8-bit pictures (n, h, w, 3) as files hold them; it returns rows for a dense "
        "network, floating-point numbers from 0 to 1 of shape (n, 3hw): all of red first, then "
        "all of green, then all of blue, each row by row.",
        solution=_rows,
        cases=_pictures,
        mistakes=(
            Mistake(
                "The numbers still lie as in the file, the three colors of a pixel side by side. "
                "reshape and flatten never move them: permute the dimensions first.",
                lambda pictures: pictures.flatten(1) / 255,
            ),
            Mistake(
                "Height and width changed places: these pictures lie on their side.",
                lambda pictures: _rows(pictures, (0, 3, 2, 1)),
            ),
            Mistake(
                "The order is right, but the numbers still run up to 255.",
                lambda pictures: 255 * _rows(pictures),
            ),
        ),
    ),
    "10.9": Exercise(
        task="It takes z (n,) of a neuron, labels (n,) from 0 to 9 and the class that the neuron "
        "is for; it returns three numbers: its accuracy, the accuracy of always saying no, and "
        "its recall. It says yes where sigmoid(z) is above one half.",
        solution=_beyond_no,
        cases=_neurons,
        mistakes=(
            Mistake(
                "The third number is the precision: of the images it said yes to, how many are of "
                "the class. The recall divides by the images of the class.",
                _with_precision,
            ),
            Mistake(
                "The bar of one half is one for the probability. For z the bar is where the "
                "sigmoid is one half.",
                lambda z, labels, wanted: _beyond_no(z, labels, wanted, bar=0.5),
            ),
            Mistake(
                "The second number is the share of the class, the accuracy of always saying yes.",
                lambda z, labels, wanted: (
                    _said(z, labels, wanted).accuracy,
                    float((labels == wanted).float().mean()),
                    float(_said(z, labels, wanted).recall[1]),
                ),
            ),
            Mistake(
                "The third number is the share of all images that are found. The recall divides "
                "by the images of the class alone.",
                lambda z, labels, wanted: (
                    *_beyond_no(z, labels, wanted)[:2],
                    float(((z > 0) & (labels == wanted)).float().mean()),
                ),
            ),
        ),
    ),
    "10.10": Exercise(
        task="It takes a confusion matrix (c, c) of counts, true classes in the rows, and which "
        "classes are man-made, truth values (c,); it returns one number, the mean recall of the "
        "man-made classes minus the mean recall of the others.",
        solution=_man_made_ahead,
        cases=_confusions,
        mistakes=(
            Mistake(
                "You divided by the sums of the columns: that is the precision. The rows hold the "
                "true classes.",
                lambda confusion, made: _ahead(
                    Evaluation(loss=0.0, confusion=confusion).precision, made
                ),
            ),
            Mistake(
                "You threw all images of a group together, so that frequent classes weigh more. "
                "Take the recall of each class first, then their mean.",
                _pooled,
            ),
            Mistake(
                "A cat that is taken for a dog was counted as right. The recall asks for the very "
                "class, on the diagonal; the groups come in afterwards.",
                _groups,
            ),
            Mistake(
                "The difference is turned around: man-made minus the others.",
                lambda confusion, made: -_man_made_ahead(confusion, made),
            ),
        ),
    ),
    "10.11": Exercise(
        task="It takes images (n, c, h, w) and a whole number from 1 to w - 1; it returns the "
        "images moved to the right by so many pixels, of the same shape, with zeros at the left.",
        solution=_shifted_right,
        cases=_to_shift,
        mistakes=(
            Mistake(
                "What left at the right border came in again at the left. Put zeros there.",
                lambda images, by: images.roll(by, 3),
            ),
            Mistake(
                "The images moved to the left: column k is to become column k + by.",
                lambda images, by: functional.pad(images, (0, by))[..., by:],
            ),
            Mistake(
                "The images moved down: the width is the last dimension, the height the one "
                "before it.",
                lambda images, by: functional.pad(images, (0, 0, by, 0))[:, :, :-by],
            ),
            Mistake(
                "The left border was filled with its mirror image, as in the chapter. Here it is "
                "to be filled with zeros.",
                lambda images, by: _shifted_right(images, by, "reflect"),
            ),
        ),
    ),
}
