"""Every engine must give the same answers."""

import math
import re

import questions

# No leading zeros: `0013` is the name of something, not thirteen.
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def open_engines(modules, lake, report):
    """The engines with the tables of a lake open, by name; one that cannot open them has failed."""
    engines = {}
    for name, module in modules.items():
        try:
            engines[name] = module.open(lake)
        except Exception as error:  # whatever an engine raises, it could not read the tables
            report.result(name, "opens the tables", [f"{type(error).__name__}: {error}"])
    return engines


def check(engines, patient, report):
    """Ask every question of every engine and compare each answer with the first engine's."""
    for question in questions.all_questions(patient):
        reference = None
        for name, engine in engines.items():
            try:
                answer = normalised(engine.answer(question), question.ordered)
            except Exception as error:  # an engine that refuses the question has failed it
                report.result(name, question.name, [f"{type(error).__name__}: {error}"])
                continue
            if reference is None:
                reference = (name, answer)
            label = f"{question.name} ({len(answer)} rows)"
            report.result(name, label, differences(reference, (name, answer)))


def normalised(rows, ordered):
    """Rows with every value a number, a text or None, sorted unless their order is part of the answer."""
    rows = [tuple(_value(v) for v in row) for row in rows]
    return rows if ordered else sorted(rows, key=_sort_key)


def _value(value):
    """CSV has text only, so a number and its text must compare as the same."""
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool):
        return text.lower()
    return float(text) if NUMBER.fullmatch(text) else text


def _sort_key(row):
    # Means may differ in the last digits, which must not change the order of rows.
    return [(v is not None, isinstance(v, str), round(v, 6) if isinstance(v, float) else v or "") for v in row]


def differences(reference, other):
    """What is different between two (name, answer) pairs, as text."""
    (left_name, left), (right_name, right) = reference, other
    if len(left) != len(right):
        yield f"{left_name} has {len(left)} rows, {right_name} has {len(right)}"
    for place, (a, b) in enumerate(zip(left, right), start=1):
        if len(a) != len(b) or not all(map(_same, a, b)):
            yield f"row {place}: {left_name} {a}, {right_name} {b}"


def _same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9)
    return a == b
