"""EKS's clusters, access entries and access policies, as far as moto does not know them.

::

    a call → calls.py (its form) → conditions.py (the caller's IAM policies) → entries.py, clusters.py (EKS's rules)
                                                                                    │
                   aws-iam-authenticator's DynamicFile ◀── dynamic_file.py ◀── what is in effect
                   the API server's authorization webhook ◀── authorizer.py ◀──────┘

Sources: EKS user guide, "Grant IAM users access to Kubernetes with EKS access entries" and its sections; botocore's
service model ``eks`` for shapes, limits and error codes. Messages are those that people have reported of EKS where such
a report was found, and ours otherwise.
"""
