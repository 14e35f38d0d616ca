"""``make demo``: tag a role, use the cluster; untag it, and be refused. Only IAM calls are made; the rest happens.

Every command that is printed is run as it stands, by the real AWS CLI and the real kubectl.
"""
