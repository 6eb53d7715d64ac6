"""Run the command line as ``python -m hurdles``."""

from hurdles.cli import main

if __name__ == "__main__":
    main()
