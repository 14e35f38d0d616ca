"""Where the registrar writes: aws-auth and the RBAC bindings; the pure text of aws-auth stands beside its client."""
