"""The function's deployment package, built without Docker: locked wheels of its platform, our code, registrar.yaml.

``infra.bundling.code.function_code(config)`` is what a stack uses, ``python -m infra.bundling`` builds the same by
hand.
"""
