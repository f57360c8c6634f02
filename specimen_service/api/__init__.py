"""The JSON kit: bearer tokens, problem+json, idempotency, OpenAPI."""
