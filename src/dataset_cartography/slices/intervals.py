"""Edge (extra: report): how sure a difference of two shares is: its chance by accident, and its interval."""

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_cartography.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def chance_of(inside: Any, count: Any, members: Any, total: Any) -> "Numbers":
    """The chance that a slice holds as many members as it does, or fewer, or more, were they dealt at random.

    Fisher's exact test: twice the smaller tail of the hypergeometric distribution. All four are broadcast.

    Args:
        inside: members in the slice.
        count: examples in the slice.
        members: members in all.
        total: examples in all.
    """
    dealt = _stats().hypergeom(total, members, count)
    smaller = np.minimum(dealt.sf(np.asarray(inside) - 1), dealt.cdf(inside))
    return np.asarray(np.clip(2 * smaller, 0.0, 1.0), dtype=np.float64)


def chance_of_z(z: Any) -> "Numbers":
    """The chance of so many standard errors or more, to either side, where many small chances add up."""
    return np.asarray(2 * _stats().norm.sf(np.abs(z)), dtype=np.float64)


def newcombe(inside: Any, count: Any, members: Any, total: Any, level: Any) -> "tuple[Numbers, Numbers]":
    """The interval of a slice's share less that of the rest, by Newcombe's hybrid score method.

    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10, from the Wilson intervals of both shares.

    Args:
        inside: members in the slice.
        count: examples in the slice, at least 1.
        members: members in all.
        total: examples in all, more than `count`.
        level: the chance, within 0 to 1, that the difference lies between the ends.

    Returns:
        Its low and its high ends, -1 to 1.
    """
    z = np.asarray(_stats().norm.isf((1 - level) / 2))
    share, low, high = _wilson(inside, count, z)
    rest, rest_low, rest_high = _wilson(members - inside, total - count, z)
    return (
        share - rest - np.hypot(share - low, rest_high - rest),
        share - rest + np.hypot(high - share, rest - rest_low),
    )


def holm(p: "Numbers", weight: "Numbers") -> "Numbers":
    """P-values adjusted for being many (Holm 1979, weighted), of any shape.

    Args:
        p: within 0 to 1.
        weight: of the same shape, the part of alpha that each may use: above 0, at most 1 in sum.

    Returns:
        Adjusted ones, at most 1: that any that should not be is at most alpha has a chance of at most alpha.
    """
    order = np.argsort((p / weight).ravel(), kind="stable")
    ranked = weight.ravel()[order]
    left = np.cumsum(ranked[::-1])[::-1] / max(ranked.sum(), np.finfo(float).tiny)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(p.ravel()[order] / ranked * left), 1.0)
    return adjusted.reshape(p.shape)


def _wilson(count: Any, of: Any, z: "Numbers") -> "tuple[Numbers, Numbers, Numbers]":
    """A share and the ends of Wilson's score interval."""
    share = count / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z / (1 + z**2 / of) * np.sqrt(share * (1 - share) / of + z**2 / (4 * of**2))
    return share, middle - half, middle + half


def _stats() -> Any:
    try:
        from scipy import stats
    except ImportError as error:
        raise MissingExtraError.of("Explaining the regions", "report") from error
    return stats
