"""The model test: planner, engine and simulator on a virtual clock, with everything around them going wrong."""
