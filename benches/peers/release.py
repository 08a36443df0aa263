"""What both peers need to know of a release: its files, its image folder, the shapes of its file names."""

import pathlib
import re

SPLITS = ("train", "val", "test")

COLUMNS = ("file_name", "class_id", "bbox_xmin", "bbox_ymin", "bbox_xmax", "bbox_ymax")

CLASSES = ("Normal", "Pneumonia", "COVID-19")

# A file name without `.png` and without the digits before it, one alternative for each source: group 1 is the
# patient, group 2 what stands between patient and slice number. It is the same for all slices of a scan, so the
# peers look at it once a scan and not once a line.
STEM = (
    r"^(?:[0-9a-z]+_)?"
    r"(patient\d+|NCP_\d+|CP_\d+|Normal_\d+|HUST-Patient\d+|volume-covid19-A-\d+(?:_\d+)?|LIDC-IDRI-\d+"
    r"|radiopaedia-\d+|radiopaedia_\d+_\d+|coronacases_\d+|study_\d+|STOIC-\d+|A\d+|COVIDCTMD-[A-Za-z]+\d+)"
    r"(?:[-_](.*?))?[-_](?:IM)?$"
)


def files_of(folder):
    """The label files of a folder by split, its metadata file, and the release that the names tell."""
    folder = pathlib.Path(folder)
    labels = {split: next(folder.glob(f"{split}_*.txt")) for split in SPLITS}
    release = "CT-" + re.search(r"CT[-_]v?(\w+)\.txt$", labels["train"].name)[1]
    return labels, folder / "metadata.csv", release


def image_prefix(release):
    """Where the images of a release are, below the root of a lake."""
    number = release.removeprefix("CT-")
    return f"landing/{release}/" + ("images/" if number == "1" else f"{number[0]}A_images/")
