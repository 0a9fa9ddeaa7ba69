"""`python -m loglens` is the command `loglens`."""

from loglens.cli.main import main

main()
