"""What a test may choose of EKS's behaviour: quotas, delays, and what AWS has documented nowhere. The hook for it."""

import json
from dataclasses import dataclass

BEHAVIOUR_PATH = "/lab/eks-behaviour"
ACCESS_ENTRIES_PER_CLUSTER = 3_000


@dataclass(frozen=True)
class Behaviour:
    """How EKS behaves.

    Attributes:
        quota: most access entries of a cluster (AWS general reference, "Amazon EKS endpoints and quotas").
        effective_after_s: seconds until a change of an entry is in effect ("may take several seconds to be effective
            after the initial API call returns successfully").
        principal_visible_after_s: how old a role or user must be for EKS to see it (IAM is eventually consistent).
        update_compares: whether the conditions of ``eks:UpdateAccessEntry`` see username and groups as they shall be
            (``new``) or as they are (``old``). Not documented.
        absence_before_rights: whether a call about an entry that is not there is told so before the caller's rights
            are judged. Without it, a right that depends on the entry's tags is a right to nothing: 403 and no 404.
            Not documented.

    """

    quota: int = ACCESS_ENTRIES_PER_CLUSTER
    effective_after_s: float = 0.0
    principal_visible_after_s: float = 0.0
    update_compares: str = "new"
    absence_before_rights: bool = False

    @classmethod
    def decode(cls, body: bytes) -> "Behaviour":
        """From the hook's JSON; what is left out is as usual."""
        return cls(**json.loads(body or b"{}"))
