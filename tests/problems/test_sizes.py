"""The lowest values of problems of several sizes, against the six digits of Moré, Garbow and Hillstrom."""

from __future__ import annotations

import pytest

from ravine import problems

PUBLISHED = {
    ("watson", 9): 1.39976e-6,
    ("watson", 12): 4.72238e-10,
    ("penalty-1", 10): 7.08765e-5,
    ("penalty-2", 10): 2.93660e-4,
    ("chebyquad", 10): 6.50395e-3,
    ("chebyquad", 7): 0.0,
}


@pytest.mark.parametrize(("name", "n"), PUBLISHED)
def test_published_values(name: str, n: int) -> None:
    assert problems.get(name, n=n).minimum == pytest.approx(PUBLISHED[name, n], rel=5e-6)


def test_a_size_that_no_table_has() -> None:
    assert problems.get("watson", n=7).minimum is None
    assert problems.get("chebyquad", n=8, m=9).minimum is None
    assert problems.get("trigonometric", n=5).other_values == ()
