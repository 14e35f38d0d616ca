"""The registrar's own rights in a cluster, as Kubernetes objects: RBAC, and the admission policies that bound it."""
