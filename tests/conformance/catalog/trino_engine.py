"""Trino: the tables as Glue shows them."""

from engines import PARTITIONS_SQL


class TrinoEngine:
    def __init__(self, server, schema, catalog="awsdatacatalog"):
        self.connection = server.connect(schema, catalog)
        self.bytes_read = 0

    def ask(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()]
        self.bytes_read = cursor.stats["physicalInputBytes"]
        return rows

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))
