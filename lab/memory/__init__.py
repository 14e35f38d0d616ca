"""An API server, an IAM and access entries in memory, as values: a request makes new ones and leaves the old.

They keep the documented rules of the real ones as far as the registrar meets them, and are made for walking through
every order of requests (``tests/interleavings``): equal worlds are equal values, so that paths which meet are seen to.
"""
