"""The main job on real data: at most 3 % of the held-out digits are taken for another, in a few seconds."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable

from support.command import Run


def test_median_of_ten_splits(ravine: Callable[..., Run]) -> None:
    errors = []
    start = time.perf_counter()
    for seed in range(10):
        done = ravine("train", "--seed", str(seed), "--no-picture")
        assert done.status == 0
        line = next(line for line in done.out.splitlines() if line.startswith("0-1 error"))
        training, validation = map(float, re.findall(r"([\d.]+) %", line))
        assert training <= 0.5
        errors.append(validation)
    assert statistics.median(errors) <= 3.0
    # "A few seconds" each, with much room for a busy machine.
    assert time.perf_counter() - start < 200
