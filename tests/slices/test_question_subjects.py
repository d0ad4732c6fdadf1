import pytest

from dataset_cartography.slices import QUESTION_SUBJECTS, question_subject


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the dosage of metformin?", "dose"),
        ("How much aspirin does the patient take?", "dose"),
        ("How many units of insulin were given?", "dose"),
        ("When was the dose changed?", "date or time"),
        ("What is the reason for the dose change?", "reason"),
        ("How often does she take it?", "frequency"),
        ("How many times a day?", "frequency"),
        ("How long has he been on it?", "duration"),
        ("For how many days was she admitted?", "duration"),
        ("Why is the patient on warfarin?", "reason"),
        ("What is he taking aspirin for?", "reason"),
        ("What caused the fall?", "reason"),
        ("What is the admission date?", "date or time"),
        ("Has the patient ever been on insulin?", "whether ever"),
        ("Is there a history of use of aspirin?", "whether ever"),
        ("Does he smoke?", "yes/no"),
        ("What lab results does he have?", "result"),
        ("What did the chest CT show?", "result"),
        ("What was found on chest x-ray?", "result"),
        ("What was the potassium level?", "result"),
        ("Which medications has she been prescribed for pain?", "medication"),
        ("What surgical procedures did she have?", "procedure"),
        ("What are the symptoms?", "problem"),
        ("What is the patient allergic to?", "problem"),
        ("Who signed the note?", "person"),
        ("In what city was it?", "place"),
        ("Where is the pain?", "place"),
        ("How many people died?", "quantity"),
        ("What is the size of the mass?", "quantity"),
        ("How much did Tesla receive from the sale?", "quantity"),
        ("How was it given?", "way"),
        ("What results in an explosion?", "other"),
        ("Name it.", "other"),
        ("What strength of oxycodone is he taking?", "dose"),
        ("How many pills of coumadin does the patient take?", "dose"),
        ("How many units of blood did she lose?", "quantity"),
        ("How long ago was the surgery?", "date or time"),
        ("In which year was it founded?", "date or time"),
        ("What brought the patient to the hospital?", "reason"),
        ("What lab results does he have that are pertinent to renal failure diagnosis?", "result"),
        ("What are the patient's vital signs?", "result"),
        ("What was the last creatinine?", "result"),
        ("What was the discharge potassium?", "result"),
        ("What abnormality was found on CT?", "result"),
        ("List all medications the patient is taking.", "medication"),
        ("What type of antibiotic was used?", "medication"),
        ("What was the patient discharged on?", "medication"),
        ("What is the patient taking for hypertension?", "medication"),
        ("What is the patient's past medical history?", "problem"),
        ("What is the name of the attending physician?", "person"),
        ("To which facility was the patient discharged?", "place"),
        ("Any history of alcohol abuse?", "whether ever"),
        ("Has she had this before?", "whether ever"),
        ("Was the scan done before the transfusion?", "yes/no"),
        ("Was he stable prior to discharge?", "yes/no"),
        ("Is there a mention of depression?", "yes/no"),
        ("What language did he study?", "other"),
        ("Under what conditions is it registered?", "other"),
        ("In what type of molecules is oxygen found?", "other"),
        ("If it is held before the date of the vote, what happens?", "other"),
        ("As a result of a compromise, what changed?", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_subject(question, expected):
    assert question_subject(question) == expected
    assert expected in QUESTION_SUBJECTS


def test_long_questions_take_no_long_time():
    assert question_subject("how much " * 20_000) == "quantity"
    assert question_subject("what " * 20_000) == "other"
