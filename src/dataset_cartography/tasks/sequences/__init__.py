"""What causal language modelling and sequence-to-sequence tasks share: texts given and texts wanted."""
