"""A row for each resource type, by the service of AWS that it is of."""
