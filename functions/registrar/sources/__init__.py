"""Where truth is read: IAM."""
