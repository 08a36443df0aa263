"""The label files and the metadata, read once more in plain Python.

Nothing here is taken from the program under test: agreement means that two readings of the same files
came to the same result.
"""

import csv
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

CLASSES = {"0": "Normal", "1": "Pneumonia", "2": "COVID-19"}
SPLIT_FILE = re.compile(r"(train|val|test)_COVIDx.*\.txt", re.IGNORECASE)
METADATA_FILE = re.compile(r"metadata\.(csv|txt)", re.IGNORECASE)
# The patient is named inside these file names, not at their start.
COVID_CTSET = re.compile(r"\d*(?:covid|normal|cdnormal|cdunnormal|normalcd)\d*_(patient\d+)_")
# How the sources name their patients, for those that the metadata lacks.
KNOWN_SHAPE = re.compile(
    r"(?:(?:NCP|CP|Normal)_\d+|volume-covid19-A-\d+(?:_\d+)?|HUST-Patient\d+|LIDC-IDRI-\d+|coronacases_\d+"
    r"|radiopaedia_\d+_\d+|radiopaedia-\d+|study_\d+|STOIC-\d+|COVIDCTMD-[^-]+|A\d+)(?![^\W_])"
)


@dataclass(frozen=True)
class Label:
    """One line of a split file; `box` is xmin, ymin, xmax, ymax."""

    split: str
    line: int
    file_name: str
    class_id: int
    box: tuple
    patient: str


class Labels:
    """Everything that the label files and the metadata of a folder say."""

    def __init__(self, folder):
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        self.metadata = {}
        for file in files:
            if METADATA_FILE.fullmatch(file.name):
                self.metadata.update(_read_metadata(file))
        self.labels = []
        for file in files:
            if match := SPLIT_FILE.fullmatch(file.name):
                self.labels.extend(self._read_split(file, match[1].lower()))

    def _read_split(self, file, split):
        # Only LF and CRLF end a line; `splitlines` knows further characters that end one.
        text = file.read_bytes().decode("utf-8-sig")
        for number, line in enumerate(text.split("\n"), start=1):
            fields = line.split()
            if fields:
                name, class_id, *box = fields
                yield Label(split, number, name, int(class_id), tuple(map(int, box)), self.patient(name))

    def patient(self, file_name):
        """The patient a file name belongs to."""
        if match := COVID_CTSET.match(file_name):
            return match[1]
        stem = file_name.rsplit(".", 1)[0]
        for end in range(len(stem), 0, -1):
            boundary = end == len(stem) or not stem[end].isalnum()
            if boundary and stem[:end] in self.metadata:
                return stem[:end]
        if match := KNOWN_SHAPE.match(stem):
            return match[0]
        return re.sub("[-_][^-_]*$", "", stem)

    def images_per_split_and_class(self):
        return Counter((label.split, CLASSES[str(label.class_id)]) for label in self.labels)

    def patients_per_split(self):
        pairs = {(label.split, label.patient) for label in self.labels}
        return Counter(split for split, _ in pairs)

    def slices_per_patient(self):
        """The number of slices of every patient, those of the metadata without slices included."""
        return dict.fromkeys(self.metadata, 0) | dict(Counter(label.patient for label in self.labels))


def _read_metadata(file):
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            row = {name.strip(): (value or "").strip() for name, value in row.items() if name}
            yield row["patient id"], row


def canonical(value):
    """A partition value without what the build may change in it.

    That is white space around it, its normal form, its case, and characters a folder name must not hold.
    """
    text = unicodedata.normalize("NFC", value.strip()) or "Unknown"
    return re.sub(r'[\x00-\x1f\x7f/\\=,%"#*:?<>|{}\[\]^~`]', "_", text).casefold()
