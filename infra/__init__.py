"""The CDK app's parts; what the lab shares with it imports no CDK."""
