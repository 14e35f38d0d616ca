"""Commands of ``eks-registrar``, a module each: ``add_to`` the parser, ``run`` what was parsed."""
