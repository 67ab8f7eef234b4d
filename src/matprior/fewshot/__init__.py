"""Learning from ten samples: prototypes, the choice of what to measure, and peers to compare with.

Everything here but `episodic` works on arrays of features and needs no torch.
"""
