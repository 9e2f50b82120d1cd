"""How a night of films goes: throughput over workers, what is ours of a line's cost, and that being killed costs nothing but time."""
