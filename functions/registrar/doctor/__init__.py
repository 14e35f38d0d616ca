"""``eks-registrar doctor``: what keeps the registrar from working, each finding with what to do.

``examine.py`` makes all checks. A check is one function: it takes what it looks at, and returns its findings. A check
that cannot be made is told as such in one place, and is never "ok". Nothing is changed anywhere; the forbidden writes
are dry runs, and harmless ones.

The package is imported only when somebody asks for it.
"""
