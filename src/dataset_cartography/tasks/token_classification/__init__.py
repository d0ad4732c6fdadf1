"""Token classification: a tag for every token of a sentence, as in named-entity recognition."""
