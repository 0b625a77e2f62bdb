"""The one place that picks adapters and brings the parts of a process together."""
