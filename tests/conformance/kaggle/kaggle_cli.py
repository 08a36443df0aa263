"""The `kaggle` command, as its own launcher starts it: `kaggle_cli.py datasets download OWNER/SLUG …`."""

import sys

import endpoint

endpoint.redirect()
# Without this name it takes nobody for anonymous.
sys.argv[0] = "kaggle"

from kaggle.cli import main  # noqa: E402

main()
