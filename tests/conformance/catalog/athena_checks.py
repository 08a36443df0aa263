"""`ctlake sql --engine athena` against Athena's API over Trino."""

import time

from catalog.athena_engine import CtlakeAthena
from checks import answers
from ctlake import Failed
from engines import ctlake_engine

# One row of everything that a reader may take for something else, and what it must come out as.
TYPES = """SELECT * FROM (VALUES
  (true, TINYINT '-7', 2147483647, 9223372036854775807, REAL '1.5', 1.0E-5, DECIMAL '-12.50', DATE '2026-11-24',
   TIMESTAMP '2026-11-24 12:30:01.250', '', 'a,"b"' || chr(10) || 'c', ARRAY[1, 2]),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
  AS t(flag, tiny, number, large, ratio, mean, price, day, moment, empty, word, list) ORDER BY number NULLS LAST"""
TYPED = {
    "flag": True,
    "tiny": -7,
    "number": 2147483647,
    "large": 9223372036854775807,
    "ratio": 1.5,
    "mean": 1e-5,
    "price": -12.5,
    "day": "2026-11-24",
    "moment": "2026-11-24T12:30:01.250",
    "empty": "",
    "word": 'a,"b"\nc',
    "list": "[1, 2]",
}
LARGE = """SELECT label_line, split, file_name, patient_id, scan_id, slice_index, bbox_xmin, age, in_landing, country, sex, diagnosis
  FROM ct_slices ORDER BY split, label_line"""


def check(lake, athena, report):
    """Types, large answers by either way, errors with their place, and what a query costs."""
    by_file, by_pages = (CtlakeAthena(lake, athena, name) for name in ("primary", "managed"))
    for name, engine in (("the file", by_file), ("pages", by_pages)):
        got = engine.json(TYPES)
        expected = [TYPED, dict.fromkeys(TYPED)]
        report.result("Athena", f"{lake.database}: every type, by {name}", _differs(expected, got))
    large(lake, athena, by_file, by_pages, report)
    errors(lake, by_file, report)


def large(lake, athena, by_file, by_pages, report):
    """More rows than a page holds: from the file, page by page, and from Polars."""
    texts, said = [], []
    for engine in (by_file, by_pages):
        athena.requests()
        begin = time.monotonic()
        texts.append(engine.run(LARGE, "--format", "csv"))
        pages = athena.requests()["GetQueryResults"]
        said.append(f"{pages} pages in {time.monotonic() - begin:.1f} s")
    rows = texts[0].count("\n") - 1
    label = f"{lake.database}: {rows} rows, by the file ({said[0]}) and by pages ({said[1]})"
    report.result("Athena", label, [] if texts[0] == texts[1] else ["the texts differ"])
    polars = answers.normalised(ctlake_engine.open(lake)._ask(LARGE), True)
    got = answers.normalised(by_file._ask(LARGE), True)
    differences = answers.differences(("ctlake sql", polars), ("Athena", got))
    report.result("Athena", f"{lake.database}: {rows} rows as Polars has them", differences)


def errors(lake, engine, report):
    """What Trino says of a wrong statement is shown with the place."""
    for sql, words in (
        ("SELECT slicez\nFROM ct_slices", ["COLUMN_NOT_FOUND: line 1:8", "  SELECT slicez\n         ^", "hint: "]),
        ("SELECT 1\nFORM ct_slices AS a", ["line 2:", "FORM"]),
        ("SELECT * FROM missing", ["TABLE_NOT_FOUND", "ctlake register"]),
    ):
        try:
            said = engine.run(sql)
        except Failed as error:
            said = str(error)
        missing = [f"no `{word}` in {said}" for word in words if word not in said]
        report.result("Athena", f"{lake.database}: refuses `{sql!r}`", missing)


def _differs(expected, got):
    return [] if expected == got else [f"expected {expected}, got {got}"]
