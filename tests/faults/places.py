"""Where a fault can strike: the calls of an invocation, and whose record it concerns when one fails for now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fault import DONE, GRANT_RETRIED, RETRY, REVOCATION_RETRIED, SWEEP_RETRIED, End, Ends
from scene import AWS_AUTH


@dataclass(frozen=True)
class Place:
    """A call of an invocation.

    Attributes:
        name: in the table.
        at: the glob of a strike.
        hurt: what becomes of the records if it fails for now.

    """

    name: str
    at: str
    hurt: Ends


READ = Place("aws-auth read", f"GET {AWS_AUTH}", RETRY)
WRITE = Place("aws-auth write", f"PATCH {AWS_AUTH}", RETRY)
LOOK = Place("binding read", "GET *rolebindings/*", RETRY)
LIST = Place("bindings listed", "GET *v1/*rolebindings", SWEEP_RETRIED)
ROLE = Place("ClusterRole read", "GET *clusterroles/*", RETRY)
SPACE = Place("namespace read", "GET /api/v1/namespaces/payments", RETRY)
# What is not kept can not be put back by hand; no grant and no revocation waits for that.
KEEP = Place("history kept", "* */configmaps/history-*", DONE)
# Nobody's revocation waits for a binding that cannot be made, and no grant for one that cannot be dropped.
MAKE = Place("binding made", "POST *rolebindings", GRANT_RETRIED)
DROP = Place("binding dropped", "DELETE *rolebindings/*", REVOCATION_RETRIED)
API = Place("every call", "* /api*", RETRY)

# A sweep reads the asker by itself only after its write; if it cannot, it reads the account once more.
ASKER = Place("GetRole of the asker", "iam:GetRole asker", replace(GRANT_RETRIED, sweep=End.DONE))
LEAVER = Place("GetRole of the leaver", "iam:GetRole leaver", REVOCATION_RETRIED)
ROLES = Place("GetRole of every role", "iam:GetRole *", RETRY)
ACCOUNT = Place("the account's roles", "iam:GetAccountAuthorizationDetails *", SWEEP_RETRIED)
CLUSTER = Place("DescribeCluster", "eks:DescribeCluster *", RETRY)
LETTERS = Place("dead letter sent", "sqs:SendMessage*", Ends(End.DONE, End.DONE, None, poison=End.RETRY))
