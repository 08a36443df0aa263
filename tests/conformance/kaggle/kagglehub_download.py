"""`kagglehub.dataset_download`: `kagglehub_download.py HANDLE [PATH]` prints where the files are."""

import sys

import endpoint

endpoint.redirect()

import kagglehub  # noqa: E402

print(kagglehub.dataset_download(*sys.argv[1:]))
