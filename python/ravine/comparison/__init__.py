"""Update rules side by side: from one start, over one landscape or the same batches."""

from ravine.comparison.compare import compare
from ravine.comparison.problem import TrainingProblem
from ravine.comparison.record import Comparison, Run, Verdict
from ravine.comparison.rules import all_rules, default_rules

__all__ = ["Comparison", "Run", "TrainingProblem", "Verdict", "all_rules", "compare", "default_rules"]
