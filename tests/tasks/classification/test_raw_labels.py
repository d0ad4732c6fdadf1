import pytest
from datasets import ClassLabel, Dataset, Features, Value

from dataset_cartography.tasks.base import Options
from dataset_cartography.tasks.classification.raw_labels import ClassLabels
from dataset_cartography.tasks.raw_labels import UnreadableLabelError


def rows(values, feature=None):
    features = Features(text=Value("string"), label=feature, n=Value("int64")) if feature else None
    told = [{"text": f"text {place}", "label": value, "n": place} for place, value in enumerate(values)]
    return Dataset.from_list(told, features=features)


def labels(values, feature=None, *, new_labels=False):
    return ClassLabels(rows(values, feature), Options(), where="the rows", new_labels=new_labels)


def test_a_label_goes_by_its_name_and_all_else_stays():
    class_labels = labels([" yes ", "no", "no", ""])
    assert [class_labels.at(row) for row in range(4)] == ["yes", "no", "no", None]
    new = class_labels.written({2: class_labels.read(2, " yes\n"), 3: "no"})
    assert new.column_names == ["text", "label", "n"]
    assert new["label"][:] == [" yes ", "no", "yes", "no"]
    assert (new["text"][:], new["n"][:]) == ([f"text {n}" for n in range(4)], [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("values", "text", "after"),
    [([0, 2, 1], "2", [2, 2, 1]), ([0.0, 1.0], "1", [1.0, 1.0]), ([False, True], "True", [True, True])],
)
def test_numbers_and_truth_values_stay_such(values, text, after):
    class_labels = labels(values)
    assert class_labels.written({0: class_labels.read(0, text)})["label"][:] == after


def test_names_beside_the_data_are_written_into_it():
    class_labels = labels([0, 1, -1, None], ClassLabel(names=["no", "yes"]))
    new = class_labels.written({0: class_labels.read(0, "yes")})
    assert new["label"][:] == ["yes", "yes", None, None]
    assert class_labels.written({})["label"][:] == ["no", "yes", None, None]


def test_an_unknown_label_is_refused_unless_new_ones_are_wanted():
    with pytest.raises(UnreadableLabelError) as error:
        labels(["yes", "no"]).read(0, "maybe")
    assert str(error.value) == "is none of the labels 'no', 'yes' (--allow_new_labels takes new ones)"
    many = labels([f"l{number:02d}" for number in range(12)])
    with pytest.raises(UnreadableLabelError) as error:
        many.read(0, "L00")
    assert str(error.value).endswith("'l08', 'l09' and 2 more (--allow_new_labels takes new ones)")
    class_labels = labels(["yes", "no"], new_labels=True)
    assert class_labels.written({0: class_labels.read(0, "maybe")})["label"][:] == ["maybe", "no"]
    assert labels([0, 1], ClassLabel(names=["a", "b"]), new_labels=True).read(0, "c") == "c"
    assert labels([0, 1], new_labels=True).read(0, "07") == "7"


@pytest.mark.parametrize(
    ("values", "text", "message"),
    [
        (["a", "b"], "-", "stands for no label"),
        ([0, 1], "x", "is of another type than column 'label', int64"),
        ([False, True], "2", "is of another type than column 'label', bool"),
    ],
)
def test_a_new_label_must_fit_its_column(values, text, message):
    with pytest.raises(UnreadableLabelError) as error:
        labels(values, new_labels=True).read(0, text)
    assert str(error.value) == message
