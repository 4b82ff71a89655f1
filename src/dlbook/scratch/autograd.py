"""A small engine that differentiates what it computes: reverse mode over tensors.

A `Variable` holds a tensor and remembers the operation that made it: the variables that went in,
and for each of them how to pass a gradient back. `backward` walks through this graph from the
result, each operation after all that use it, and adds up the gradients. Chapter 6 builds it up
from the chain rule.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from dlbook.scratch import activations

Rule = Callable[[Tensor], Tensor]
"""From the gradient of the result of an operation to the gradient of one of its operands."""


class Variable:
    """A tensor that knows how it was computed.

    Parameters
    ----------
    data : Tensor
        The numbers, floating-point; not to be changed in place between a computation and its
        `backward`.
    name : str
        What to call it in a drawing; for a result, its operation.

    Attributes
    ----------
    data : Tensor
        The numbers.
    gradient : Tensor
        The derivative of the variable on which `backward` was called, of the shape of `data`;
        zeros before.
    operands : tuple of (Variable, Rule)
        What it was computed from; empty for a variable that a user made.

    Raises
    ------
    TypeError
        If `data` is no tensor.
    ValueError
        If `data` holds no floating-point numbers, or a NaN.

    Examples
    --------
    >>> x = Variable(torch.tensor(3.0))
    >>> (x * x + x).backward()
    >>> x.gradient.item()  # 2 x + 1
    7.0
    """

    def __init__(self, data: Tensor, name: str = "") -> None:
        if not isinstance(data, Tensor):
            raise TypeError(f"data must be a tensor, found {data!r}; convert with torch.tensor")
        if not data.is_floating_point() or bool(data.isnan().any()):
            raise ValueError(
                f"data of {name or 'a variable'} must be floating-point numbers and no NaN, found "
                f"{data.dtype}, shape {tuple(data.shape)}"
            )
        self.data = data
        self.name = name
        self.gradient = torch.zeros_like(data)
        self.operands: Sequence[tuple[Variable, Rule]] = ()

    def __repr__(self) -> str:
        return f"Variable({self.name or 'unnamed'}, shape {tuple(self.data.shape)})"

    def __add__(self, other: "Variable | float") -> "Variable":
        other = _variable(other, self)
        return _result("+", self.data + other.data, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other: "Variable | float") -> "Variable":
        other = _variable(other, self)
        a, b = self.data, other.data
        return _result("×", a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __pow__(self, exponent: float) -> "Variable":
        if not isinstance(exponent, int | float):
            return NotImplemented
        a, exponent = self.data, float(exponent)
        # With exponent 0 the power below would be 1/0 where a is 0.
        slope = exponent * a ** (exponent - 1) if exponent else torch.zeros_like(a)
        return _result(f"power {exponent:g}", a**exponent, (self, lambda g: g * slope))

    def __matmul__(self, other: "Variable") -> "Variable":
        if not isinstance(other, Variable):
            return NotImplemented
        a, b = self.data, other.data
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0] or a.dtype != b.dtype:
            raise ValueError(
                "@ needs two matrices as operands, (n, k) and (k, m) of one type; found shapes "
                f"{tuple(a.shape)} and {tuple(b.shape)}, {a.dtype} and {b.dtype}"
            )
        return _result("@", a @ b, (self, lambda g: g @ b.T), (other, lambda g: a.T @ g))

    def __neg__(self) -> "Variable":
        return self * -1.0

    def __sub__(self, other: "Variable | float") -> "Variable":
        return self + -_variable(other, self)

    def __truediv__(self, other: "Variable | float") -> "Variable":
        return self * _variable(other, self) ** -1.0

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Variable":
        return -self + other

    def __rtruediv__(self, other: float) -> "Variable":
        return self**-1.0 * other

    @property
    def T(self) -> "Variable":  # noqa: N802
        """The transpose of a matrix."""
        if self.data.ndim != 2:
            raise ValueError(f"T needs a matrix, found shape {tuple(self.data.shape)}")
        return _result("transpose", self.data.T, (self, lambda g: g.T))

    def exp(self) -> "Variable":
        """Raise e to each number.

        Returns
        -------
        Variable
            Of the same shape.
        """
        power = self.data.exp()
        return _result("exp", power, (self, lambda g: g * power))

    def log(self) -> "Variable":
        """Take the natural logarithm of each number.

        Returns
        -------
        Variable
            Of the same shape.
        """
        a = self.data
        return _result("log", a.log(), (self, lambda g: g / a))

    def sum(self, dim: int | None = None) -> "Variable":
        """Add up all numbers, or those along a dimension.

        Parameters
        ----------
        dim : int, optional
            The dimension; it stays, with size 1.

        Returns
        -------
        Variable
            A scalar, or with size 1 along `dim`.

        Raises
        ------
        TypeError, ValueError
            If there is no such dimension.
        """
        a = self.data
        if dim is not None and (isinstance(dim, bool) or not isinstance(dim, int)):
            raise TypeError(f"dim must be a whole number, found {dim!r}")
        if dim is not None and not -a.ndim <= dim < a.ndim:
            raise ValueError(f"dim must name one of {a.ndim} dimensions, found {dim}")
        total = a.sum() if dim is None else a.sum(dim, keepdim=True)
        return _result("sum", total, (self, lambda g: g.expand_as(a)))

    def apply(self, name: str) -> "Variable":
        """Apply an activation function to each number.

        Parameters
        ----------
        name : str
            A key of `activations.ACTIVATIONS`.

        Returns
        -------
        Variable
            Of the same shape.

        Raises
        ------
        ValueError
            If there is no activation function of that name.
        """
        if not isinstance(name, str) or name not in activations.ACTIVATIONS:
            known = ", ".join(activations.ACTIVATIONS)
            raise ValueError(f"name must be one of {known}; found {name!r}")
        function, derivative, _ = activations.ACTIVATIONS[name]
        z = self.data
        return _result(name, function(z), (self, lambda g: g * derivative(z)))

    def backward(self) -> None:
        """Compute the gradient of this variable with respect to every one behind it.

        Gradients of an earlier call are replaced.

        Raises
        ------
        ValueError
            If this is not a single number.
        """
        if self.data.numel() != 1:
            raise ValueError(
                f"backward needs a single number to differentiate, found shape "
                f"{tuple(self.data.shape)}; sum it first"
            )
        order = graph(self)
        for variable in order:
            variable.gradient = torch.zeros_like(variable.data)
        self.gradient = torch.ones_like(self.data)
        for variable in reversed(order):
            for operand, rule in variable.operands:
                # A variable that is used twice gets a share of its gradient from each use.
                operand.gradient = operand.gradient + _fit(rule(variable.gradient), operand.data)


def graph(result: Variable) -> list[Variable]:
    """List the variables that a result was computed from, in topological order.

    Parameters
    ----------
    result : Variable
        Where to start.

    Returns
    -------
    list of Variable
        Each after all of its operands; `result` is the last.

    Examples
    --------
    >>> x = Variable(torch.tensor(3.0), "x")
    >>> [variable.name for variable in graph(x * x + 1)]
    ['x', '×', '1', '+']
    """
    order: list[Variable] = []
    done: set[int] = set()
    # A stack instead of recursion: a long computation is deeper than Python may call.
    stack = [(result, False)]
    while stack:
        variable, operands_listed = stack.pop()
        if operands_listed:
            order.append(variable)
        elif id(variable) not in done:
            done.add(id(variable))
            stack.append((variable, True))
            stack.extend((operand, False) for operand, _ in reversed(variable.operands))
    return order


def _variable(value: "Variable | float", like: Variable) -> Variable:
    """Make a number a variable of the same type."""
    if isinstance(value, Variable):
        shapes = value.data.shape, like.data.shape
        try:
            torch.broadcast_shapes(*shapes)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ValueError(
                f"an operand of shape {tuple(shapes[0])} does not fit one of {tuple(shapes[1])}"
            ) from error
        return value
    if not isinstance(value, int | float):
        raise TypeError(f"an operand must be a Variable or a number, found {type(value).__name__}")
    return Variable(torch.tensor(float(value), dtype=like.data.dtype), f"{value:g}")


def _result(name: str, data: Tensor, *operands: tuple[Variable, Rule]) -> Variable:
    variable = Variable(data, name)
    variable.operands = operands
    return variable


def _fit(gradient: Tensor, data: Tensor) -> Tensor:
    """Sum a gradient over the dimensions along which its operand was broadcast."""
    extra = gradient.ndim - data.ndim
    if extra:
        gradient = gradient.sum(tuple(range(extra)))
    stretched = [dim for dim, n in enumerate(data.shape) if n == 1 and gradient.shape[dim] != 1]
    gradient = gradient.sum(stretched, keepdim=True) if stretched else gradient
    return gradient.to(data.dtype)
