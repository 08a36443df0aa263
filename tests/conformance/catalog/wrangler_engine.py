"""awswrangler: finds the partitions in Glue and reads the files from S3."""

import awswrangler
import pyarrow as pa

from engines.pyarrow_engine import Arrow


class Wrangler(Arrow):
    """The questions are answered in pyarrow's terms over the tables that awswrangler reads."""

    def __init__(self, lake):
        self.database = lake.database
        self.loaded = {}
        # Glue's names of types, as Arrow's: pandas knows no NULL among whole numbers.
        self.schemas = {name: _schema(table) for name, table in lake.tables.items()}

    def read(self, table, columns, filter=None):
        if table not in self.loaded:
            frame = awswrangler.s3.read_parquet_table(
                database=self.database, table=table, dtype_backend="pyarrow", use_threads=False
            )
            self.loaded[table] = pa.Table.from_pandas(frame, self.schemas[table], preserve_index=False)
        read = self.loaded[table]
        return (read if filter is None else read.filter(filter)).select(columns)


TYPES = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_()}


def _schema(table):
    columns = [(column.name, TYPES[column.type]) for column in table.columns]
    return pa.schema([*columns, *((key, pa.string()) for key in table.keys)])
