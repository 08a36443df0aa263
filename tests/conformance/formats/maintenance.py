"""What people run to tidy tables up, as it comes by default: no data file of the lake may go."""

from formats.lakes import DATABASE

# Of a refusal, enough to see why.
SAID = 180
TABLES = ("ct_slices", "patients")


def check(name, lake, commands, report):
    """Runs each command for each table; one that is refused has done no harm."""
    before = lake.parquet()
    for label, run in commands.items():
        said = []
        for table in TABLES:
            try:
                run(table)
                said.append("done")
            except Exception as error:  # whatever an engine raises
                # Without Trino's number of the query, which differs each time.
                said.append(f"refused: {' '.join(str(error).split())}".split(", query_id")[0][:SAID])
        gone = set(before) - set(lake.parquet())
        outcome = "; ".join(dict.fromkeys(said))
        report.result(name, f"{label}: {len(before)} data files are there after ({outcome})", sorted(gone))


def of_trino(engine, formats):
    """Trino's, on the tables in Glue. Its VACUUM of Delta has no default and is no part of this: see docs/formats.md."""

    def ask(what):
        return lambda table: engine.ask(what.format(f"{DATABASE}.{table}"))

    commands = {
        "iceberg expire_snapshots": ask("ALTER TABLE iceberg.{}_iceberg EXECUTE expire_snapshots"),
        "iceberg remove_orphan_files": ask("ALTER TABLE iceberg.{}_iceberg EXECUTE remove_orphan_files"),
        "iceberg DROP TABLE": ask("DROP TABLE iceberg.{}_iceberg"),
        "delta DROP TABLE": ask("DROP TABLE delta.{}_delta"),
    }
    return _of(formats, commands)


def of_spark(session, lake, formats):
    def ask(what):
        return lambda table: session.sql(what.format(table=table, folder=lake.folder)).collect()

    commands = {
        "iceberg expire_snapshots": ask("CALL lake.system.expire_snapshots(table => 'iceberg.{table}')"),
        "iceberg remove_orphan_files": ask("CALL lake.system.remove_orphan_files(table => 'iceberg.{table}')"),
        "delta VACUUM": ask("VACUUM delta.`{folder}/curated/{table}`"),
        "iceberg DROP TABLE PURGE": ask("DROP TABLE lake.iceberg.{table} PURGE"),
        "iceberg DROP TABLE": ask("DROP TABLE lake.iceberg.{table}"),
    }
    return _of(formats, commands)


def _of(formats, commands):
    return {name: run for name, run in commands.items() if name.split()[0] in formats}


def of_delta_rs(lake):
    from deltalake import DeltaTable

    def table(name):
        return DeltaTable(lake.folder / f"curated/{name}")

    return {
        "delta vacuum": lambda name: table(name).vacuum(dry_run=False),
        "delta vacuum, full": lambda name: table(name).vacuum(dry_run=False, full=True),
        "delta cleanup_metadata": lambda name: table(name).cleanup_metadata(),
    }
