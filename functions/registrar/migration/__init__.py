"""The move of a cluster from aws-auth to access entries, under a person's own kubeconfig and AWS identity.

::

    aws-auth ──▶ rows.py (which rows count) ──▶ judge.py (what each becomes) ──▶ plan.py (the order, who is left)
                     IAM, EKS ──▶ look.py ──────────┘                                │
                                                     run.py (acts) ◀─────────────────┘

``rows``, ``rendering``, ``judge``, ``plan``, ``cut`` and ``advice`` are pure. What is the registrar's own it moves
itself, by its sweep; here the rows of others are moved, and what is made for them carries no mark of ours.
"""
