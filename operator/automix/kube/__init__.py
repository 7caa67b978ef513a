"""The only user of the Kubernetes client: objects, secrets and events as the engine needs them."""
