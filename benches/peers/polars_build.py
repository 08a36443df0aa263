#!/usr/bin/env python3
"""ct_slices from label files with Polars: polars_build.py LABELS OUT [plain]

With `plain` as one writes it first: text is text, and every line's name is taken apart.
"""

import sys

import polars as pl

from release import CLASSES, COLUMNS, SPLITS, STEM, files_of, image_prefix

PLAIN = sys.argv[3:] == ["plain"]

# Text of few values is Categorical: it is joined and written by number, 40 % less time than as strings.
FEW = pl.String if PLAIN else pl.Categorical


def bands(age):
    """The age band of an age."""
    band = pl.when(age >= 80).then(pl.lit("80+"))
    for low in (60, 40, 20, 0):
        band = band.when(age >= low).then(pl.lit(f"{low}-{low + 19}"))
    return band.otherwise(pl.lit("Unknown"))


def text(column):
    """A column of the metadata without blanks around it."""
    return pl.col(column).str.strip_chars()


labels, metadata, release = files_of(sys.argv[1])

schema = {name: pl.String if name == "file_name" else pl.Int32 for name in COLUMNS}
lines = pl.concat(
    pl.scan_csv(
        labels[split],
        separator=" ",
        has_header=False,
        schema=schema,
        quote_char=None,
        row_index_name="label_line",
        row_index_offset=1,
    ).with_columns(split=pl.lit(split, dtype=FEW))
    for split in SPLITS
)
# Cutting digits off an end is far cheaper than a regular expression: that one runs on what is left, once a scan.
name = pl.col("file_name").str.strip_suffix(".png")
lines = lines.with_columns(stem=name.str.strip_chars_end("0123456789")).with_columns(
    slice_index=name.str.slice(pl.col("stem").str.len_bytes()).cast(pl.Int32, strict=False)
)

age = text("age").cast(pl.Int32, strict=False)
patients = pl.scan_csv(metadata, infer_schema=False).select(
    patient_id=text("patient id"),
    source=text("source").cast(FEW),
    country=text("country").replace("", None).fill_null("Unknown").cast(FEW),
    sex=text("sex").replace("", None).fill_null("Unknown").cast(FEW),
    age=age,
    age_band=bands(age).cast(FEW),
    verified_finding=text("verified finding").cast(FEW),
    slice_selection=text("slice selection").cast(FEW),
    in_metadata=pl.lit(True),
)

parts = pl.col("stem").str.extract_groups(STEM).struct
parts = {"patient_id": parts.field("1"), "scan_id": parts.field("2").replace("", None)}
if PLAIN:
    merged = lines.with_columns(**parts).join(patients, on="patient_id", how="left")
else:
    scans = lines.select("stem").unique().with_columns(**parts).join(patients, on="patient_id", how="left")
    merged = lines.join(scans, on="stem", how="left")

rows = merged.select(
    pl.concat_str(pl.lit(image_prefix(release)), "file_name").alias("image_key"),
    "file_name",
    pl.lit(release, dtype=FEW).alias("release"),
    "split",
    pl.col("label_line").cast(pl.Int32),
    "class_id",
    "patient_id",
    "scan_id",
    "slice_index",
    "bbox_xmin",
    "bbox_ymin",
    "bbox_xmax",
    "bbox_ymax",
    "source",
    "age",
    pl.col("age_band").fill_null("Unknown"),
    "verified_finding",
    "slice_selection",
    pl.col("in_metadata").fill_null(False),
    pl.col("country").fill_null("Unknown"),
    pl.col("sex").fill_null("Unknown"),
    pl.col("class_id").replace_strict(range(len(CLASSES)), CLASSES, return_dtype=FEW).alias("diagnosis"),
)

rows.sink_parquet(
    pl.PartitionBy(sys.argv[2], key=["country", "sex", "diagnosis"], include_key=False),
    compression="zstd",
    compression_level=1,
    maintain_order=False,
    mkdir=True,
    engine="streaming",
)
