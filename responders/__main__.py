"""`python -m responders` is `bonmot`."""

from responders.cli import main

main()
