"""Results made visible: score tables, pictures, the HTML report and the model card.

Everything here reads Results, scores and plain facts; nothing loads a model. matplotlib and jinja2
are imported when the first picture or page is made.
"""
