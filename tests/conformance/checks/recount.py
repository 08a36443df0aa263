"""The tables must say what the label files and the metadata say."""

from collections import Counter

from labels import CLASSES, canonical

ENGINE = "plain Python"


def check(labels, connection, report):
    """Compare a fresh reading of the input with the tables, as a DuckDB connection sees them."""

    def rows(sql):
        return connection.execute(sql).fetchall()

    table = Counter({(s, d): n for s, d, n in rows("SELECT split, diagnosis, COUNT(*) FROM ct_slices GROUP BY ALL")})
    expected = labels.images_per_split_and_class()
    report.result(ENGINE, f"images per split and class ({expected.total()} labels)", _unequal(expected, table))

    table = Counter(dict(rows("SELECT split, COUNT(DISTINCT patient_id) FROM ct_slices GROUP BY split")))
    report.result(ENGINE, "patients per split", _unequal(labels.patients_per_split(), table))

    table = dict(rows("SELECT patient_id, slices FROM patients"))
    expected = labels.slices_per_patient()
    report.result(ENGINE, f"slices of every patient ({len(expected)} patients)", _unequal(expected, table))

    _check_lines(labels, rows, report)
    _check_metadata(labels, rows, report)


def _check_lines(labels, rows, report):
    table = {
        (split, line): rest
        for split, line, *rest in rows(
            """SELECT split, label_line, file_name, class_id, bbox_xmin, bbox_ymin, bbox_xmax, bbox_ymax,
                      patient_id, diagnosis, in_metadata FROM ct_slices"""
        )
    }
    expected = {
        (label.split, label.line): [
            label.file_name,
            label.class_id,
            *label.box,
            label.patient,
            CLASSES[str(label.class_id)],
            label.patient in labels.metadata,
        ]
        for label in labels.labels
    }
    report.result(ENGINE, f"every label line ({len(expected)})", _unequal(expected, table))


def _check_metadata(labels, rows, report):
    table = {
        patient: (source, age, canonical(country), canonical(sex), verified, selection)
        for patient, source, age, country, sex, verified, selection in rows(
            """SELECT patient_id, source, age, country, sex, verified_finding, slice_selection
               FROM patients WHERE in_metadata"""
        )
    }
    expected = {
        patient: (
            row.get("source") or None,
            _age(row.get("age", "")),
            canonical(row.get("country", "")),
            canonical(row.get("sex", "")),
            row.get("verified finding") or None,
            row.get("slice selection") or None,
        )
        for patient, row in labels.metadata.items()
    }
    report.result(ENGINE, f"every metadata row ({len(expected)})", _unequal(expected, table))

    bands = rows("SELECT DISTINCT age, age_band, age_band_order FROM patients")
    wrong = [f"age {age}: {band}, {order}" for age, band, order in bands if (band, order) != _band(age)]
    report.result(ENGINE, "age bands", wrong)


def _age(text):
    return int(text) if text.isascii() and text.isdigit() and int(text) <= 120 else None


def _band(age):
    if age is None:
        return "Unknown", 6
    place = min(age // 20, 4)
    return ["0-19", "20-39", "40-59", "60-79", "80+"][place], place + 1


def _unequal(expected, table):
    for key in sorted(expected.keys() | table.keys(), key=str):
        if expected.get(key) != table.get(key):
            yield f"{key}: expected {expected.get(key)}, the table has {table.get(key)}"
