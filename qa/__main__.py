"""`python -m qa` is `qa`."""

from qa.cli.main import main

main()
