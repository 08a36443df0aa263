//! The views over the tables of COVIDx CT.

use crate::contract::{ColumnType, View, ViewRows, ViewValue};

const fn count(
    name: &'static str,
    expression: &'static str,
    description: &'static str,
) -> ViewValue {
    ViewValue {
        name,
        kind: ColumnType::Bigint,
        expression,
        description,
    }
}

const fn age(name: &'static str, expression: &'static str, description: &'static str) -> ViewValue {
    ViewValue {
        name,
        kind: ColumnType::Int,
        expression,
        description,
    }
}

/// All views, in the order in which they are listed.
pub(super) const VIEWS: [View; 4] = [
    View {
        name: "slices_by_cohort",
        description: "Slices, their patients and their images for each combination of country, sex, age band, diagnosis and split.",
        table: "ct_slices",
        rows: ViewRows::Groups {
            keys: &["country", "sex", "age_band", "diagnosis", "split"],
            condition: None,
        },
        values: &[
            count("slices", "COUNT(*)", "Slices of the cohort."),
            count(
                "patients",
                "COUNT(DISTINCT patient_id)",
                "Patients with a slice in the cohort. A patient may be in several cohorts: don't add them up.",
            ),
            count(
                "images",
                "SUM(CASE WHEN in_landing THEN 1 ELSE 0 END)",
                "Slices whose image is in the landing zone.",
            ),
        ],
    },
    View {
        name: "patients_by_split",
        description: "Patients with slices for each split, diagnosis and sex: whether the splits are alike.",
        table: "patients",
        rows: ViewRows::Groups {
            keys: &["split", "diagnosis", "sex"],
            condition: Some("slices > 0"),
        },
        values: &[
            count("patients", "COUNT(*)", "Patients; each is in one row."),
            count("scans", "SUM(scans)", "Their scans."),
            count("slices", "SUM(slices)", "Their slices."),
            count(
                "with_age",
                "COUNT(age)",
                "Of the patients, those whose age is known.",
            ),
            age(
                "youngest",
                "MIN(age)",
                "Lowest age in years; NULL where none is known.",
            ),
            age(
                "oldest",
                "MAX(age)",
                "Highest age in years; NULL where none is known.",
            ),
        ],
    },
    View {
        name: "quality_summary",
        description: "How often each quality rule found something.",
        table: "quality_findings",
        rows: ViewRows::Groups {
            keys: &["rule", "severity", "subject_type"],
            condition: None,
        },
        values: &[count(
            "findings",
            "SUM(occurrences)",
            "How many times the rule is broken.",
        )],
    },
    View {
        name: "slice_images",
        description: "Every slice with the address of its image.",
        table: "ct_slices",
        rows: ViewRows::Each,
        values: &[ViewValue {
            name: "image_uri",
            kind: ColumnType::String,
            expression: "'{images}' || image_key",
            description: "Whole address of the image: for a lake on S3 s3://bucket/key.",
        }],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::contract;

    #[test]
    fn views_name_what_the_contract_has() {
        for view in VIEWS {
            let names: Vec<String> = view
                .columns(contract())
                .into_iter()
                .map(|column| column.name)
                .collect();
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{}", view.name);
            assert!(contract().table(view.name).is_none());
        }
    }

    #[test]
    fn a_view_that_groups() {
        assert_eq!(
            VIEWS[1].sql(contract(), Some("covidx"), ""),
            "SELECT split, diagnosis, sex, COUNT(*) AS patients, SUM(scans) AS scans, SUM(slices) AS slices, \
             COUNT(age) AS with_age, MIN(age) AS youngest, MAX(age) AS oldest\n\
             FROM covidx.patients\nWHERE slices > 0\nGROUP BY split, diagnosis, sex"
        );
    }

    #[test]
    fn an_apostrophe_in_an_address_is_doubled() {
        let sql = VIEWS[3].sql(contract(), None, "/home/o'hara/lake/");
        assert!(
            sql.ends_with("'/home/o''hara/lake/' || image_key AS image_uri\nFROM ct_slices"),
            "{sql}"
        );
    }
}
