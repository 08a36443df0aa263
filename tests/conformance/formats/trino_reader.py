"""Trino over Glue: a connector for each format."""

from datetime import UTC, datetime

from catalog.trino_engine import TrinoEngine
from formats.lakes import DATABASE
from formats.local_readers import OverTables


class TrinoTables(OverTables):
    def __init__(self, server, tables):
        super().__init__(None, tables)
        self.engine = TrinoEngine(server, DATABASE)

    def relation(self, shown):
        table = f"{shown.format}.{DATABASE}.{shown.name}_{shown.format}"
        if shown.version is not None:
            return f"{table} FOR VERSION AS OF {shown.version}"
        if shown.time is not None:
            then = datetime.fromtimestamp(shown.time / 1000, UTC)
            return f"{table} FOR TIMESTAMP AS OF TIMESTAMP '{then:%Y-%m-%d %H:%M:%S} UTC'"
        return table

    def fetch(self, sql):
        return self.engine.ask(sql)
