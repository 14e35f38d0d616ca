"""All faults of the bench, in the order of the table."""

from __future__ import annotations

import of_aws
import of_clocks
import of_the_api_server
import of_the_cluster

FAULTS = (*of_the_api_server.FAULTS, *of_the_cluster.FAULTS, *of_aws.FAULTS, *of_clocks.FAULTS)
