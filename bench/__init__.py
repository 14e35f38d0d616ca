"""First figures of the registrar, as ratios from one run: ``python -m bench``."""
