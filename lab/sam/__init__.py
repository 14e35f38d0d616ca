"""``sam local invoke`` on the synthesised template, in a container that reaches a lab on its host."""
