import pytest

from dataset_cartography.slices import QUESTION_TYPES, question_type


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the dose?", "what"),
        ("What's the dose?", "what"),
        ("WHAT IS IT", "what"),
        ("Of the drugs listed, what was stopped?", "what"),
        ("Who signed the note?", "who"),
        ("To whom was she referred?", "who"),
        ("Whose note is it?", "who"),
        ("Who’s the surgeon?", "who"),
        ("When was she seen?", "when"),
        ("In what year was she born?", "when"),
        ("What day is the follow-up?", "when"),
        ("What  date was it?", "when"),
        ("Where is the pain?", "where"),
        ("Why was it stopped?", "why"),
        ("How come it was stopped?", "why"),
        ("For what reason was it stopped?", "why"),
        ("What is the reason for admission?", "why"),
        ("What was the main reason for admission?", "why"),
        ("How many tablets?", "how many/much"),
        ("By how much did it fall?", "how many/much"),
        ("How long was the stay?", "how"),
        ("How often does he take it?", "how"),
        ("How old is she?", "how"),
        ("How was it given?", "how"),
        ("In which city is it?", "which"),
        ("Is there a fever?", "yes/no"),
        ("Didn't he take it?", "yes/no"),
        ("¿Does he smoke?", "yes/no"),
        ("Has the patient, who smokes, a cough?", "yes/no"),
        ("According to the note, is he allergic?", "yes/no"),
        ("Name the drug.", "other"),
        ("The city, was founded in 1900", "yes/no"),
        ("Whatever it takes", "other"),
        ("Show the list", "other"),
        ("\u4e3a\u4ec0\u4e48", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_type(question, expected):
    assert question_type(question) == expected
    assert expected in QUESTION_TYPES
