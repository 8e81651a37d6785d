"""Worker processes seen from outside: started on pinned cores, asked for a time, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from bench.cases import SIDES, Case
from bench.machine import environment
from bench.problems import Array

ROOT = Path(__file__).resolve().parent.parent

SETTLE = 0.05
"""Seconds between two workers: that long the idle threads of the last one (OpenBLAS's) spin for more work."""


@dataclass(frozen=True)
class Contender:
    """A side with its number of threads."""

    side: str
    threads: int

    @property
    def title(self) -> str:
        """For people."""
        return f"{SIDES[self.side]}, {self.threads} thread{'s' if self.threads > 1 else ''}"


class WorkerFailedError(RuntimeError):
    """A worker ended before it answered; the message holds the end of what it wrote."""


@contextmanager
def start(contender: Contender, case: Case, data: Path, cores: Sequence[int]) -> Iterator[Worker]:
    """A process that has imported, compiled and warmed up; it ends with the block."""
    command = [
        sys.executable,
        *("-m", "bench.peers", contender.side, case.name, "--serve"),
        *("--threads", str(contender.threads)),
        *("--cores", ",".join(map(str, cores))),
        *("--data", str(data)),
    ]
    variables = os.environ | environment(contender.side, contender.threads)
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=log, text=True, cwd=ROOT, env=variables
        ) as process,
    ):
        yield Worker(contender, process, log)


class Worker:
    """One process that runs one contender on one case, and answers questions in turn."""

    def __init__(self, contender: Contender, process: subprocess.Popen[str], log: IO[str]) -> None:
        self.contender = contender
        self._process, self._log = process, log
        self.versions: str = self._answer()["versions"]

    def measure(self, seconds: float) -> float:
        """Median seconds of one unit of work, sampled for so long."""
        time.sleep(SETTLE)
        return float(self._ask(f"measure {seconds}")["median"])

    def results(self, path: Path) -> dict[str, Array]:
        """What the sides must agree on."""
        self._ask(f"results {path}")
        with np.load(path, allow_pickle=False) as file:
            return dict(file)

    def _ask(self, request: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died; reading its answer says why
            print(request, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            tail = "".join(self._log.readlines()[-15:])
            raise WorkerFailedError(f"{self.contender.title}: exit status {self._process.returncode}\n{tail}")
        answer: dict[str, Any] = json.loads(line)
        return answer
