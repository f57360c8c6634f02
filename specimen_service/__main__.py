"""Lets `python -m specimen_service` stand for the `specimen-service` command."""

from specimen_service.cli import main

if __name__ == "__main__":
    main()
