"""The options of a method: what there is, from the core's one table, and errors that name the nearest."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ravine import _core

__all__ = ["METHODS", "merge_options", "method_options"]

METHODS: tuple[str, ...] = ("auto", *_core.minimizer_methods())


def method_options(method: str) -> dict[str, tuple[float | str, str]]:
    """Return the default and the meaning of each option of a method.

    >>> from ravine.minimizers.options import method_options
    >>> method_options("lbfgs")["maxcor"]
    (10.0, 'pairs (s, y) that are remembered')
    """
    if method == "auto":  # what every method knows
        known = [set(method_options(each)) for each in METHODS if each != "auto"]
        return {
            name: row for name, row in method_options("newton").items() if all(name in one for one in known)
        }
    return {name: (default, meaning) for name, default, meaning in _core.minimizer_options(method)}


def check_method(method: str) -> str:
    """Return the method, or raise the ValueError that names the nearest."""
    if not isinstance(method, str):
        raise TypeError(f"method must be a string, got {type(method).__name__}")
    name = method.lower().replace("_", "-")
    if name in METHODS:
        return name
    raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}{_nearest(name, METHODS)}")


def merge_options(
    method: str, options: Mapping[str, Any] | None, keywords: Mapping[str, Any], tol: float | None
) -> dict[str, float | str]:
    """Return all options of a call as the core takes them.

    Raises TypeError for one that is unknown (naming its nearest neighbour) or given twice, ValueError for a
    value that breaks its rule.
    """
    given = dict(options or {})
    for name, value in keywords.items():
        if name in given:
            raise TypeError(f"{name} is given twice, as a keyword and in options")
        given[name] = value
    if tol is not None:
        if "gtol" in given:
            raise TypeError("gtol is given twice, as itself and as tol")
        given["gtol"] = tol
    known = method_options(method)
    for name in given:
        if name not in known:
            raise TypeError(f"{method} has no option {name!r}{_nearest(name, known)}")
    return {name: _plain(name, value, known[name][0]) for name, value in given.items() if value is not None}


def _plain(name: str, value: Any, default: float | str) -> float | str:
    if isinstance(default, str):
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a string, got {type(value).__name__}")
        return value
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return float(value)


def _nearest(name: str, names: Any) -> str:
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.4)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"
