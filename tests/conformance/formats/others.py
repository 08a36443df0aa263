"""Somebody else writes while the lake is registered, or between two registrations: nothing is lost, and nothing doubled."""

from formats.lakes import DATABASE, OTHER


def stale_version(lake, options, report):
    """A table changes in Glue between the look at it and the update: Glue refuses, and the registration plans anew."""
    lake.run("snapshots", "rollback", OTHER)
    lake.aws.ask("meddle?table=ct_slices_iceberg")
    lake.aws.requests()
    lake.register(*options)
    asked = lake.aws.requests()
    problems = [] if asked.get("UpdateTable refused") == 1 else [f"nothing was refused: {asked}"]
    table = lake.aws.glue.get_table(DatabaseName=DATABASE, Name="ct_slices_iceberg")["Table"]
    location = table["Parameters"]["metadata_location"]
    newest = lake.read("iceberg/ct_slices/metadata/version-hint.text").decode().strip()
    if not location.endswith(f"/v{newest}.metadata.json"):
        problems.append(f"{location} is not version {newest}")
    report.result("Glue", "iceberg: an update from a stale version is refused, and planned anew", problems)


def foreign_row(name, format, lake, write, count, options, report):
    """A row that another program adds to `snapshot_info`: noticed, and only taken away again when that is insisted on."""
    write()
    rows = count()
    problems = [] if rows == 2 else [f"the other program's row is not there: {rows} rows"]
    said = lake.refused("register", *options)
    if said is None or "--force" not in said:
        problems.append(f"expected to be refused with a hint at --force, got {said}")
    report.result(name, f"{format}: a version that another program wrote is noticed", problems)
    lake.run("register", *options, "--force")
    rows = count()
    report.result(name, f"{format}: --force shows the log's tables again", [] if rows == 1 else [f"{rows} rows"])


def delta_rs(lake, report):
    """delta-rs appends a copy of the row."""
    import pyarrow as pa
    from deltalake import DeltaTable, write_deltalake

    path = lake.folder / "curated/snapshot_info"

    def write():
        write_deltalake(path, pa.table(DeltaTable(path).to_pyarrow_table()), mode="append")

    foreign_row("delta-rs", "delta", lake, write, lambda: DeltaTable(path).to_pyarrow_table().num_rows, ("--format", "delta"), report)


def trino(lake, engine, formats, options, report):
    """Trino inserts a copy of the row."""
    for format in formats:
        table = f"{format}.{DATABASE}.snapshot_info_{format}"
        foreign_row(
            "Trino",
            format,
            lake,
            lambda: engine.ask(f"INSERT INTO {table} SELECT * FROM {table}"),
            lambda: engine.ask(f"SELECT COUNT(*) FROM {table}")[0][0],
            options,
            report,
        )
