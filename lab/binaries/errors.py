"""The one error of this package."""

from lab.errors import LabError


class BinariesError(LabError):
    """A binary of the control plane cannot be had; the message says what to do."""
