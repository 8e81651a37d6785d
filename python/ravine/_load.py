"""Chooses the compiled core for this CPU before anything of it is loaded, and names it ``ravine._core``."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType

from ravine import _cpu

__all__ = ["LEVELS", "core", "cpu_supported"]

LEVELS = ("v2", "v3", "v4")
"""x86-64 levels, each a superset of the one before; other CPUs have the single level "generic"."""


def cpu_supported() -> str:
    """Return the best level that this CPU and operating system support."""
    return _cpu.level()


def _is_built(level: str) -> bool:
    return importlib.util.find_spec(f"ravine._core_{level}") is not None


def _runs_here(level: str) -> bool:
    best = cpu_supported()
    if level not in LEVELS:
        return level == "generic"
    return best in LEVELS and LEVELS.index(level) <= LEVELS.index(best)


def _choose() -> str:
    built = [level for level in (*LEVELS, "generic") if _is_built(level)]
    wanted = os.environ.get("RAVINE_CPU")
    if wanted:
        if wanted not in built:
            raise ImportError(
                f"RAVINE_CPU={wanted!r}: expected one of the levels that are built: {', '.join(built)}"
            )
        if not _runs_here(wanted):
            raise ImportError(f"RAVINE_CPU={wanted!r}: this CPU supports {cpu_supported()!r} at most")
        return wanted
    usable = [level for level in built if _runs_here(level)]
    if not usable:
        raise ImportError(
            f"no compiled core of ravine runs here: this CPU supports {cpu_supported()!r}, "
            f"built: {', '.join(built) or 'none'}"
        )
    x86 = [level for level in usable if level in LEVELS]
    return x86[-1] if x86 else usable[-1]


def _load() -> ModuleType:
    module = sys.modules.get("ravine._core")
    if module is None:
        module = importlib.import_module(f"ravine._core_{_choose()}")
        sys.modules["ravine._core"] = module
    return module


core = _load()
"""The core of the chosen level; ``ravine._core`` is this module from now on."""
