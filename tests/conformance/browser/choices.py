"""Filters that a reader might set."""

import csv
import io
import random

FILTERS = ["country", "sex", "diagnosis", "split", "source"]
SEED = 20
RANDOM = 50


def choices(ctlake, lake):
    """Each filter alone, with one value and with several, and then random combinations; some meet nothing."""
    sql = "SELECT DISTINCT country, sex, diagnosis, split, COALESCE(source, 'Unknown') AS source FROM ct_slices"
    text = ctlake.run("sql", "--lake", lake, "--format", "csv", sql)
    rows = sorted(csv.DictReader(io.StringIO(text)), key=lambda row: tuple(row.values()))
    dice = random.Random(SEED)
    single = [{name: [dice.choice(rows)[name]]} for name in FILTERS]
    single += [{name: several(dice, rows, name, dice.choice(rows))} for name in FILTERS]
    combined = []
    while len(combined) < RANDOM:
        names = dice.sample(FILTERS, dice.randint(2, len(FILTERS)))
        row = dice.choice(rows)
        # One in five takes each value from another row.
        if dice.random() < 0.2:
            row = {name: dice.choice(rows)[name] for name in FILTERS}
        # Half of them have several values of a filter.
        many = dice.random() < 0.5
        combined.append({name: several(dice, rows, name, row) if many else [row[name]] for name in names})
    return single, combined


def several(dice, rows, name, row):
    """The row's value and up to two others."""
    values = sorted({other[name] for other in rows} - {row[name]})
    return sorted([row[name], *dice.sample(values, min(len(values), dice.randint(1, 2)))])
