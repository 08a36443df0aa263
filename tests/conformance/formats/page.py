"""The snippets of docs/formats.md, run as they stand there.

A fence names its language, the reader and the format. A block of Python leaves the slices per diagnosis in `now`, and
those of the entry before in `before`; SQL asks for them in this order, with `;` after each statement.
"""

import re
from pathlib import Path

from checks import answers
from engines.ctlake_engine import CtlakeSql
from formats import versions
from formats.checks import failure
from formats.lakes import CURRENT, OTHER

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
FENCE = re.compile(r"^```(python|sql) ([a-z-]+) (iceberg|delta)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Examples on the page, in whose place comes what a lake really has: the Iceberg snapshot of entry 2, and the lake's folder.
ICEBERG_ID, FOLDER = "7013849532884217366", "/srv/lake"
QUESTION = "SELECT diagnosis, COUNT(*) AS slices FROM ct_slices GROUP BY diagnosis"
# The readers' names in the fences.
FENCES = {
    "PyIceberg": "pyiceberg",
    "delta-rs": "delta-rs",
    "DuckDB": "duckdb",
    "Polars": "polars",
    "ClickHouse (chdb)": "clickhouse",
    "Daft": "daft",
    "Spark": "spark",
    "Trino": "trino",
}


def snippets(lake, name, format):
    """A reader's blocks for a format: their language and text."""
    text = PAGE.read_text(encoding="utf-8").replace(FOLDER, str(lake.folder))
    if format == "iceberg":
        iceberg_id, _ = versions.iceberg(lake, "iceberg/ct_slices")[OTHER]
        text = text.replace(ICEBERG_ID, str(iceberg_id))
    return [(found[1], found[4]) for found in FENCE.finditer(text) if found.group(2, 3) == (FENCES[name], format)]


def expected(lake):
    return [
        answers.normalised(CtlakeSql(lake, "--snapshot", entry)._ask(QUESTION), False) for entry in (CURRENT, OTHER)
    ]


def check(name, formats, lake, report, ask=None):
    """Runs a reader's snippets in the lake's parent folder; SQL is asked by `ask`."""
    now_and_before = expected(lake)
    for format in formats:
        problems = []
        blocks = snippets(lake, name, format)
        for language, text in blocks:
            try:
                got = python(text) if language == "python" else [ask(sql) for sql in text.split(";") if sql.strip()]
            except Exception as error:  # whatever a reader raises
                problems.append(failure(error))
                continue
            for reference, rows in zip(now_and_before, got, strict=True):
                found = answers.differences(("ctlake sql", reference), (name, answers.normalised(rows, False)))
                problems += found
        report.result(name, f"{format}: the snippet of docs/formats.md", problems if blocks else ["there is none"])


def python(text):
    """What a block of Python leaves."""
    names = {}
    exec(compile(text, str(PAGE), "exec"), names)
    return [names["now"], names["before"]]
