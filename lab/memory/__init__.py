"""An API server and an IAM in memory, as values: a request makes a new one and leaves the old one as it was.

They keep the documented rules of the real ones as far as the registrar meets them, and are made for walking through
every order of requests (``tests/interleavings``): equal worlds are equal values, so that paths which meet are seen to.
"""
