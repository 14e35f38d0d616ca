"""``python -m lab``: start, look at and end a local EKS."""

import sys

try:
    from lab.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"lab: {error} in {sys.executable}: run `make setup`, then .venv/bin/python -m lab")

if __name__ == "__main__":
    sys.exit(main())
