"""Second derivatives of losses over data sets, by blocks and by their structure."""
