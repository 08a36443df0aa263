#!/usr/bin/env python3
"""ct_slices from label files with DuckDB: duckdb_build.py LABELS OUT"""

import sys

import duckdb

from release import CLASSES, COLUMNS, SPLITS, STEM, files_of, image_prefix

labels, metadata, release = files_of(sys.argv[1])
db = duckdb.connect()
db.execute("SET enable_progress_bar = false")


def quoted(words):
    """A list of SQL strings."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)


# A loaded table numbers its rows as the file's lines are numbered; row_number() over the reader does so too, but on one
# thread. The stem, a name without `.png` and the digits before it, is the same for all slices of a scan.
types = ", ".join(f"'{name}': '{'VARCHAR' if name == 'file_name' else 'INT'}'" for name in COLUMNS)
for split in SPLITS:
    db.execute(f"""
        CREATE TEMP TABLE {split}_lines AS
        SELECT *, regexp_extract(file_name, '(\\d+)\\.png$', 1) AS slice,
               left(file_name, -4 - length(slice)::INT) AS stem
        FROM read_csv({quoted([str(labels[split])])}, delim=' ', header=false, quote='', escape='',
                      auto_detect=false, columns={{{types}}})""")

db.execute(f"""
    CREATE TEMP TABLE patients AS
    SELECT trim("patient id") AS patient_id, trim(source) AS source,
           coalesce(nullif(trim(country), ''), 'Unknown') AS country,
           coalesce(nullif(trim(sex), ''), 'Unknown') AS sex,
           try_cast(trim(age) AS INT) AS years,
           CASE WHEN years >= 80 THEN '80+' WHEN years >= 60 THEN '60-79' WHEN years >= 40 THEN '40-59'
                WHEN years >= 20 THEN '20-39' WHEN years >= 0 THEN '0-19' ELSE 'Unknown' END AS age_band,
           trim("verified finding") AS verified_finding, trim("slice selection") AS slice_selection
    FROM read_csv({quoted([str(metadata)])}, header=true, all_varchar=true)""")

# Text of few values is an ENUM: it is joined and written by number, a third less time than as strings.
db.execute(f"CREATE TYPE split_name AS ENUM ({quoted(SPLITS)})")
db.execute(f"CREATE TYPE release_name AS ENUM ({quoted([release])})")
db.execute(f"CREATE TYPE class_name AS ENUM ({quoted(CLASSES)})")
for column in ("source", "country", "sex", "age_band", "verified_finding", "slice_selection"):
    db.execute(f"""
        CREATE TYPE {column}_name AS ENUM (
            SELECT {column} FROM patients WHERE {column} IS NOT NULL UNION SELECT 'Unknown' ORDER BY 1)""")
    db.execute(f"ALTER TABLE patients ALTER {column} TYPE {column}_name")

stems = " UNION ALL ".join(f"SELECT stem FROM {split}_lines" for split in SPLITS)
db.execute(f"""
    CREATE TEMP TABLE scans AS
    SELECT stem, parts.patient AS patient_id, nullif(parts.scan, '') AS scan_id, patients.* EXCLUDE (patient_id),
           patients.patient_id IS NOT NULL AS in_metadata
    FROM (SELECT stem, regexp_extract(stem, '{STEM}', ['patient', 'scan']) AS parts
          FROM (SELECT DISTINCT stem FROM ({stems})))
    LEFT JOIN patients ON patients.patient_id = parts.patient""")

lines = " UNION ALL ".join(
    f"SELECT *, '{split}'::split_name AS split, (rowid + 1)::INT AS label_line FROM {split}_lines" for split in SPLITS
)
diagnosis = " ".join(f"WHEN {number} THEN '{name}'::class_name" for number, name in enumerate(CLASSES))
db.execute(f"""
    COPY (
        SELECT '{image_prefix(release)}' || file_name AS image_key, file_name, '{release}'::release_name AS release,
               split, label_line, class_id, patient_id, scan_id, try_cast(slice AS INT) AS slice_index,
               bbox_xmin, bbox_ymin, bbox_xmax, bbox_ymax, source, years AS age,
               coalesce(age_band, 'Unknown'::age_band_name) AS age_band, verified_finding, slice_selection, in_metadata,
               coalesce(country, 'Unknown'::country_name) AS country, coalesce(sex, 'Unknown'::sex_name) AS sex,
               CASE class_id {diagnosis} END AS diagnosis
        FROM ({lines}) JOIN scans USING (stem)
    ) TO {quoted([sys.argv[2]])}
    (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (country, sex, diagnosis))""")
