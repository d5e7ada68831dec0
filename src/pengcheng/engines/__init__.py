"""The shared engines of the city, one folder each, entered by their front doors only."""
