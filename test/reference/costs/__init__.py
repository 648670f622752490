"""The cost models of docs/cost-models.md once more, written from that page alone."""
