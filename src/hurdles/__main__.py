"""Run the command line, as ``hurdles`` or ``python -m hurdles``; grading in a process whose imports are done."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run what the command line asks for."""
    if sys.argv[1:2] in (["check"], ["grade"]):
        from hurdles import grader

        code = grader.run(sys.argv[1:])
        if code is not None:
            sys.exit(code)
    from hurdles import cli

    cli.main()


if __name__ == "__main__":
    main()
