"""How far two sets agree."""

from collections.abc import Collection


def harmonic_mean(precision: float, recall: float) -> float:
    """Give F1; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def f1_of_sets(gold: Collection[str], named: Collection[str]) -> float:
    """Give F1 of what is named; 0 where either is empty."""
    right = len(set(gold) & set(named))
    return harmonic_mean(right / len(named), right / len(gold)) if right else 0.0
