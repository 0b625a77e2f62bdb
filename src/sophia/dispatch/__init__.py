"""The turn queue: offer, claim, renew, sweep."""
