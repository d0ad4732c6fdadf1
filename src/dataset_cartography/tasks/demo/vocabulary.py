"""What the generated notes are about: drugs, laboratory tests, procedures, studies and small talk.

Every drug shares its indication with at least one other, so that "the drug for hypertension" can have two
defensible answers. Doses are listed in ascending order.
"""

from typing import Final, NamedTuple


class Drug(NamedTuple):
    """One drug: what it treats, its kind, its usual doses (ascending) and ways to say how often."""

    name: str
    reason: str
    kind: str
    doses: tuple[str, ...]
    frequencies: tuple[str, ...]


class Lab(NamedTuple):
    """One laboratory test with the range its values are drawn from and their number of decimals."""

    name: str
    low: float
    high: float
    decimals: int


def _mg(*amounts: float) -> tuple[str, ...]:
    return tuple(f"{amount:g} mg" for amount in amounts)


_DAILY: Final = ("daily", "q.d.", "PO daily", "once a day", "every morning")
_TWICE: Final = ("BID", "b.i.d.", "PO BID", "twice a day", "q12h")
_NIGHTLY: Final = ("q.h.s.", "at bedtime", "nightly", "PO QHS")

DRUGS: Final = (
    Drug("lisinopril", "hypertension", "ACE inhibitor", _mg(2.5, 5, 10, 20, 40), _DAILY),
    Drug("amlodipine", "hypertension", "calcium channel blocker", _mg(2.5, 5, 10), _DAILY),
    Drug("losartan", "hypertension", "angiotensin blocker", _mg(25, 50, 100), _DAILY),
    Drug("metoprolol", "atrial fibrillation", "beta blocker", _mg(12.5, 25, 50, 100), _TWICE),
    Drug("diltiazem", "atrial fibrillation", "rate control drug", _mg(30, 60, 90, 120), _TWICE),
    Drug("warfarin", "atrial fibrillation", "anticoagulant", _mg(2, 3, 4, 5, 7.5), _DAILY),
    Drug("metformin", "diabetes", "oral diabetes drug", _mg(500, 850, 1000), _TWICE),
    Drug("glipizide", "diabetes", "oral diabetes drug", _mg(2.5, 5, 10), _TWICE),
    Drug("Lasix", "heart failure", "diuretic", _mg(20, 40, 60, 80), _TWICE),
    Drug("carvedilol", "heart failure", "beta blocker", _mg(3.125, 6.25, 12.5, 25), _TWICE),
    Drug("spironolactone", "heart failure", "diuretic", _mg(12.5, 25, 50), _DAILY),
    Drug("atorvastatin", "hyperlipidemia", "statin", _mg(10, 20, 40, 80), _DAILY),
    Drug("pravastatin", "hyperlipidemia", "statin", _mg(20, 40, 80), _DAILY),
    Drug("allopurinol", "gout", "uric acid drug", _mg(100, 200, 300), _DAILY),
    Drug("colchicine", "gout", "anti-inflammatory", _mg(0.3, 0.6, 1.2), _TWICE),
    Drug("sertraline", "depression", "antidepressant", _mg(25, 50, 100, 150), _DAILY),
    Drug("citalopram", "depression", "antidepressant", _mg(10, 20, 40), _DAILY),
    Drug("Keppra", "seizures", "anticonvulsant", _mg(250, 500, 750, 1000), _TWICE),
    Drug("Dilantin", "seizures", "anticonvulsant", _mg(100, 200, 300), _TWICE),
    Drug("gabapentin", "neuropathy", "nerve pain drug", _mg(100, 300, 400, 600), _TWICE),
    Drug("nortriptyline", "neuropathy", "nerve pain drug", _mg(10, 25, 50), _NIGHTLY),
    Drug("levofloxacin", "pneumonia", "antibiotic", _mg(250, 500, 750), _DAILY),
    Drug("azithromycin", "pneumonia", "antibiotic", _mg(250, 500), _DAILY),
    Drug("omeprazole", "reflux", "acid blocker", _mg(10, 20, 40), _DAILY),
    Drug("ranitidine", "reflux", "acid blocker", _mg(75, 150, 300), _TWICE),
    Drug("trazodone", "insomnia", "sleep aid", _mg(25, 50, 100), _NIGHTLY),
    Drug("zolpidem", "insomnia", "sleep aid", _mg(5, 10), _NIGHTLY),
    Drug("topiramate", "migraine", "headache drug", _mg(25, 50, 100), _TWICE),
    Drug("sumatriptan", "migraine", "headache drug", _mg(25, 50, 100), _TWICE),
    Drug("naproxen", "back pain", "painkiller", _mg(220, 250, 500), _TWICE),
    Drug("tramadol", "back pain", "painkiller", _mg(25, 50, 100), _TWICE),
    Drug("lorazepam", "anxiety", "benzodiazepine", _mg(0.5, 1, 2), _TWICE),
    Drug("buspirone", "anxiety", "anxiety drug", _mg(5, 10, 15), _TWICE),
    Drug("prednisone", "COPD", "steroid", _mg(10, 20, 40, 60), _DAILY),
    Drug("theophylline", "COPD", "bronchodilator", _mg(200, 300, 400), _TWICE),
)

