"""Learning general chemistry from many strings."""
