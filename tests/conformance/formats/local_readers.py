"""The engines that are Python packages, over a lake in a folder.

Each is made from the lake's folder and its tables at some version (`versions.Shown`, by name), and answers questions.
"""

import os
import re
from importlib import import_module
from pathlib import Path

import pyarrow as pa

from engines import PARTITIONS_SQL
from engines.pyarrow_engine import Arrow, rows

# Which formats each reads.
READERS = {
    "PyIceberg": ("PyIceberg", ["iceberg"]),
    "delta-rs": ("DeltaRs", ["delta"]),
    "DuckDB": ("DuckDb", ["iceberg", "delta"]),
    "Polars": ("Polars", ["iceberg", "delta"]),
    "ClickHouse (chdb)": ("ClickHouse", ["iceberg", "delta"]),
    "Daft": ("Daft", ["iceberg", "delta"]),
}


def load(name):
    """The class of a reader; an ImportError means that its package isn't here."""
    packages = {"DeltaRs": "deltalake", "ClickHouse": "chdb", "DuckDb": "duckdb"}
    reader = READERS[name][0]
    import_module(packages.get(reader, reader.lower()))
    return globals()[reader]


class Sql:
    """An engine that understands the questions as they are written."""

    def answer(self, question):
        return self.ask(question.sql)

    def partitions(self, table):
        return self.ask(PARTITIONS_SQL.format(table=table))


class OverTables(Sql):
    """An engine that is given the tables in the place of their names."""

    def __init__(self, folder, tables):
        self.folder = folder
        self.tables = tables

    def ask(self, sql):
        return self.fetch(over(sql, {name: self.relation(shown) for name, shown in self.tables.items()}))


def over(sql, relations):
    """The question with a relation in the place of every table's name after FROM."""
    names = "|".join(relations)
    return re.sub(rf"\bFROM ({names})\b", lambda found: f"FROM {relations[found[1]]}", sql)


class PyIceberg(Arrow):
    def __init__(self, folder, tables):
        from pyiceberg.table import StaticTable

        self.tables = {name: (StaticTable.from_metadata(f"{folder}/{shown.path}"), shown) for name, shown in tables.items()}

    def read(self, table, columns, filter=None):
        opened, shown = self.tables[table]
        read = opened.scan(snapshot_id=shown.version).to_arrow()
        return (read if filter is None else read.filter(filter)).select(columns)


class DeltaRs(Sql):
    def __init__(self, folder, tables):
        from deltalake import DeltaTable, QueryBuilder

        self.engine = QueryBuilder()
        for name, shown in tables.items():
            self.engine.register(name, DeltaTable(folder / shown.path, version=shown.version))

    def ask(self, sql):
        return rows(pa.table(self.engine.execute(sql).read_all()))


class DuckDb(OverTables):
    def __init__(self, folder, tables):
        import duckdb

        super().__init__(folder, tables)
        self.connection = duckdb.connect()

    def relation(self, shown):
        path = self.folder / shown.path
        if shown.format == "delta":
            return f"delta_scan('{path}'{'' if shown.version is None else f', version => {shown.version}'})"
        when = ""
        if shown.version is not None:
            when = f", snapshot_from_id => {shown.version}"
        elif shown.time is not None:
            when = f", snapshot_from_timestamp => make_timestamp_ms({shown.time})"
        return f"iceberg_scan('{path}'{when})"

    def fetch(self, sql):
        return self.connection.execute(sql).fetchall()


def install_extensions(home):
    """Puts DuckDB's extensions, which come as Python packages, where DuckDB keeps what it has downloaded."""
    import duckdb

    (platform,) = duckdb.connect().execute("PRAGMA platform").fetchone()
    folder = home / ".duckdb" / "extensions" / f"v{duckdb.__version__}" / platform
    folder.mkdir(parents=True)
    for name in ("avro", "iceberg", "delta"):
        package = import_module(f"duckdb_extension_{name}")
        (extension,) = Path(package.__file__).parent.rglob("*.duckdb_extension")
        (folder / extension.name).symlink_to(extension)
    os.environ["HOME"] = str(home)


class Polars(Sql):
    def __init__(self, folder, tables):
        import polars as pl

        frames = {}
        for name, shown in tables.items():
            path = f"{folder}/{shown.path}"
            if shown.format == "iceberg":
                frames[name] = pl.scan_iceberg(path, snapshot_id=shown.version)
            else:
                frames[name] = pl.scan_delta(path, version=shown.version)
        self.context = pl.SQLContext(frames)

    def ask(self, sql):
        return self.context.execute(sql, eager=True).rows()


class ClickHouse(OverTables):
    def __init__(self, folder, tables):
        from chdb import session

        super().__init__(folder, tables)
        self.session = session.Session()

    def relation(self, shown):
        path = self.folder / shown.path
        if shown.format == "delta":
            function, setting = "deltaLakeLocal", ("delta_lake_snapshot_version", shown.version)
        elif shown.version is not None:
            function, setting = "icebergLocal", ("iceberg_snapshot_id", shown.version)
        else:
            function, setting = "icebergLocal", ("iceberg_timestamp_ms", shown.time)
        when = "" if setting[1] is None else f" SETTINGS {setting[0]} = {setting[1]}"
        return f"(SELECT * FROM {function}('{path}'){when})"

    @staticmethod
    def ask_alone(sql):
        """The answer to what needs nobody's tables."""
        return ClickHouse(None, {}).fetch(sql)

    def fetch(self, sql):
        return rows(pa.ipc.open_file(self.session.query(sql, "Arrow").bytes()).read_all())


class Daft(Sql):
    def __init__(self, folder, tables):
        import daft
        from pyiceberg.table import StaticTable

        self.sql = daft.sql
        self.frames = {}
        for name, shown in tables.items():
            path = f"{folder}/{shown.path}"
            if shown.format == "iceberg":
                self.frames[name] = daft.read_iceberg(StaticTable.from_metadata(path), snapshot_id=shown.version)
            else:
                self.frames[name] = daft.read_deltalake(path, version=shown.version)

    def ask(self, sql):
        return rows(self.sql(sql, **self.frames).to_arrow())
