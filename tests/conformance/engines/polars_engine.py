"""Polars from Python: `scan_parquet` with the contract's partition keys, asked in SQL."""

import polars as pl

from engines import PARTITIONS_SQL


def open(lake):
    return Polars(lake)


class Polars:
    def __init__(self, lake):
        frames = {}
        for name, table in lake.tables.items():
            frames[name] = pl.scan_parquet(
                lake.paths[name],
                hive_partitioning=bool(table.keys),
                hive_schema={key: pl.String for key in table.keys} or None,
                try_parse_hive_dates=False,
            )
        self.context = pl.SQLContext(frames)

    def answer(self, question):
        return self.context.execute(question.sql, eager=True).rows()

    def partitions(self, table):
        return self.context.execute(PARTITIONS_SQL.format(table=table), eager=True).rows()
