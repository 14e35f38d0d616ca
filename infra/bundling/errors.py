"""What goes wrong while the package is built."""


class BundlingError(Exception):
    """The package cannot be built; the message says what was missing and what to do now."""
