"""The local web page and its REST API: `matprior serve`. A leaf: only the command line imports it.

Modules may import fastapi at the top, because nothing here is loaded before somebody serves a model.
"""
