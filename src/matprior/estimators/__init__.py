"""Fit, predict, save and load with scikit-learn's manners."""

from matprior.estimators.classifier import MaterialClassifier
from matprior.estimators.folder import load
from matprior.estimators.regressor import MaterialRegressor

__all__ = ["MaterialClassifier", "MaterialRegressor", "load"]
