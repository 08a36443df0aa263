"""DuckDB: a view per table over `read_parquet`."""

import duckdb

from engines import PARTITIONS_SQL


def open(lake):
    return DuckDb(lake)


class DuckDb:
    def __init__(self, lake):
        self.connection = duckdb.connect()
        for name, table in lake.tables.items():
            pattern = str(lake.paths[name] / "**" / "*.parquet").replace("'", "''")
            # Without autocast a key stays text, whatever its values look like.
            partitioned = "true" if table.keys else "false"
            self.connection.execute(
                f"""CREATE VIEW {name} AS SELECT * FROM read_parquet(
                    '{pattern}', hive_partitioning = {partitioned}, hive_types_autocast = false)"""
            )

    def answer(self, question):
        return self.connection.execute(question.sql).fetchall()

    def partitions(self, table):
        return self.connection.execute(PARTITIONS_SQL.format(table=table)).fetchall()
