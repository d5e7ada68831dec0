"""The four portals and the component kit they share: what people see of the city."""
