"""The rules of the decision: each has an opinion on some facts, and None on others. Their order is the planner's."""
