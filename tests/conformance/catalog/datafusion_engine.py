"""DataFusion from Python: a listing table a table, the partition keys declared as text."""

import pyarrow as pa
from datafusion import SessionContext

from engines import PARTITIONS_SQL
from engines.pyarrow_engine import rows


class DataFusion:
    def __init__(self, lake):
        self.context = SessionContext()
        for name, table in lake.tables.items():
            keys = [(key, pa.string()) for key in table.keys]
            self.context.register_parquet(name, str(lake.paths[name]), table_partition_cols=keys)

    def ask(self, sql):
        return rows(self.context.sql(sql).to_arrow_table())

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))
