"""Sample complexity: finders of bounds, learners, and measured curves. Nothing here is believed."""
