"""Filters that a reader might set."""

import csv
import io
import random

FILTERS = ["country", "sex", "diagnosis", "split", "source"]
SEED = 20
RANDOM = 50


def choices(ctlake, lake):
    """Each filter alone, and then random combinations; most of them meet something, some nothing."""
    sql = "SELECT DISTINCT country, sex, diagnosis, split, COALESCE(source, 'Unknown') AS source FROM ct_slices"
    text = ctlake.run("sql", "--lake", lake, "--format", "csv", sql)
    rows = sorted(csv.DictReader(io.StringIO(text)), key=lambda row: tuple(row.values()))
    dice = random.Random(SEED)
    single = [{name: dice.choice(rows)[name]} for name in FILTERS]
    combined = []
    while len(combined) < RANDOM:
        names = dice.sample(FILTERS, dice.randint(2, len(FILTERS)))
        row = dice.choice(rows)
        # One in five takes each value from another row.
        if dice.random() < 0.2:
            row = {name: dice.choice(rows)[name] for name in FILTERS}
        combined.append({name: row[name] for name in names})
    return single, combined
