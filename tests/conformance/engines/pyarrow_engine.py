"""pyarrow.dataset: hive partitioning with the keys declared as text."""

import pyarrow as pa
import pyarrow.dataset as ds


def open(lake):
    return Arrow(lake)


class Arrow:
    def __init__(self, lake):
        self.datasets = {}
        for name, table in lake.tables.items():
            keys = pa.schema([(key, pa.string()) for key in table.keys])
            self.datasets[name] = ds.dataset(
                str(lake.paths[name]),
                format="parquet",
                partitioning=ds.partitioning(keys, flavor="hive") if table.keys else None,
            )

    def read(self, table, columns, filter=None):
        return self.datasets[table].to_table(columns=columns, filter=filter)

    def answer(self, question):
        return rows(question.arrow(self.read))

    def partitions(self, table):
        keys = ["country", "sex", "diagnosis"]
        return rows(self.read(table, keys).group_by(keys).aggregate([]).select(keys))


def rows(table):
    """The rows of an Arrow table, as tuples."""
    return list(zip(*(column.to_pylist() for column in table.columns))) if table.num_rows else []
