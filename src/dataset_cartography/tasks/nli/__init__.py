"""Natural language inference: classification of a premise and a hypothesis."""
