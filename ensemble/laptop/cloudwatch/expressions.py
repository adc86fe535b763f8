"""Metric math, as far as alarms of these stacks use it (Amazon CloudWatch User Guide, "Using math expressions with
CloudWatch metrics"): numbers, ids, + - * /, FILL, FLOOR, and SUM or MAX of METRICS()."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping, Sequence

from ensemble.aws.errors import PropertyUnsupported
from ensemble.laptop.cloudwatch.metrics import Series

OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

OVER_ALL: Mapping[str, Callable[[Sequence[float]], float]] = {"MAX": max, "SUM": math.fsum}
"""What is done with the values of all metrics at one instant."""

KNOWN = "numbers, ids, + - * /, FILL(id, number), FLOOR(...), SUM(METRICS()) and MAX(METRICS()) are"

Operand = Series | float


class Expression:
    """A math expression over the metrics of `ids`. Raises PropertyUnsupported for what is not run here."""

    def __init__(self, text: str, ids: Collection[str]) -> None:
        self._text, self._ids = text, ids
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._unknown(text) from None
        self._value(self._tree, {id: {} for id in ids}, ())

    def value(self, metrics: Mapping[str, Series], periods: Sequence[int]) -> Series:
        """Return the value of each period that has one. `periods`: those that FILL fills, by their begin.

        An operation on two metrics has a value where both have one; a number stands for each period.
        """
        value = self._value(self._tree, metrics, periods)
        return value if isinstance(value, dict) else dict.fromkeys(periods, value)

    def _value(self, node: ast.expr, metrics: Mapping[str, Series], periods: Sequence[int]) -> Operand:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=id) if id in metrics:
                return metrics[id]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                operands = [self._value(one, metrics, periods) for one in (left, right)]
                return _joined(OPERATORS[type(op)], *operands)
            case ast.Call(func=ast.Name(id="FLOOR"), args=[inner], keywords=[]):
                return _each(math.floor, self._value(inner, metrics, periods))
            case ast.Call(
                func=ast.Name(id="FILL"), args=[ast.Name(id=id), ast.Constant(value=int() | float() as fill)]
            ):
                if id in metrics:
                    return {**dict.fromkeys(periods, float(fill)), **metrics[id]}
            case ast.Call(
                func=ast.Name(id=name), args=[ast.Call(func=ast.Name(id="METRICS"), args=[], keywords=[])], keywords=[]
            ) if name in OVER_ALL:
                return _over_all(OVER_ALL[name], metrics.values())
        raise self._unknown(ast.unparse(node))

    def _unknown(self, part: str) -> PropertyUnsupported:
        return PropertyUnsupported(
            f"of its expression {self._text!r} the part {part!r} is not run here: of metric math {KNOWN}; "
            f"its ids are {', '.join(self._ids)}"
        )


def _joined(operation: Callable[[float, float], float], left: Operand, right: Operand) -> Operand:
    """Return the operation at each instant that both have; a division by zero has no value there."""
    instants = [set(one) for one in (left, right) if isinstance(one, dict)]
    if not instants:
        return {} if operation is operator.truediv and not right else operation(left, right)  # type: ignore[arg-type]
    found: Series = {}
    for instant in sorted(set.intersection(*instants)):
        one, other = (side[instant] if isinstance(side, dict) else side for side in (left, right))
        if operation is not operator.truediv or other:
            found[instant] = operation(one, other)
    return found


def _each(function: Callable[[float], float], value: Operand) -> Operand:
    if isinstance(value, dict):
        return {instant: float(function(one)) for instant, one in value.items()}
    return float(function(value))


def _over_all(function: Callable[[Sequence[float]], float], metrics: Collection[Series]) -> Series:
    """Return what is made of the values at each instant that any metric has."""
    instants = sorted({instant for series in metrics for instant in series})
    return {at: function([series[at] for series in metrics if at in series]) for at in instants}
