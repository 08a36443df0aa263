#!/usr/bin/env python3
"""Makes a release of the dataset's shape with as many images as wanted, as a zip like Kaggle's.

    images.py OUT.zip --files 3000                         images of 30 to 150 kB
    images.py OUT.zip --files 195000 --bytes 100 400       tiny ones

Three label files, metadata.csv and `2A_images/*.png`. An image begins and ends as a PNG file does; its body is random
bytes, a few of them made rarer, so that deflate finds half a percent to save and does its full work, as it does on
bytes that are compressed already. Beside the zip, OUT.tsv lists path, bytes and MD5 of everything in it.

The same arguments make the same bytes.
"""

import argparse
import hashlib
import pathlib
import random
import struct
import zipfile
import zlib

FOLDER = "2A_images"
SLICES = 40
FAMILIES = ("Normal", "CP", "NCP")
FINDINGS = ("Normal", "Pneumonia", "COVID-19")
HEADER = "patient id,source,country,sex,age,finding,verified finding,slice selection,view,modality\n"
RARER = bytes(value if value < 250 else 0 for value in range(256))


def chunk(kind, body):
    """A chunk of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG_START = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 512, 512, 8, 0, 0, 0, 0))
PNG_END = chunk(b"IEND", b"")
PNG_FRAME = len(PNG_START) + len(chunk(b"IDAT", b"")) + len(PNG_END)


def image(dice, size):
    """A file of `size` bytes that has the frame of an 8-bit grayscale PNG of 512 x 512."""
    return PNG_START + chunk(b"IDAT", dice.randbytes(size - PNG_FRAME).translate(RARER)) + PNG_END


def names(count):
    """File names and classes, a patient's slices together."""
    for number in range(count):
        patient, index = divmod(number, SLICES)
        label = patient % 3
        yield f"{FAMILIES[label]}_{patient}_{1000 + patient}_{index:04}.png", label, patient


def texts(count):
    """The label files and the metadata, by path."""
    splits = {"train": [], "val": [], "test": []}
    patients = {}
    for name, label, patient in names(count):
        # Seven patients in ten are for training, and none is in two splits.
        split = "train" if patient % 10 < 7 else "val" if patient % 10 < 8 else "test"
        splits[split].append(f"{name} {label} 60 70 450 440\n")
        patients.setdefault(patient, label)
    rows = []
    for patient, label in patients.items():
        choice = ("N/A", "Expert", "Automatic")[label]
        sex, age = ("F", "M", "")[patient % 3], patient % 90 + 1 if patient % 2 else ""
        rows.append(f"{FAMILIES[label]}_{patient},CNCB,China,{sex},{age},{FINDINGS[label]},Yes,{choice},Axial,CT\n")
    yield "metadata.csv", HEADER + "".join(rows)
    for split, lines in splits.items():
        yield f"{split}_COVIDx_CT-2A.txt", "".join(lines)


def make(out, count, low, high, seed=1):
    """Writes the zip and its list."""
    dice = random.Random(seed)
    expected = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:

        def add(path, content):
            # A fixed time: the archive's bytes depend on the arguments alone.
            archive.writestr(zipfile.ZipInfo(path, (2021, 5, 10, 12, 0, 0)), content, zipfile.ZIP_DEFLATED, 6)
            expected.append(f"{path}\t{len(content)}\t{hashlib.md5(content).hexdigest()}\n")

        for name, _, _ in names(count):
            add(f"{FOLDER}/{name}", image(dice, dice.randint(low, high)))
        for path, text in texts(count):
            add(path, text.encode())
    out.with_suffix(".tsv").write_text("".join(expected))


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="Make a zip of the dataset's shape.")
    parser.add_argument("out", type=pathlib.Path, help="the zip to write; its list is written beside it")
    parser.add_argument("--files", type=int, default=3000, help="images [3000]")
    parser.add_argument("--bytes", type=int, nargs=2, default=(30_000, 150_000), help="sizes [30000 150000]")
    args = parser.parse_args()
    if args.files < 10 * SLICES:
        parser.error(f"--files starts at {10 * SLICES}: every split needs a patient")
    if not PNG_FRAME <= args.bytes[0] <= args.bytes[1]:
        parser.error(f"--bytes are two sizes from {PNG_FRAME} on, the smaller one first")
    make(args.out, args.files, *args.bytes)


if __name__ == "__main__":
    main()
