"""What `ctlake sql` answers to the questions that the numbers of the report stand for, in words of this file."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

COUNTS = {"slices": "COUNT(*)", "patients": "COUNT(DISTINCT patient_id)"}
ALL = {
    **COUNTS,
    "slices-per-patient": "COUNT(*) * 1.0 / NULLIF(COUNT(DISTINCT patient_id), 0)",
    "image-completeness": "SUM(CASE WHEN in_landing THEN 1 ELSE 0 END) * 1.0 / NULLIF(COUNT(*), 0)",
}
# Over different patients.
PEOPLE = {
    "median-age": "MEDIAN(age)",
    "sex-known": "AVG(CASE WHEN sex <> 'Unknown' THEN 1.0 ELSE 0.0 END)",
    "age-known": "AVG(CASE WHEN age IS NOT NULL THEN 1.0 ELSE 0.0 END)",
    "country-known": "AVG(CASE WHEN country <> 'Unknown' THEN 1.0 ELSE 0.0 END)",
    "fully-described": "AVG(CASE WHEN sex <> 'Unknown' AND age IS NOT NULL AND country <> 'Unknown' THEN 1.0 ELSE 0.0 END)",
}
# Over scans of n slices.
SCAN_SIZES = {
    "scans": "COUNT(*)",
    "fewest-slices": "MIN(n)",
    "median-slices": "MEDIAN(n)",
    "slices-per-scan": "AVG(n)",
    "most-slices": "MAX(n)",
}

# Dimension to column.
COLUMNS = {
    "country": "country",
    "sex": "sex",
    "diagnosis": "diagnosis",
    "split": "split",
    "source": "source",
    "age": "age_band",
}


def where(choice, *conditions):
    """The condition of a choice of filters."""
    among = (f"{value_of(name)} IN ({', '.join(map(quoted, values))})" for name, values in choice.items())
    parts = [*conditions, *among]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def value_of(dimension):
    return "COALESCE(source, 'Unknown')" if dimension == "source" else COLUMNS[dimension]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Oracle:
    """Asks each question for all choices at once: a process and a scan for each number would take hours."""

    def __init__(self, ctlake, lake, choices):
        self.ctlake = ctlake
        self.lake = lake
        self.choices = choices

    def answers(self):
        """(choice, measure, pins) to value; what is not there counts nothing."""
        questions = [([], ALL, self.slices)]
        for dimension in COLUMNS:
            questions.append(([dimension], ALL if dimension in ("source", "diagnosis") else COUNTS, self.slices))
            if dimension != "diagnosis":
                questions.append(([dimension, "diagnosis"], COUNTS, self.slices))
            if dimension not in ("split", "age"):
                questions.append(([dimension], {"patients-without-images": "COUNT(*)"}, self.without_images))
        questions += [([], {"patients-without-images": "COUNT(*)"}, self.without_images)]
        questions += [([], {"shared-patients": "COUNT(*)"}, self.shared)]
        questions += [(by, SCAN_SIZES, self.scan_sizes) for by in ([], ["source"], ["diagnosis"])]
        questions += [(by, PEOPLE, self.people) for by in ([], ["source"], ["diagnosis"])]
        found = {}
        with ThreadPoolExecutor(2) as pool:
            for answer in pool.map(lambda question: self.ask(*question), questions):
                found.update(answer)
        for number in range(len(self.choices)):
            found.update(derived(found, number))
        return found

    def ask(self, by, measures, select):
        branches = [select(number, choice, by, measures) for number, choice in enumerate(self.choices)]
        text = self.ctlake.run("sql", "--lake", self.lake, "--format", "csv", " UNION ALL ".join(branches))
        found = {}
        for row in csv.DictReader(io.StringIO(text)):
            pins = tuple(sorted((name, row[f"by_{name}"]) for name in by))
            for number, measure in enumerate(measures):
                value = row[f"m{number}"]
                found[int(row["choice"]), measure, pins] = None if value == "" else float(value)
        return found

    def slices(self, number, choice, by, measures):
        return grouped(number, by, measures, f"ct_slices{where(choice)}")

    def without_images(self, number, choice, by, measures):
        return grouped(number, by, measures, f"patients{where(choice, 'slices = 0')}")

    def shared(self, number, choice, by, measures):
        splits = f"SELECT DISTINCT patient_id, split FROM ct_slices{where(choice)}"
        patients = f"SELECT patient_id FROM ({splits}) AS splits GROUP BY patient_id HAVING COUNT(*) > 1"
        return grouped(number, by, measures, f"({patients}) AS patients")

    def scan_sizes(self, number, choice, by, measures):
        keys = "".join(f", {COLUMNS[name]}" for name in by)
        scans = f"SELECT patient_id, scan_id, COUNT(*) AS n{keys} FROM ct_slices{where(choice)} GROUP BY patient_id, scan_id{keys}"
        return grouped(number, by, measures, f"({scans}) AS scans")

    def people(self, number, choice, by, measures):
        keys = "".join(f", {COLUMNS[name]}" for name in by)
        people = f"SELECT DISTINCT patient_id, sex, age, country{keys} FROM ct_slices{where(choice)}"
        return grouped(number, by, measures, f"({people}) AS people")


def derived(found, number):
    """Measures that follow from the counts that SQL answered, and the names of the most frequent values."""

    def by(measure, *dimensions):
        keys = tuple(sorted(dimensions))
        entries = {pins: value for (at, name, pins), value in found.items() if at == number and name == measure}
        return {
            tuple(dict(pins)[name] for name in dimensions): value
            for pins, value in entries.items()
            if tuple(name for name, _ in pins) == keys and value
        }

    slices = sum(by("slices").values())
    splits = {split: count for (split,), count in by("slices", "split").items()}
    classes = by("slices", "split", "diagnosis")
    gaps = []
    for diagnosis in {diagnosis for _, diagnosis in classes}:
        shares = [classes.get((split, diagnosis), 0) / count for split, count in splits.items()]
        gaps.append(max(shares) - min(shares))
    of_source = {}
    for (source, _), count in by("slices", "source", "diagnosis").items():
        of_source.setdefault(source, []).append(count)
    single = [counts[0] for counts in of_source.values() if len(counts) == 1]
    ages = by("median-age", "diagnosis").values()
    answers = {
        "splits": len(splits),
        "balance-gap": max(gaps, default=None),
        "sources": len(of_source),
        "single-class-sources": len(single),
        "single-class-share": sum(single) / slices if slices else None,
        "median-age-gap": max(ages) - min(ages) if ages else None,
    }
    for dimension in ("diagnosis", "country"):
        known = {value: count for (value,), count in by("patients", dimension).items() if value != "Unknown"}
        first = min(known, key=lambda value: (-known[value], value), default=None)
        answers[f"most-of-{dimension}"] = known.get(first, 0)
        answers[f"most-frequent-{dimension}"] = first or "–"
    return {(number, measure, ()): value for measure, value in answers.items()}


def grouped(number, by, measures, table):
    # All numbers of a union have one type.
    values = [f"CAST({sql} AS DOUBLE) AS m{at}" for at, sql in enumerate(measures.values())]
    keys = [f"{value_of(name)} AS by_{name}" for name in by]
    group = f" GROUP BY {', '.join(value_of(name) for name in by)}" if by else ""
    return f"SELECT {', '.join([f'{number} AS choice', *keys, *values])} FROM {table}{group}"
