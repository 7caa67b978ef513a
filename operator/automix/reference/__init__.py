"""The reference pages, generated from the models and the tables, so that they say what the code does."""
