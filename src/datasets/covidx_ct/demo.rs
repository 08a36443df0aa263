//! What the demo shows.

use crate::datasets::Demo;

/// Patients enough for every family of file names, and questions about balance, bias and quality.
pub(super) const DEMO: Demo = Demo {
    patients: 60,
    release: "CT-2A",
    questions: &QUESTIONS,
    next: "SELECT * FROM patients LIMIT 5",
};

const QUESTIONS: [(&str, &str); 3] = [
    (
        "How many slices and patients has each class in each split?",
        "SELECT split, diagnosis, COUNT(*) AS slices, COUNT(DISTINCT patient_id) AS patients \
         FROM ct_slices GROUP BY split, diagnosis ORDER BY split, diagnosis",
    ),
    (
        "Does the class follow from the source?",
        "SELECT source, diagnosis, COUNT(*) AS patients FROM patients WHERE slices > 0 \
         GROUP BY source, diagnosis ORDER BY source, diagnosis",
    ),
    (
        "What should I know before I trust it?",
        "SELECT severity, rule, SUM(occurrences) AS findings FROM quality_findings \
         GROUP BY severity, rule ORDER BY severity, rule",
    ),
];
