"""The `pengcheng` command: how a city is run, looked after and measured."""
