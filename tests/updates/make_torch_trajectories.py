"""Writes torch_trajectories.npz, the figures that stand for torch where it is not installed.

Run where it is, after a change of trajectories.py: ``python tests/updates/make_torch_trajectories.py``. The
file holds theta after the remembered steps of each run, in the order of TORCH_RUNS, and torch's version.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from trajectories import TORCH_RUNS, start, travel

FILE = Path(__file__).with_name("torch_trajectories.npz")


def run(torch: Any, name: str, options: dict[str, Any]) -> NDArray[np.float64]:
    """The trajectory of one rule of torch.optim."""
    parameter = torch.nn.Parameter(torch.tensor(start()))
    optimizer = getattr(torch.optim, name)([parameter], **options)

    def step(gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
        return parameter.detach().numpy().copy()  # type: ignore[no-any-return]  # torch may not be there to ask

    return travel(step)


if __name__ == "__main__":
    import torch

    trajectories = np.array([run(torch, name, options) for name, options in TORCH_RUNS])
    np.savez_compressed(FILE, trajectories=trajectories, version=np.array(torch.__version__))
