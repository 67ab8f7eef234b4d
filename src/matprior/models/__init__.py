"""Architectures and shipped checkpoints."""
