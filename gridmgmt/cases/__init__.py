"""Reports, cases, flows, routing, clocks and history."""
