"""The questions in pyarrow's own terms: read columns, compute, group.

`read(table, columns, filter)` returns a pyarrow table. Each function returns its columns in the order of
the question's SQL.
"""

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError:
    # The questions carry these functions, but only the pyarrow engine calls them.
    pa = pc = None


def _group(table, keys, *aggregates):
    """Group by keys; the result has the keys and then the aggregates, in the order asked for."""
    grouped = table.group_by(keys).aggregate(list(aggregates))
    names = [f"{column}_{function}" if column else function for column, function in aggregates]
    return grouped.select([*keys, *names])


def _flag(table, name, condition):
    """A column of ones and zeros, to be summed; what is unknown counts as zero."""
    return table.append_column(name, pc.fill_null(condition, False).cast(pa.int64()))


# The number of rows of a group: an aggregate of no column.
ROWS = ([], "count_all")


def _patients_with_slices(read, columns):
    return read("patients", columns, filter=pc.field("slices") > 0)


def images_per_split_and_class(read):
    table = read("ct_slices", ["split", "diagnosis", "patient_id"])
    return _group(table, ["split", "diagnosis"], ROWS, ("patient_id", "count_distinct"))


def patients_per_country(read):
    return _group(_patients_with_slices(read, ["country", "diagnosis"]), ["country", "diagnosis"], ROWS)


def sex_per_split(read):
    table = _patients_with_slices(read, ["split", "sex"])
    for name, value in [("female", "F"), ("male", "M"), ("unknown", "Unknown")]:
        table = _flag(table, name, pc.equal(table["sex"], value))
    return _group(table, ["split"], ROWS, ("female", "sum"), ("male", "sum"), ("unknown", "sum"))


def age_by_diagnosis(read):
    table = read("patients", ["diagnosis", "age_band_order", "age_band", "age"])
    return _group(table, ["diagnosis", "age_band_order", "age_band"], ROWS, ("age", "min"), ("age", "max"))


def source_and_class(read):
    table = read("ct_slices", ["source", "class_id", "patient_id"])
    return _group(table, ["source", "class_id"], ROWS, ("patient_id", "count_distinct"))


def slices_per_patient(read):
    table = _patients_with_slices(read, ["source", "scans", "slices"])
    aggregates = [ROWS, ("scans", "sum"), ("slices", "sum"), ("slices", "max"), ("slices", "mean")]
    return _group(table, ["source"], *aggregates)


def how_labels_were_made(read):
    keys = ["split", "slice_selection", "verified_finding"]
    return _group(read("ct_slices", keys), keys, ROWS)


def completeness(read):
    table = read("patients", ["source", "age", "sex", "country"])
    table = _flag(table, "with_sex", pc.not_equal(table["sex"], "Unknown"))
    table = _flag(table, "with_country", pc.not_equal(table["country"], "Unknown"))
    return _group(table, ["source"], ROWS, ("age", "count"), ("with_sex", "sum"), ("with_country", "sum"))


def box_area(read):
    table = read("ct_slices", ["source", "diagnosis", "bbox_xmin", "bbox_ymin", "bbox_xmax", "bbox_ymax"])
    width = pc.subtract(table["bbox_xmax"], table["bbox_xmin"])
    height = pc.subtract(table["bbox_ymax"], table["bbox_ymin"])
    table = table.append_column("area", pc.multiply(width, height))
    return _group(table, ["source", "diagnosis"], ("area", "mean"), ("area", "max"))


def images_present(read):
    table = read("ct_slices", ["release", "split", "in_landing", "image_crc32", "image_bytes"])
    table = _flag(table, "present", table["in_landing"])
    aggregates = [ROWS, ("present", "sum"), ("image_crc32", "count"), ("image_bytes", "min")]
    return _group(table, ["release", "split"], *aggregates)


def patients_in_several_splits(read):
    table = _group(read("ct_slices", ["patient_id", "split"]), ["patient_id"], ("split", "count_distinct"))
    return table.filter(pc.greater(table["split_count_distinct"], 1))


def balanced_sample(read):
    table = read("ct_slices", ["diagnosis", "image_key"])
    table = table.sort_by([("diagnosis", "ascending"), ("image_key", "ascending")])
    classes = pc.unique(table["diagnosis"])
    return pa.concat_tables([table.filter(pc.equal(table["diagnosis"], c)).slice(0, 3) for c in classes])


def slices_of(read, patient):
    columns = ["split", "scan_id", "slice_index", "file_name", "label_line"]
    table = read("ct_slices", columns, filter=pc.field("patient_id") == patient)
    table = table.append_column("scan", pc.fill_null(table["scan_id"], ""))
    order = [("scan", "ascending"), ("slice_index", "ascending"), ("label_line", "ascending")]
    return table.sort_by(order).select(["split", "scan_id", "slice_index", "file_name"])


def one_partition(read):
    table = read("ct_slices", ["diagnosis"], filter=(pc.field("country") == "China") & (pc.field("sex") == "F"))
    return _group(table, ["diagnosis"], ROWS)


def findings_by_rule(read):
    keys = ["rule", "severity", "subject_type"]
    return _group(read("quality_findings", [*keys, "occurrences"]), keys, ("occurrences", "sum"))


def snapshot(read):
    return read("snapshot_info", ["snapshot_id", "release", "slices", "patients", "findings"])
