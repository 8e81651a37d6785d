"""Every problem by name and by tag."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ravine.problems.landscapes import landscapes
from ravine.problems.nist import regressions
from ravine.problems.problem import Problem
from ravine.problems.sized_sums import sized_sums
from ravine.problems.small_sums import box, gulf, jennrich_sampson, small_sums

__all__ = ["TAGS", "get", "names", "select"]

# Numbers of Moré, Garbow and Hillstrom's collection for unconstrained minimisation, their section 4.
_UNCONSTRAINED = {3, 4, 5, 7, 9, 11, 12, 14, 16, 18, 20, 21, 22, 23, 24, 25, 26, 35}

TAGS = {
    "mgh": "the 35 sums of squares of Moré, Garbow and Hillstrom 1981",
    "unconstrained": "the 18 of them that make up their collection for unconstrained minimisation",
    "nist": "the 27 regressions of NIST's Statistical Reference Datasets",
    "lower": "those of a lower level of difficulty",
    "average": "those of an average level of difficulty",
    "higher": "those of a higher level of difficulty",
    "surface": "the landscapes of ravine.surfaces",
    "hard": "one trait each: saddles, a maximum, flat and badly scaled minima, none at all",
    "sum of squares": "all that have residuals and a Jacobian",
}
"""What each tag stands for."""


class _Entry(NamedTuple):
    make: Callable[..., Problem]
    tags: frozenset[str]


def names(*tags: str) -> list[str]:
    """The names of all problems that bear every one of the tags; without tags, of all.

    Parameters
    ----------
    *tags : keys of `TAGS`.

    Raises
    ------
    KeyError : a tag that there is not, with its nearest neighbour.

    >>> len(names("mgh")), len(names("unconstrained")), len(names("nist")), names("surface", "mgh")
    (35, 18, 27, ['rosenbrock', 'beale'])
    """
    for tag in tags:
        if tag not in TAGS:
            raise KeyError(_unknown("tag", tag, list(TAGS)))
    return [name for name, entry in _entries().items() if entry.tags.issuperset(tags)]


def get(name: str, **sizes: int) -> Problem:
    """The problem of this name.

    Parameters
    ----------
    name : one of `names()`.
    **sizes : `n` variables, `m` residuals, where it comes in several sizes; the parameters of a surface.

    Raises
    ------
    KeyError : a name that there is not, with its nearest neighbour.
    TypeError : a size of a problem that has but one.
    ValueError : a size that the problem does not come in.

    >>> get("rosenbrock").value([-1.2, 1.0])
    24.199999999999996
    >>> get("watson", n=9).minimum
    1.39976013809e-06
    """
    entries = _entries()
    if name not in entries:
        raise KeyError(_unknown("problem", name, list(entries)))
    return entries[name].make(**sizes)


def select(*tags: str) -> Iterator[Problem]:
    """Each problem that bears every one of the tags, at its customary size.

    Raises
    ------
    KeyError : a tag that there is not.

    >>> [problem.name for problem in select("nist", "lower")][:3]
    ['Chwirut1', 'Chwirut2', 'DanWood']
    """
    return (get(name) for name in names(*tags))


@lru_cache(maxsize=1)
def _entries() -> dict[str, _Entry]:
    from ravine.surfaces import SURFACES  # they are problems, so they need this package first

    entries: dict[str, _Entry] = {}
    for number in range(1, 36):
        name, make = _of_collection(number)
        tags = {"mgh", "sum of squares"} | ({"unconstrained"} if number in _UNCONSTRAINED else set())
        entries[name] = _Entry(make, frozenset(tags | ({"surface"} if name in SURFACES else set())))
    for name, kind in SURFACES.items():
        entries.setdefault(name, _Entry(kind, frozenset({"surface"})))
    for problem in landscapes():
        tags = {"hard", "sum of squares"} if problem.name == "tiny-residuals" else {"hard"}
        entries[problem.name] = _Entry(_fixed(problem), frozenset(tags))
    for name, fit in regressions().items():
        entries[name] = _Entry(_fixed(fit), frozenset({"nist", fit.level, "sum of squares"}))
    return entries


def _of_collection(number: int) -> tuple[str, Callable[..., Problem]]:
    """Name and maker of a problem of Moré, Garbow and Hillstrom."""
    from ravine.surfaces import Beale, Rosenbrock

    makers: dict[int, Callable[..., Problem]] = {
        **{key: _fixed(problem) for key, problem in small_sums().items()},
        1: Rosenbrock,
        5: Beale,
        6: jennrich_sampson,
        11: gulf,
        12: box,
        **sized_sums(),
    }
    return makers[number]().name, makers[number]


def _fixed(problem: Problem) -> Callable[..., Problem]:
    def make(**sizes: int) -> Problem:
        if sizes:
            raise TypeError(f"problem {problem.name!r} comes in one size: {', '.join(sizes)} cannot be given")
        return problem

    return make


def _unknown(what: str, word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return f"there is no {what} {word!r}: did you mean {near[0]!r}?"
