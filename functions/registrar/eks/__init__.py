"""How a cluster is reached: its endpoint, a token, a client."""
