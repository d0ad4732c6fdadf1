"""Truths about named values, such as "confidence < 0.5 and category != 'easy'": read, never run as code."""

import ast
import functools
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dataset_cartography.errors import InputError

Mask = NDArray[np.bool_]
Kind = Literal["number", "text", "truth"]

_LONGEST = 500  # characters
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_WORDS: dict[Kind, str] = {"number": "a number", "text": "text", "truth": "true or false"}


class Values(NamedTuple):
    """What a name stands for: a value for each of some rows.

    Attributes:
        values: (rows,) numbers, texts, or true and false.
        missing: (rows,) where there is none.
        kind: Which of the three.
    """

    values: NDArray[Any]
    missing: Mask
    kind: Kind


class Truth(NamedTuple):
    """Where something holds and where it fails; neither, where a value that would decide it is missing."""

    holds: Mask
    fails: Mask


@dataclass(frozen=True)
class Expression:
    """An expression that was read and understood: comparisons, joined by `and`, `or`, `not`.

    Attributes:
        text: As it was given.
        names: What it names, in the order of their first mention.
    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    @classmethod
    def parse(cls, text: str, *, what: str, grammar: str, only_numbers: bool = False) -> "Expression":
        """Read an expression.

        Args:
            text: The expression.
            what: What it is, for the message ("condition").
            grammar: What one is made of, for the message.
            only_numbers: Whether names stand for numbers alone, so that there are no texts, no `in`, and no truths.

        Raises:
            InputError: It is none.
        """
        refusal = InputError(f"The {what} {shown(text)} is not understood: {grammar}.")
        if len(text) > _LONGEST:
            raise refusal
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on the code that this is not
                tree = ast.parse(text.strip(), mode="eval").body
            _check_truth(tree, only_numbers)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise refusal from error
        found = sorted(
            (node for node in ast.walk(tree) if isinstance(node, ast.Name)),
            key=lambda node: (node.lineno, node.col_offset),
        )
        names = tuple(dict.fromkeys(node.id for node in found))
        if not names:
            raise refusal
        return cls(text, names, tree)

    def truth(self, columns: Mapping[str, Values]) -> Truth:
        """Say where it holds.

        A comparison with a missing value neither holds nor fails; `and`, `or` and `not` make the best of it, as in
        SQL: what a missing value cannot change is known.

        Args:
            columns: What the names stand for, all with the same rows.

        Raises:
            InputError: Values of different kinds are compared, or texts by their size.
        """
        try:
            return _truth(self._tree, columns)
        except TypeError as error:
            raise InputError(f"The expression {shown(self.text)} cannot be judged: {error}.") from error


def shown(text: str) -> str:
    """An expression in a message."""
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _check_truth(node: ast.expr, only_numbers: bool) -> None:
    """Raise ValueError unless a node is a truth made of comparisons."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check_truth(value, only_numbers)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_truth(operand, only_numbers)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[others]) if not only_numbers:
            _check_side(left, only_numbers)
            if not isinstance(others, (ast.List, ast.Tuple, ast.Set)) or not others.elts:
                raise ValueError
            if any(isinstance(other, ast.Name) for other in others.elts):
                raise ValueError
            for other in others.elts:
                _check_side(other, only_numbers)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(type(op) not in _COMPARISONS for op in ops):
                raise ValueError
            for side in (left, *others):
                _check_side(side, only_numbers)
        case ast.Name() if not only_numbers:
            return
        case _:
            raise ValueError


def _check_side(node: ast.expr, only_numbers: bool) -> None:
    match node:
        case ast.Name():
            return
        case ast.Constant(value=str() | bool()) if not only_numbers:
            return
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            float(value)  # a number too large for it is refused
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            _check_side(node.operand, True)
        case _:
            raise ValueError


def _truth(node: ast.expr, columns: Mapping[str, Values]) -> Truth:
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_truth(value, columns) for value in values]
            holds, fails = [part.holds for part in parts], [part.fails for part in parts]
            if isinstance(op, ast.And):
                return Truth(_all(holds), _any(fails))
            return Truth(_any(holds), _all(fails))
        case ast.UnaryOp(operand=operand):
            holding, failing = _truth(operand, columns)
            return Truth(failing, holding)
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[others]):
            assert isinstance(others, (ast.List, ast.Tuple, ast.Set))  # noqa: S101 - for the type checker
            equal = [
                _compared(operator.eq, _side(left, columns), _side(each, columns)) for each in others.elts
            ]
            found = Truth(
                _any([part.holds for part in equal]),
                _all([part.fails for part in equal]),
            )
            return found if isinstance(op, ast.In) else Truth(found.fails, found.holds)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_side(side, columns) for side in (left, *others)]
            parts = [
                _compared(_COMPARISONS[type(op)], *pair)
                for op, pair in zip(ops, pairwise(sides), strict=True)
            ]
            return Truth(
                _all([part.holds for part in parts]),
                _any([part.fails for part in parts]),
            )
        case ast.Name(id=name):
            column = columns[name]
            if column.kind != "truth":
                raise TypeError(f"'{name}' is {_WORDS[column.kind]}, which alone is neither true nor false")
            true = column.values.astype(bool)
            return Truth(true & ~column.missing, ~true & ~column.missing)
        case _:
            raise AssertionError(node)


def _all(masks: list[Mask]) -> Mask:
    return functools.reduce(np.logical_and, masks)


def _any(masks: list[Mask]) -> Mask:
    return functools.reduce(np.logical_or, masks)


def _compared(compare: Callable[[Any, Any], Any], left: Values, right: Values) -> Truth:
    if left.kind != right.kind:
        raise TypeError(f"it compares {_WORDS[left.kind]} with {_WORDS[right.kind]}")
    if left.kind != "number" and compare not in (operator.eq, operator.ne):
        raise TypeError(f"{_WORDS[left.kind]} can only be compared by ==, != and in")
    known = ~(left.missing | right.missing)
    with np.errstate(invalid="ignore"):  # a missing number is NaN
        holds = np.asarray(compare(left.values, right.values), dtype=bool)
    return Truth(holds & known, ~holds & known)


def _side(node: ast.expr, columns: Mapping[str, Values]) -> Values:
    """A side of a comparison, by a column's rows; a constant is one row that stands for all."""
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.UnaryOp(op=op, operand=operand):
            number = _side(operand, columns)
            return number._replace(values=-number.values) if isinstance(op, ast.USub) else number
        case ast.Constant(value=value):
            kind: Kind = (
                "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
            )
            values = np.array([value], dtype=object if kind == "text" else None)
            return Values(values, np.zeros(1, dtype=bool), kind)
        case _:
            raise AssertionError(node)
