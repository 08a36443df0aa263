"""What analysts ask of the tables, each question once.

`sql` is answered by DuckDB, Polars and `ctlake sql` from the same text, so it keeps to what all three
understand: no RANK, no window frames, no comparison with a subquery, an alias for every aggregate.
`arrow` is the same question in pyarrow's own terms: it takes a function that reads columns of a table
and returns a pyarrow table with the columns in the order of the SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engines import arrow_answers as arrow


@dataclass(frozen=True)
class Question:
    """One question; the order of the rows is part of the answer only if `ordered`."""

    name: str
    sql: str
    arrow: Callable
    ordered: bool = False


def all_questions(patient):
    """The questions; `patient` is the patient whose slices are listed in order."""
    return [
        Question(
            "images and patients per split and class",
            """SELECT split, diagnosis, COUNT(*) AS images, COUNT(DISTINCT patient_id) AS patients
               FROM ct_slices GROUP BY split, diagnosis""",
            arrow.images_per_split_and_class,
        ),
        Question(
            "patients with images per country and diagnosis",
            """SELECT country, diagnosis, COUNT(*) AS patients
               FROM patients WHERE slices > 0 GROUP BY country, diagnosis""",
            arrow.patients_per_country,
        ),
        Question(
            "sex per split, with the unknown share",
            """SELECT split, COUNT(*) AS patients,
                      SUM(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) AS female,
                      SUM(CASE WHEN sex = 'M' THEN 1 ELSE 0 END) AS male,
                      SUM(CASE WHEN sex = 'Unknown' THEN 1 ELSE 0 END) AS sex_unknown
               FROM patients WHERE slices > 0 GROUP BY split""",
            arrow.sex_per_split,
        ),
        Question(
            "age by diagnosis",
            """SELECT diagnosis, age_band_order, age_band, COUNT(*) AS patients,
                      MIN(age) AS youngest, MAX(age) AS oldest
               FROM patients GROUP BY diagnosis, age_band_order, age_band""",
            arrow.age_by_diagnosis,
        ),
        Question(
            "source and class",
            """SELECT source, class_id, COUNT(*) AS images, COUNT(DISTINCT patient_id) AS patients
               FROM ct_slices GROUP BY source, class_id""",
            arrow.source_and_class,
        ),
        Question(
            "slices per patient and per scan by source",
            """SELECT source, COUNT(*) AS patients, SUM(scans) AS all_scans, SUM(slices) AS all_slices,
                      MAX(slices) AS most_slices, AVG(slices) AS mean_slices
               FROM patients WHERE slices > 0 GROUP BY source""",
            arrow.slices_per_patient,
        ),
        Question(
            "how labels were made, per split",
            """SELECT split, slice_selection, verified_finding, COUNT(*) AS images
               FROM ct_slices GROUP BY split, slice_selection, verified_finding""",
            arrow.how_labels_were_made,
        ),
        Question(
            "completeness of sex, age and country per source",
            """SELECT source, COUNT(*) AS patients, COUNT(age) AS with_age,
                      SUM(CASE WHEN sex <> 'Unknown' THEN 1 ELSE 0 END) AS with_sex,
                      SUM(CASE WHEN country <> 'Unknown' THEN 1 ELSE 0 END) AS with_country
               FROM patients GROUP BY source""",
            arrow.completeness,
        ),
        Question(
            "body box area by source and class",
            """SELECT source, diagnosis,
                      AVG((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS mean_area,
                      MAX((bbox_xmax - bbox_xmin) * (bbox_ymax - bbox_ymin)) AS largest_area
               FROM ct_slices GROUP BY source, diagnosis""",
            arrow.box_area,
        ),
        Question(
            "images present against the labels",
            """SELECT release, split, COUNT(*) AS labels,
                      SUM(CASE WHEN in_landing THEN 1 ELSE 0 END) AS images,
                      COUNT(image_crc32) AS checksums, MIN(image_bytes) AS smallest
               FROM ct_slices GROUP BY release, split""",
            arrow.images_present,
        ),
        Question(
            "patients in several splits",
            """SELECT patient_id, COUNT(DISTINCT split) AS splits
               FROM ct_slices GROUP BY patient_id HAVING COUNT(DISTINCT split) > 1""",
            arrow.patients_in_several_splits,
        ),
        Question(
            "a balanced sample of three images per class",
            """WITH numbered AS (
                 SELECT diagnosis, image_key,
                        ROW_NUMBER() OVER (PARTITION BY diagnosis ORDER BY image_key) AS place
                 FROM ct_slices)
               SELECT diagnosis, image_key FROM numbered WHERE place <= 3""",
            arrow.balanced_sample,
        ),
        Question(
            "all slices of one patient in order",
            f"""SELECT split, scan_id, slice_index, file_name FROM ct_slices
                WHERE patient_id = '{patient}'
                ORDER BY COALESCE(scan_id, ''), slice_index, label_line""",
            lambda read: arrow.slices_of(read, patient),
            ordered=True,
        ),
        Question(
            "one country, one sex: the partition keys as a filter",
            """SELECT diagnosis, COUNT(*) AS images FROM ct_slices
               WHERE country = 'China' AND sex = 'F' GROUP BY diagnosis""",
            arrow.one_partition,
        ),
        Question(
            "findings by rule",
            """SELECT rule, severity, subject_type, SUM(occurrences) AS occurrences
               FROM quality_findings GROUP BY rule, severity, subject_type""",
            arrow.findings_by_rule,
        ),
        Question(
            "the snapshot",
            "SELECT snapshot_id, release, slices, patients, findings FROM snapshot_info",
            arrow.snapshot,
        ),
    ]
