"""Proof: metrics, honest baselines, the fold-by-fold evaluation and paired comparisons.

Reads tables and estimators, writes Results (a DataFrame). Nothing is imported here, so that asking
for the list of metrics does not load scikit-learn or torch.
"""
