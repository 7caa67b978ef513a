"""The moving parts, free of any framework: cache, queue, budget, and the pass that ties the core to the world."""
