#!/usr/bin/env python3
"""Makes large label sets out of a small one.

    labels.py OUT --labels DIR --times 100            from a folder of real label files
    labels.py OUT --ctlake BIN --times 100            from a synthetic release (`ctlake sample`)
    labels.py OUT --labels DIR --times 100 --countries 120     about a thousand partitions
    labels.py OUT --labels DIR --times 100 --shuffle           the lines of a scan scattered

Copy 0 is the source as it is. In copy c every patient number is filled up with zeros to the width of the widest of
its family and the digits of c are put before it: with four digits in the family `NCP_96` becomes `NCP_10096` in copy 1
and `NCP_120096` in copy 12. So a name keeps its shape, no two copies share a name, and the last digits of a number are
the original's. Scan and slice numbers stay. The lines of one scan follow each other as in the source.

The same arguments make the same bytes.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import zlib

SPLITS = ("train", "val", "test")

# Where the patient's number is, in a patient id and in a file name alike: after the `patient` of the COVID-CTset and
# iCTCF names, after the constant start of the TCIA names (whose first digits are those of `covid19`), else the first
# digits there are. Group 1 ends in the letters before the number, which tell the family.
PATIENT_NUMBER = re.compile(rb"^(.*?[Pp]atient|volume-covid19-A-|[^0-9]*)([0-9]+)")
FAMILY = re.compile(rb"[A-Za-z]*[-_]?$")


def find_labels(folder):
    """The metadata file and the split files of `folder` or of a folder right below it, by role."""
    for place in [folder, *sorted(p for p in folder.iterdir() if p.is_dir())]:
        found = {}
        for path in sorted(place.iterdir()):
            name = path.name.lower()
            if name in ("metadata.csv", "metadata.txt"):
                found["metadata"] = path
            for split in SPLITS:
                if name.startswith(split + "_") and name.endswith(".txt"):
                    found[split] = path
        if len(found) == 1 + len(SPLITS):
            return found
    sys.exit(f"error: `{folder}` has no metadata.csv with train_*.txt, val_*.txt and test_*.txt beside it")


def read_lines(path):
    """The lines of a file without byte-order mark and line ends."""
    return path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")


def number_of(text, path):
    """Start and digits of the patient number in `text`, and its family."""
    match = PATIENT_NUMBER.match(text)
    if match is None:
        sys.exit(f"error: `{path.name}` names `{text.decode()}`, which has no number to count patients by")
    return match.start(2), match[2], FAMILY.search(match[1])[0]


def gaps(lines, numbers, widths):
    """The text between the places where the copy's digits go, one piece more than there are lines.

    A whole copy is then one join of these pieces, which is what makes twenty million lines a matter of seconds.
    """
    pieces, rest = [], b""
    for line, (start, digits, family) in zip(lines, numbers, strict=True):
        pieces.append(rest + line[:start])
        rest = digits.rjust(widths[family], b"0") + line[start + len(digits) :] + b"\n"
    pieces.append(rest)
    return pieces


def write_shuffled(path, seed):
    """Puts the lines of a file into a random order."""
    import numpy

    text = numpy.frombuffer(path.read_bytes(), dtype=numpy.uint8)
    ends = numpy.flatnonzero(text == ord("\n")) + 1
    starts = numpy.concatenate(([0], ends[:-1]))
    order = numpy.random.default_rng(seed).permutation(len(ends))
    with open(path, "wb") as out:
        # An index of every byte is eight times the text: a million lines at a time.
        for first in range(0, len(order), 1_000_000):
            part = order[first : first + 1_000_000]
            lengths = ends[part] - starts[part]
            before = numpy.cumsum(lengths) - lengths
            where = numpy.repeat(starts[part] - before, lengths) + numpy.arange(lengths.sum())
            out.write(text[where].tobytes())


def with_country(row, column, patient, countries):
    """A metadata row with a country that depends on nothing but the patient's id."""
    fields = row.split(b",")
    fields[column] = b"Country %04d" % (zlib.crc32(fields[patient]) % countries)
    return b",".join(fields)


def make(source, out, times, countries=0, shuffle=False, seed=1):
    """Writes the label set and returns the number of its label lines and metadata rows."""
    files = find_labels(source)
    out.mkdir(parents=True, exist_ok=True)
    header, *rows = read_lines(files["metadata"])
    columns = header.split(b",")
    patient, country = columns.index(b"patient id"), columns.index(b"country")
    # The number is looked for in the id and put back into the row: the id's own start is added.
    row_numbers = []
    for row in rows:
        fields = row.split(b",")
        start, digits, family = number_of(fields[patient], files["metadata"])
        row_numbers.append((sum(len(field) + 1 for field in fields[:patient]) + start, digits, family))
    labels = {split: read_lines(files[split]) for split in SPLITS}
    numbers = {split: [number_of(line, files[split]) for line in labels[split]] for split in SPLITS}

    widths = {}
    for _, digits, family in (n for group in (row_numbers, *numbers.values()) for n in group):
        widths[family] = max(widths.get(family, 0), len(digits))

    with open(out / "metadata.csv", "wb") as file:
        file.write(header + b"\n")
        pieces = gaps(rows, row_numbers, widths)
        for copy in range(times):
            text = b"%d" % copy
            block = text.join(pieces) if copy else b"\n".join(rows) + b"\n"
            if countries:
                block = b"".join(
                    with_country(row, country, patient, countries) + b"\n" for row in block.removesuffix(b"\n").split(b"\n")
                )
            file.write(block)
    for at, split in enumerate(SPLITS):
        path = out / files[split].name
        pieces = gaps(labels[split], numbers[split], widths)
        with open(path, "wb") as file:
            file.write(b"\n".join(labels[split]) + b"\n")
            for copy in range(1, times):
                file.write((b"%d" % copy).join(pieces))
        if shuffle:
            write_shuffled(path, [seed, at])
    return times * sum(map(len, labels.values())), times * len(rows)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="Make a large label set out of a small one.")
    parser.add_argument("out", type=pathlib.Path, help="folder to write to")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--labels", type=pathlib.Path, help="folder of label files to copy")
    source.add_argument("--ctlake", type=pathlib.Path, help="ctlake binary: copy a synthetic release made by it")
    parser.add_argument("--patients", type=int, default=400, help="patients of the synthetic release [400]")
    parser.add_argument("--times", type=int, default=1, help="copies, the source itself among them [1]")
    parser.add_argument("--countries", type=int, default=0, help="spread the patients over so many countries")
    parser.add_argument("--shuffle", action="store_true", help="put the lines of each split file into a random order")
    args = parser.parse_args()
    if args.times < 1:
        parser.error("--times starts at 1")
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.labels
        if folder is None:
            folder = pathlib.Path(scratch) / "sample"
            subprocess.run([args.ctlake, "sample", folder, "--patients", str(args.patients)], check=True)
        lines, rows = make(folder, args.out, args.times, args.countries, args.shuffle)
    print(f"{args.out}: {lines:,} label lines, {rows:,} patients", file=sys.stderr)


if __name__ == "__main__":
    main()
