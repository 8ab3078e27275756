"""Real resolvers with the settings they come with, and a signed world of real servers for them to ask."""
