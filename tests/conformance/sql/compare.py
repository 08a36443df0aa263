"""Whether two engines gave one answer."""

import decimal
import json
import math

# Digits of doubles that two ways of adding agree in.
SIGNIFICANT = 9


def compare(ours, theirs, ordered, engine):
    """How the answers of `ctlake` and `engine` compare: rows, or a text for an error."""
    if isinstance(ours, str) and isinstance(theirs, str):
        return "refused by both"
    if isinstance(ours, str):
        return f"only {engine}"
    if isinstance(theirs, str):
        return "only ctlake"
    ours, theirs = ([tuple(map(normal, row)) for row in rows] for rows in (ours, theirs))
    if len(ours) != len(theirs):
        return "different"
    if not ordered:
        ours, theirs = sorted(ours, key=sorting), sorted(theirs, key=sorting)
    same = all(len(a) == len(b) and all(map(equal, a, b)) for a, b in zip(ours, theirs))
    return "alike" if same else "different"


def normal(value):
    if isinstance(value, bool) or value is None or isinstance(value, (int, str)):
        return value
    if isinstance(value, decimal.Decimal):
        value = float(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, (list, tuple)):
        return json.dumps([normal(item) for item in value])
    return str(value)


def sorting(row):
    # Doubles that differ in their last digits must not change the order.
    return [(value is None, f"{value:.6g}" if isinstance(value, (int, float)) else str(value)) for value in row]


def equal(a, b):
    numbers = (int, float)
    if isinstance(a, numbers) and isinstance(b, numbers) and not isinstance(a, bool) and not isinstance(b, bool):
        return math.isclose(a, b, rel_tol=10**-SIGNIFICANT, abs_tol=10**-SIGNIFICANT)
    return a == b
