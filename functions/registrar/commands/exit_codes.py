"""What ``eks-registrar`` returns. That it was called wrongly must look like nothing else: 2 means changes."""

OK = 0
FAILED = 1
CHANGES = 2
"""``plan`` and ``purge``: something would be done."""
BRAKED = 3
"""A brake stopped it, or the plan is not the one whose hash was named."""
USAGE = 64
"""The command line is wrong: EX_USAGE of BSD's sysexits.h."""
CONFIGURATION = 78
"""``registrar.yaml`` is wrong, or does not have what was asked for: EX_CONFIG of the same."""
