"""The errors of the lab that a person can do something about; the commands print them as one sentence."""


class LabError(RuntimeError):
    """Something that the lab needs is missing, in use or does not start; the message says what to do."""
