"""The fault bench's machinery: proxies that do harm on purpose, and processes of the function that can be killed."""
