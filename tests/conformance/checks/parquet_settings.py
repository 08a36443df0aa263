"""The data files must be written the way every reader accepts, and as the contract says."""

import pyarrow as pa
import pyarrow.parquet as pq

ENGINE = "pyarrow.parquet"
TYPES = {"string": pa.string(), "int": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_()}
SORTED_BY = {
    "ct_slices": ["patient_id", "scan_id", "slice_index"],
    "patients": ["patient_id"],
    "previews": ["patient_id", "scan_id"],
}
# The first bytes of a page header in Thrift's compact protocol: field 1, type i32, then the page type.
DATA_PAGE_V1 = b"\x15\x00"


def check(lake, report):
    """Open every data file of every table; each aspect is one line for all of them."""
    for name, table in lake.tables.items():
        files = [(file.relative_to(lake.paths[name]), file, pq.ParquetFile(file)) for file in lake.files(name)]
        if not files:
            report.result(ENGINE, f"{name}: data files", ["there is none"])
            continue

        def every(check_file, files=files, table=table):
            return [f"{short}: {p}" for short, path, parquet in files for p in check_file(table, path, parquet)]

        columns = f"{name}: columns, types and field ids of the contract, no partition key ({len(files)} files)"
        report.result(ENGINE, columns, every(_columns))
        report.result(ENGINE, f"{name}: zstd, plain or dictionary encoding, data page v1", every(_encoding))
        report.result(ENGINE, f"{name}: statistics and page index", every(_indexes))
        report.result(ENGINE, f"{name}: no NULL in a required column", every(_required))
        if name in SORTED_BY:
            report.result(ENGINE, f"{name}: sorted by {', '.join(SORTED_BY[name])}, and said so", every(_sorting))


def _columns(table, _path, parquet):
    schema = parquet.schema_arrow
    expected = [column.name for column in table.columns]
    if schema.names != expected:
        yield f"expected the columns {expected}, got {schema.names}"
        return
    for column, field in zip(table.columns, schema):
        if field.type != TYPES[column.type]:
            yield f"{column.name}: expected {TYPES[column.type]}, got {field.type}"
        field_id = (field.metadata or {}).get(b"PARQUET:field_id", b"none").decode()
        if field_id != str(column.field_id):
            yield f"{column.name}: expected field id {column.field_id}, got {field_id}"


def _chunks(parquet):
    for group in range(parquet.metadata.num_row_groups):
        row_group = parquet.metadata.row_group(group)
        for place in range(row_group.num_columns):
            yield group, row_group.column(place)


def _encoding(_table, path, parquet):
    with open(path, "rb") as raw:
        for group, chunk in _chunks(parquet):
            where = f"row group {group}, {chunk.path_in_schema}"
            if chunk.compression != "ZSTD":
                yield f"{where}: compressed with {chunk.compression}"
            # RLE is how levels, dictionary indexes and (in v2 pages only) booleans are written.
            odd = set(chunk.encodings) - {"PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "RLE"}
            if odd:
                yield f"{where}: encoded as {', '.join(sorted(odd))}"
            raw.seek(chunk.data_page_offset)
            if raw.read(2) != DATA_PAGE_V1:
                yield f"{where}: the first data page is not of version 1"


def _indexes(_table, _path, parquet):
    for group, chunk in _chunks(parquet):
        where = f"row group {group}, {chunk.path_in_schema}"
        if not chunk.is_stats_set or not chunk.statistics.has_null_count:
            yield f"{where}: no statistics"
        elif chunk.statistics.null_count < chunk.num_values and not chunk.statistics.has_min_max:
            yield f"{where}: statistics without bounds"
        if not chunk.has_column_index or not chunk.has_offset_index:
            yield f"{where}: no page index"


def _required(table, _path, parquet):
    required = {column.name for column in table.columns if column.required}
    for group, chunk in _chunks(parquet):
        if chunk.path_in_schema in required and chunk.is_stats_set and chunk.statistics.null_count:
            yield f"row group {group}, {chunk.path_in_schema}: {chunk.statistics.null_count} NULLs"


def _sorting(table, _path, parquet):
    expected = SORTED_BY[table.name]
    for group in range(parquet.metadata.num_row_groups):
        declared = parquet.metadata.row_group(group).sorting_columns
        names = [parquet.schema.column(s.column_index).name for s in declared]
        if names[: len(expected)] != expected or any(s.descending for s in declared):
            yield f"row group {group}: expected sorting_columns {expected}, got {names}"
            continue
        rows = parquet.read_row_group(group, columns=expected)
        keys = [_sort_keys(rows[s], declared[i].nulls_first) for i, s in enumerate(expected)]
        ordered = list(zip(*keys))
        place = next((i for i in range(1, len(ordered)) if ordered[i - 1] > ordered[i]), None)
        if place is not None:
            yield f"row group {group}: row {place} comes before row {place - 1} in that order"


def _sort_keys(column, nulls_first):
    """Values that compare as the file's order does; code points order as the bytes of UTF-8 do."""
    null_rank = -1 if nulls_first else 1
    return [(0, value) if value is not None else (null_rank,) for value in column.to_pylist()]
