"""A REST service that keeps customers in a Redis Cluster."""
