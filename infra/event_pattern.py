"""The EventBridge rule that feeds the registrar. It stands in the function's package, where ``doctor`` reads it too."""

from registrar.event_pattern import IAM_EVENT_NAMES, event_pattern

__all__ = ["IAM_EVENT_NAMES", "event_pattern"]
