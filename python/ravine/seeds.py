"""One seed at the face: int, SeedSequence, Generator or None."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Seed", "generator", "seeds_of", "stream_key"]

Seed: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None


def _check(seed: Seed) -> None:
    if isinstance(seed, bool) or not (
        seed is None or isinstance(seed, (int, np.integer, np.random.SeedSequence, np.random.Generator))
    ):
        raise TypeError(
            f"seed must be an int, a SeedSequence, a Generator or None, got {type(seed).__name__}"
        )
    if isinstance(seed, (int, np.integer)) and seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")


def generator(seed: Seed) -> np.random.Generator:
    """Return a Generator: the one given, or a new one from the seed; None draws fresh entropy."""
    _check(seed)
    return np.random.default_rng(seed)


def stream_key(seed: Seed) -> int:
    """Return the 64-bit key by which the compiled core knows the seed's random streams."""
    _check(seed)
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(0, 2**64, dtype=np.uint64))
    sequence = seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
    return int(sequence.generate_state(1, np.uint64)[0])


def seeds_of(seed: Seed, starts: int) -> tuple[int, ...]:
    """Return the seed of each start: seed, seed + 1, … for an int, else as many draws."""
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        _check(seed)
        return tuple(int(seed) + k for k in range(starts))
    return tuple(int(draw) for draw in generator(seed).integers(0, 2**63, starts))
