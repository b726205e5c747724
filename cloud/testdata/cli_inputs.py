"""Runs lines of the AWS CLI in one process, each as `aws` would run it. Reads a JSON list of
lists of words, and writes a JSON list of [exit code, what was said]."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

results = []
for words in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = create_clidriver().main(words)  # a new one: it keeps what it was asked
    except SystemExit as e:
        code = e.code
    results.append([code, said.getvalue()])
json.dump(results, sys.stdout)
