"""The exercises of chapter 14: scale and speed."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dlbook.exercises.grading import Exercise, Mistake
from dlbook.models import describe


def _layers(generator: torch.Generator) -> Iterator[tuple[nn.Module, Tensor]]:
    """Build dense layers and convolutions, and draw a batch for each."""
    layers = nn.Linear(5, 3), nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(3, 2, (2, 3), stride=2)
    for layer, shape in zip(layers, ((4, 5), (3, 2, 6, 5), (5, 3, 8, 9)), strict=True):
        yield layer, torch.randn(shape, generator=generator)


def _work(layer: nn.Module, inputs: Tensor) -> int:
    return len(inputs) * describe(layer, inputs.shape[1:]).multiply_adds


def _sizes(generator: torch.Generator) -> Iterator[tuple[int, int, int, int]]:
    """List samples, inputs, outputs and bytes of a number; nothing is drawn."""
    yield from ((1, 4096, 1024, 4), (32, 784, 64, 4), (128, 512, 10, 2))


def _intensity(m: int, n_inputs: int, n_outputs: int, n_bytes: int) -> float:
    numbers = n_inputs * n_outputs + m * n_inputs + m * n_outputs
    return m * n_inputs * n_outputs / (n_bytes * numbers)


def _machines(generator: torch.Generator) -> Iterator[tuple[int, int, int, float, float, float]]:
    """List calls, bytes and multiply-adds, and what a machine does of each; nothing is drawn."""
    yield 2, 4_080_000, 10_000_000, 5.0, 10_000.0, 50_000.0
    yield 10, 40_000, 500_000, 8.0, 10_000.0, 50_000.0
    yield 3, 8_000_000, 900_000_000, 2.0, 20_000.0, 100_000.0


def _bounds(
    calls: int, moved: int, work: int, overhead: float, bandwidth: float, peak: float
) -> dict[str, float]:
    return {
        "overhead": calls * overhead,
        "memory": moved / bandwidth,
        "arithmetic": work / peak,
    }


def _predicted(*case: float) -> tuple[str, float]:
    bounds = _bounds(*case)  # type: ignore[arg-type]
    name = max(bounds, key=lambda each: bounds[each])
    return name, bounds[name]


def _parts(generator: torch.Generator) -> Iterator[tuple[Tensor, list[int]]]:
    """Draw the gradients (k, p) of k workers, and list the sizes of their parts."""
    for sizes, n_parameters in (([63, 62], 3), ([5, 1, 2], 4), ([1, 2, 3, 10], 2)):
        yield torch.randn(len(sizes), n_parameters, generator=generator), sizes


def _summed(gradients: Tensor, sizes: list[int]) -> Tensor:
    return torch.tensor(sizes, dtype=gradients.dtype) @ gradients


EXERCISES = {
    "14.8": Exercise(
        task="It takes a layer, an nn.Linear or an nn.Conv2d, and a batch of inputs for it; it "
        "returns the number of multiply-adds that the layer makes for the batch.",
        solution=_work,
        cases=_layers,
        mistakes=(
            Mistake(
                "This is the work for one input; the batch has more.",
                lambda layer, inputs: _work(layer, inputs[:1]),
            ),
            Mistake(
                "A multiplication and the addition that goes with it count as one here.",
                lambda layer, inputs: 2 * _work(layer, inputs),
            ),
            Mistake(
                "You counted the biases. To add one is no multiply-add.",
                lambda layer, inputs: _work(layer, inputs) + layer(inputs).numel(),
            ),
            Mistake(
                "You used each weight once for an input. A kernel is used at every place of its "
                "map.",
                lambda layer, inputs: len(inputs) * layer.weight.numel(),
            ),
            Mistake(
                "The places are those of the map that comes out, not of the image that comes in.",
                lambda layer, inputs: (
                    len(inputs) * layer.weight.numel() * inputs[0, 0].numel()
                    if inputs.ndim == 4
                    else _work(layer, inputs)
                ),
            ),
        ),
    ),
    "14.9": Exercise(
        task="It takes four whole numbers: the samples of a batch, the inputs and the outputs of a "
        "dense layer without biases, and the bytes of a number; it returns the layer's arithmetic "
        "intensity, in multiply-adds per byte.",
        solution=_intensity,
        cases=_sizes,
        mistakes=(
            Mistake(
                "These are multiply-adds per number; a number has several bytes.",
                lambda m, n_inputs, n_outputs, n_bytes: _intensity(m, n_inputs, n_outputs, 1),
            ),
            Mistake(
                "You counted the bytes of the weights only. The inputs are read and the outputs "
                "are written: those bytes move, too.",
                lambda m, n_inputs, n_outputs, n_bytes: m / n_bytes,
            ),
            Mistake(
                "The outputs have to be written, too.",
                lambda m, n_inputs, n_outputs, n_bytes: m * n_outputs / (n_bytes * (n_outputs + m)),
            ),
            Mistake(
                "The inputs have to be read, too.",
                lambda m, n_inputs, n_outputs, n_bytes: m * n_inputs / (n_bytes * (n_inputs + m)),
            ),
            Mistake(
                "You read the weights anew for every sample. The batch reads them once: that is "
                "what it is good for.",
                lambda m, n_inputs, n_outputs, n_bytes: _intensity(1, n_inputs, n_outputs, n_bytes),
            ),
            Mistake(
                "This is turned over: bytes per multiply-add.",
                lambda *case: 1 / _intensity(*case),
            ),
        ),
    ),
    "14.10": Exercise(
        task="It takes the calls, the bytes and the multiply-adds of a computation, and of a "
        "machine the microseconds of a call, the bytes per microsecond and the multiply-adds per "
        "microsecond. It returns what bounds the computation ('overhead', 'memory' or "
        "'arithmetic'), and the microseconds that it takes at least.",
        solution=_predicted,
        cases=_machines,
        mistakes=(
            Mistake(
                "You added the three times. Bytes can move while the core computes: what bounds "
                "the time from below is the largest of them.",
                lambda *case: (_predicted(*case)[0], sum(_bounds(*case).values())),
            ),
            Mistake(
                "You took the smallest of the three. The one that takes longest is what the others "
                "wait for.",
                lambda *case: min(
                    ((name, time) for name, time in _bounds(*case).items()), key=lambda b: b[1]
                ),
            ),
            Mistake(
                "The overhead is paid for every call.",
                lambda calls, *rest: _predicted(1, *rest),
            ),
            Mistake(
                "The rates of the memory and of the arithmetic are exchanged.",
                lambda calls, moved, work, overhead, bandwidth, peak: _predicted(
                    calls, moved, work, overhead, peak, bandwidth
                ),
            ),
        ),
    ),
    "14.11": Exercise(
        task="It takes the gradients (k, p) of k workers, a row for each, the mean over its own "
        "part of the batch, and a list of the k sizes of these parts; it returns the gradient (p,) "
        "of the mean over the whole batch.",
        solution=lambda gradients, sizes: _summed(gradients, sizes) / sum(sizes),
        cases=_parts,
        mistakes=(
            Mistake(
                "The plain mean is right only if all parts have the same size. A worker with more "
                "samples counts for more.",
                lambda gradients, sizes: gradients.mean(0),
            ),
            Mistake(
                "You added the gradients of the workers up. Each is a mean already; as large as "
                "its part is, so large is its weight.",
                lambda gradients, sizes: gradients.sum(0),
            ),
            Mistake(
                "This is the sum over all samples; the cost is their mean.",
                _summed,
            ),
            Mistake(
                "You divided by the number of workers as well. The weights of the gradients sum to "
                "1 already.",
                lambda gradients, sizes: _summed(gradients, sizes) / sum(sizes) / len(sizes),
            ),
            Mistake(
                "You divided the weighted sum by the number of workers. It is a sum over samples: "
                "divide by their number.",
                lambda gradients, sizes: _summed(gradients, sizes) / len(sizes),
            ),
        ),
    ),
}