LABS: Final = (
    Lab("potassium", 2.9, 6.1, 1),
    Lab("sodium", 122, 149, 0),
    Lab("creatinine", 0.6, 4.2, 1),
    Lab("BUN", 9, 78, 0),
    Lab("glucose", 64, 388, 0),
    Lab("hemoglobin", 6.8, 15.2, 1),
    Lab("hematocrit", 21.0, 46.0, 1),
    Lab("white count", 2.8, 21.4, 1),
    Lab("platelets", 38, 430, 0),
    Lab("INR", 1.0, 5.2, 1),
    Lab("lactate", 0.7, 6.4, 1),
    Lab("troponin", 0.02, 2.4, 2),
    Lab("albumin", 1.9, 4.5, 1),
    Lab("magnesium", 1.2, 2.6, 1),
    Lab("calcium", 7.4, 11.6, 1),
    Lab("bilirubin", 0.3, 6.8, 1),
    Lab("lipase", 18, 940, 0),
    Lab("TSH", 0.3, 9.8, 1),
    Lab("ESR", 4, 104, 0),
)

PROCEDURES: Final = (
    "cardiac catheterization",
    "colonoscopy",
    "upper endoscopy",
    "bronchoscopy",
    "lumbar puncture",
    "thoracentesis",
    "paracentesis",
    "liver biopsy",
    "bone marrow biopsy",
    "hip replacement",
    "knee arthroscopy",
    "hernia repair",
    "appendectomy",
    "cholecystectomy",
    "cystoscopy",
    "pacemaker placement",
    "CABG",
    "tracheostomy",
    "PICC placement",
    "stress test",
    "cardioversion",
    "skin graft",
    "aortic valve replacement",
    "carotid stent",
)

REPEATABLE_PROCEDURES: Final = (
    "cardiac catheterization",
    "upper endoscopy",
    "bronchoscopy",
    "lumbar puncture",
    "thoracentesis",
    "paracentesis",
    "cystoscopy",
    "cardioversion",
)

# Studies and findings of one part of the body: all in a note come from one entry, so that any of its findings
# could be any of its studies' and the words alone do not tell which belong together.
IMAGING: Final = (
    (
        ("chest CT", "chest x-ray", "PET scan", "chest MRI", "portable film"),
        (
            "a small nodule",
            "a new effusion",
            "mild edema",
            "a right hilar mass",
            "basilar atelectasis",
            "a left infiltrate",
            "old granulomas",
            "a tiny pneumothorax",
            "enlarged nodes",
        ),
    ),
    (
        ("abdominal CT", "abdominal ultrasound", "abdominal MRI", "KUB", "upper GI series"),
        (
            "a simple cyst",
            "free fluid",
            "a 2 cm mass",
            "dilated loops",
            "a possible abscess",
            "gallstones",
            "a fatty liver",
            "mild ascites",
            "a thickened wall",
        ),
    ),
    (
        ("head CT", "brain MRI", "MRA", "CT angiogram", "PET scan"),
        (
            "an old infarct",
            "a small bleed",
            "a pituitary lesion",
            "midline shift",
            "a frontal mass",
            "mild atrophy",
            "a stable aneurysm",
            "white matter disease",
            "sinus disease",
        ),
    ),
    (
        ("echocardiogram", "cardiac MRI", "stress echo", "TEE", "nuclear scan"),
        (
            "mild stenosis",
            "an apical clot",
            "inferior ischemia",
            "a dilated ventricle",
            "trace regurgitation",
            "a small effusion",
            "septal thickening",
            "an old scar",
            "global hypokinesis",
        ),
    ),
    (
        ("spine MRI", "lumbar films", "bone scan", "spine CT", "myelogram"),
        (
            "a healing fracture",
            "disc bulging",
            "cord edema",
            "a lytic lesion",
            "severe stenosis",
            "facet arthritis",
            "an L4 collapse",
            "mild scoliosis",
            "a fluid collection",
        ),
    ),
)

COMPLAINTS: Final = (
    "chest pain",
    "shortness of breath",
    "syncope",
    "fever",
    "a fall",
    "abdominal pain",
    "confusion",
    "vomiting",
    "weakness",
    "hematuria",
    "palpitations",
    "leg swelling",
)
SIDE_EFFECTS: Final = (
    "dizziness",
    "nausea",
    "a rash",
    "diarrhea",
    "fatigue",
    "cramps",
    "headaches",
    "drowsiness",
)
UNITS: Final = ("MICU", "the ED", "SICU", "4 West", "telemetry", "the step-down unit", "rehab", "CCU")
SURNAMES: Final = (
    "Alvarez",
    "Brandt",
    "Chen",
    "Dawes",
    "Eriksen",
    "Foley",
    "Grant",
    "Haddad",
    "Ivers",
    "Jonas",
    "Kim",
    "Lopez",
    "Mbeki",
    "Novak",
    "Ortiz",
    "Patel",
    "Quinn",
    "Rossi",
    "Singh",
    "Tanaka",
    "Underwood",
    "Varga",
    "Weiss",
    "Young",
)
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
