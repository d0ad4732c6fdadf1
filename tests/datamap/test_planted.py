"""What a map says of planted labels."""

from dataset_cartography.datamap import planted_sentence


def test_a_run_without_planted_labels_says_nothing():
    assert planted_sentence({"model": "tiny"}) is None


def test_how_many_were_planted_and_how():
    facts = {
        "planted_labels": {"share": 0.05, "kind": "boundary", "seed": 2, "count": 1200, "passed_over": 3}
    }
    assert planted_sentence(facts) == (
        "1,200 of the labels that this run learnt (5%) were made wrong on purpose (boundary, seed 2), to measure how "
        "well they are found; labels shown beside the map are the dataset's own"
    )
