"""Trino: the tables as Glue shows them."""

import time

from engines import PARTITIONS_SQL

# How long the server may take itself for gone, which it does while the machine is busy.
GONE_SECONDS = 30


class TrinoEngine:
    def __init__(self, server, schema, catalog="awsdatacatalog"):
        self.connection = server.connect(schema, catalog)
        self.bytes_read = 0

    def ask(self, sql):
        from trino.exceptions import TrinoQueryError

        end = time.monotonic() + GONE_SECONDS
        while True:
            try:
                return self._ask(sql)
            except TrinoQueryError as error:
                if error.error_name != "NO_NODES_AVAILABLE" or time.monotonic() > end:
                    raise
                time.sleep(0.5)

    def _ask(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()]
        self.bytes_read = cursor.stats["physicalInputBytes"]
        return rows

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))
