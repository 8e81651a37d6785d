"""Dense curvature matrices: beside automatic differentiation, and beside the machine and ravine's other work.

A peer needs seconds for a call, so that few rounds must do. Where no peer can, the machine is the measure:
the rate of NumPy's product of large matrices. The sides of a pair have processes of their own, asked in turn.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.cases import Pair, Row
from bench.compare import Comparison, Setting, compare
from bench.problems import make
from bench.workers import Contender, start

ROUNDS = 2
"""Beside peers, in each process."""


@dataclass(frozen=True)
class PairTimes:
    """Seconds of both sides of a pair; the entries of a round are neighbours in time."""

    pair: Pair
    seconds: list[float] = field(default_factory=list)
    other_seconds: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over the rounds: of times, or of rates where the pair says so."""
        times = zip(self.seconds, self.other_seconds, strict=True)
        work = self.pair.case.flops / self.pair.other.flops if self.pair.of_rates else 1.0
        return work * median(other / ours for ours, other in times)

    @property
    def meets(self) -> bool:
        """Whether the bar is reached."""
        return self.ratio >= self.pair.least


def beside_peers(
    rows: Sequence[Row], sides: Sequence[str], threads: int, setting: Setting
) -> Iterator[tuple[Row, Comparison]]:
    """Each row beside those of its rivals that are installed, with all threads: this work is large."""
    few = replace(setting, effort=replace(setting.effort, rounds=min(ROUNDS, setting.effort.rounds)))
    for row in rows:
        rivals = [Contender(side, threads) for side in row.rivals if side in sides]
        if rivals:
            yield row, compare(row.case, Contender("ravine", threads), rivals, few)


def measure_pair(pair: Pair, threads: int, setting: Setting) -> PairTimes:
    """Rounds in fresh processes, the two sides in turn."""
    times = PairTimes(pair)
    contenders = (
        Contender("ravine", threads),
        Contender(pair.side_of_other, pair.threads_of_other or threads),
    )
    effort = setting.effort
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("case.npz", "other.npz")]
        for case, file in zip((pair.case, pair.other), files, strict=True):
            make(case).save(file)
        for process in range(effort.processes):
            setting.say(
                f"{pair.case.title}, beside {pair.other.title} ({contenders[1].title}): "
                f"process {process + 1} of {effort.processes}"
            )
            with ExitStack() as stack:
                ours, other = (
                    stack.enter_context(start(contender, case, file, setting.cores))
                    for contender, case, file in zip(contenders, (pair.case, pair.other), files, strict=True)
                )
                for _ in range(effort.rounds):
                    times.seconds.append(ours.measure(effort.seconds))
                    times.other_seconds.append(other.measure(effort.seconds))
    setting.say(f"{times.ratio:.2f}")
    return times
