"""The engines. Each module offers `open(lake)`, which returns an object with

- `answer(question)`: the rows of the answer, as tuples;
- `partitions(table)`: the distinct (country, sex, diagnosis) of a partitioned table.

A module is imported only when its turn comes, so that an engine that is not installed is skipped.
"""

import importlib

MODULES = {
    "duckdb": "duckdb_engine",
    "pyarrow": "pyarrow_engine",
    "polars": "polars_engine",
    "ctlake sql": "ctlake_engine",
}


def load(report):
    """The modules of the engines that are here, by the engine's name; the others are reported as skipped."""
    found = {}
    for name, module in MODULES.items():
        try:
            found[name] = importlib.import_module(f"engines.{module}")
        except ImportError as error:
            report.skip(name, f"{error}; install requirements.txt")
    return found


PARTITIONS_SQL = "SELECT DISTINCT country, sex, diagnosis FROM {table}"
