"""The sigmoid neuron: a perceptron made smooth, so that small changes have small effects.

Its output is sigmoid(w . x + b). A small change of the weights and the bias changes the output by
almost the sum of derivative times change; that sum is what learning by gradients relies on.
Chapter 3 measures how good it is.
"""

from torch import Tensor

from dlbook.scratch import _checks
from dlbook.scratch.activations import sigmoid, sigmoid_derivative


class SigmoidNeuron:
    """One neuron.

    Parameters
    ----------
    weights : Tensor
        Shape (k,), floating-point.
    bias : float
        What is added to the weighted sum.

    Attributes
    ----------
    weights, bias : Tensor
        Shapes (k,) and ().

    Raises
    ------
    ValueError
        If `weights` is not a vector of floating-point numbers, or a number is NaN.

    Examples
    --------
    >>> import torch
    >>> neuron = SigmoidNeuron(torch.tensor([1.0, -1.0]))
    >>> inputs = torch.tensor([[2.0, 2.0]])
    >>> neuron.output(inputs).tolist()
    [0.5]
    >>> by_weight, by_bias = neuron.derivatives(inputs)
    >>> by_weight.tolist(), by_bias.tolist()
    ([[0.5, 0.5]], [0.25])
    """

    def __init__(self, weights: Tensor, bias: float = 0.0) -> None:
        _checks.shape("weights", weights, ("k",))
        self.weights = weights.clone()
        self.bias = _checks.scalar("bias", bias, weights)

    def weighted_input(self, inputs: Tensor) -> Tensor:
        """Compute z = w . x + b.

        Parameters
        ----------
        inputs : Tensor
            Shape (n, k), of the type of the weights.

        Returns
        -------
        Tensor
            Shape (n,).

        Raises
        ------
        ValueError
            If the shape is another, there is no input, or a NaN.
        """
        _checks.rows("inputs", inputs, len(self.weights), self.weights)
        return inputs @ self.weights + self.bias

    def output(self, inputs: Tensor) -> Tensor:
        """Compute sigmoid(z).

        Parameters
        ----------
        inputs : Tensor
            Shape (n, k).

        Returns
        -------
        Tensor
            Numbers between 0 and 1, shape (n,).
        """
        return sigmoid(self.weighted_input(inputs))

    def derivatives(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Differentiate the output with respect to the weights and the bias.

        Parameters
        ----------
        inputs : Tensor
            Shape (n, k).

        Returns
        -------
        tuple of Tensor
            sigmoid'(z) x, shape (n, k), and sigmoid'(z), shape (n,).
        """
        slope = sigmoid_derivative(self.weighted_input(inputs))
        return slope.unsqueeze(1) * inputs, slope

    def linear_response(self, inputs: Tensor, dw: Tensor, db: float) -> Tensor:
        """Predict how the output changes with the weights and the bias, to first order.

        Parameters
        ----------
        inputs : Tensor
            Shape (n, k).
        dw : Tensor
            Change of the weights, shape (k,).
        db : float
            Change of the bias.

        Returns
        -------
        Tensor
            The sum of derivative times change, shape (n,).

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        _checks.shape("dw", dw, (len(self.weights),), self.weights)
        by_weight, by_bias = self.derivatives(inputs)
        return by_weight @ dw + by_bias * _checks.scalar("db", db, self.weights)

    def descend(self, inputs: Tensor, targets: Tensor, learning_rate: float) -> float:
        """Take one step of gradient descent on the quadratic cost.

        Parameters
        ----------
        inputs : Tensor
            Shape (n, k).
        targets : Tensor
            The outputs wanted, floating-point, shape (n,).
        learning_rate : float
            Length of the step per unit of gradient.

        Returns
        -------
        float
            The cost before the step, half the mean squared error.

        Raises
        ------
        ValueError
            If there are not as many targets as inputs, or one is NaN.
        """
        outputs = self.output(inputs)
        _checks.shape("targets", targets, (len(inputs),), self.weights)
        rate = _checks.scalar("learning_rate", learning_rate, self.weights)
        if rate <= 0:
            raise ValueError(f"learning_rate must be above 0, found {learning_rate}")
        error = outputs - targets
        by_weight, by_bias = self.derivatives(inputs)
        # The chain rule: derivative of the cost by the output, times that of the output.
        self.weights -= rate * (error @ by_weight) / len(inputs)
        self.bias -= rate * (error @ by_bias) / len(inputs)
        return float((error**2).mean() / 2)
