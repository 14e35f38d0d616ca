"""Adoption: rows of aws-auth and access entries that somebody made by hand come under the tags, with equal rights.

survey      what stands by hand, what would say the same, and how the two compare
carry_out   one write in place of it, under the identity of whoever calls

The function never imports this: what is foreign is a person's to change.
"""
