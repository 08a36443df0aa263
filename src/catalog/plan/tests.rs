//! The decision, case by case.

use super::*;
use crate::catalog::structure;

const LAKE: &str = "s3://bucket/covidx";

fn database() -> DatabaseName {
    "covidx".parse().expect("a name")
}

/// What entry `entry` calls for, with one partition a table that has keys.
fn wanted(entry: u64) -> Wanted {
    let mut definitions = structure(crate::datasets::covidx_ct::contract(), &database());
    for definition in &mut definitions {
        let said = [
            (parameter::LAKE, LAKE.to_owned()),
            (parameter::ENTRY, entry.to_string()),
        ];
        let count = if definition.is_view() { 1 } else { 2 };
        let said = said.into_iter().take(count);
        definition
            .parameters
            .extend(said.map(|(name, value)| (name.to_owned(), value)));
        if let Body::Parquet(location) = &mut definition.body {
            *location = format!("{LAKE}/curated/{}/{entry}/", definition.name);
            if !definition.keys.is_empty() {
                definition.partitions = vec![Partition {
                    values: ["China", "F", "COVID-19"].map(str::to_owned).to_vec(),
                    location: format!("{location}country=China/sex=F/diagnosis=COVID-19/"),
                }];
            }
        }
    }
    Wanted {
        title: "COVIDx CT",
        database: database(),
        lake: LAKE.to_owned(),
        snapshot: "20261123T201500Z-3f9a1c2b-7d1e".to_owned(),
        entry,
        definitions,
    }
}

/// A catalog in which `wanted` was carried out; Glue keeps no partitions that weren't listed.
fn carried_out(wanted: &Wanted) -> Found {
    let tables = wanted.definitions.iter().map(|definition| {
        let mut definition = definition.clone();
        definition.partitions.clear();
        let found = FoundTable {
            definition,
            version: Some("7".to_owned()),
        };
        (found.definition.name.clone(), found)
    });
    Found {
        database: true,
        tables: tables.collect(),
    }
}

/// A catalog after `change` was made to one of its tables.
fn with(table: &str, change: impl FnOnce(&mut Definition)) -> Found {
    let mut found = carried_out(&wanted(1));
    change(&mut found.tables.get_mut(table).expect("a table").definition);
    found
}

fn column(name: &str, kind: &str) -> DefinitionColumn {
    DefinitionColumn {
        name: name.to_owned(),
        kind: kind.to_owned(),
        comment: String::new(),
    }
}

fn changes(plan: &Plan, table: &str) -> Vec<String> {
    let step = plan
        .steps
        .iter()
        .find(|step| step.name == table)
        .expect("a step");
    match &step.action {
        Action::Update { version, changes } => {
            assert_eq!(version.as_deref(), Some("7"));
            changes.iter().map(ToString::to_string).collect()
        }
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn an_empty_account_gets_everything_in_order() {
    let plan = decide(wanted(1), &Found::default(), false, false).expect("a plan");
    assert!(plan.create_database && !plan.is_empty());
    assert!(
        plan.steps
            .iter()
            .all(|step| step.action == Action::Create && step.partitions.is_none())
    );
    let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        names[..5],
        [
            "patients",
            "quality_findings",
            "previews",
            "ct_slices",
            "snapshot_info"
        ]
    );
    assert!(
        plan.steps[5..].iter().all(|step| step.view),
        "views after what they read"
    );
}

#[test]
fn a_second_run_plans_nothing() {
    let plan = decide(wanted(1), &carried_out(&wanted(1)), false, false).expect("a plan");
    assert!(plan.is_empty(), "{plan:?}");
}

#[test]
fn a_new_snapshot_changes_tables_and_no_view() {
    let plan = decide(wanted(2), &carried_out(&wanted(1)), false, false).expect("a plan");
    assert_eq!(
        changes(&plan, "patients"),
        [
            "~ location: s3://bucket/covidx/curated/patients/1/ -> s3://bucket/covidx/curated/patients/2/",
            "~ parameter ctlake.log_entry: 1 -> 2"
        ]
    );
    assert!(
        plan.steps
            .iter()
            .all(|step| step.view == (step.action == Action::Keep))
    );
}

#[test]
fn every_difference_is_seen() {
    type Damage = fn(&mut Definition);
    let cases: [(Damage, &str); 8] = [
        (
            |d| d.description = "Mine.".to_owned(),
            "~ description: Mine. -> ",
        ),
        (
            |d| drop(d.columns.remove(0)),
            "+ column patient_id: string 'Id",
        ),
        (
            |d| d.columns[0].comment = "Who.".to_owned(),
            "~ column patient_id: string 'Who.' -> ",
        ),
        (
            |d| d.columns.swap(0, 1),
            "~ order of columns: source, patient_id, ",
        ),
        (
            |d| d.body = Body::Parquet("s3://other/".to_owned()),
            "~ location: s3://other/ -> ",
        ),
        (
            |d| d.body = Body::Other("a heap".to_owned()),
            "~ location: a heap -> ",
        ),
        (
            |d| drop(d.parameters.remove("classification")),
            "+ parameter classification: parquet",
        ),
        (
            |d| {
                drop(
                    d.parameters
                        .insert("projection.age.type".to_owned(), "integer".to_owned()),
                );
            },
            "- parameter projection.age.type: integer",
        ),
    ];
    for (damage, expected) in cases {
        let plan = decide(wanted(1), &with("patients", damage), false, false).expect("a plan");
        let changes = changes(&plan, "patients");
        assert!(changes[0].starts_with(expected), "{changes:?}");
        assert_eq!(changes.len(), 1, "{changes:?}");
    }
}

#[test]
fn parameters_of_the_tables_user_stay() {
    let mine = |d: &mut Definition| {
        drop(
            d.parameters
                .insert("team".to_owned(), "radiology".to_owned()),
        );
    };
    let found = with("patients", mine);
    assert!(
        decide(wanted(1), &found, false, false)
            .expect("a plan")
            .is_empty()
    );
    let plan = decide(wanted(2), &found, false, false).expect("a plan");
    let written = plan.steps[0]
        .definition
        .parameters_over(&plan.steps[0].found_parameters);
    assert_eq!(written["team"], "radiology");
    assert_eq!(written[parameter::ENTRY], "2");
}

#[test]
fn an_iceberg_table_is_known_by_its_place() {
    let lake = |location: &str| {
        let mut definition =
            structure(crate::datasets::covidx_ct::contract(), &database()).remove(0);
        definition.parameters.clear();
        definition.body = Body::Iceberg(location.to_owned());
        let found = FoundTable {
            definition,
            version: None,
        };
        found.lake().map(str::to_owned)
    };
    assert_eq!(
        lake(&format!("{LAKE}/iceberg/patients")).as_deref(),
        Some(LAKE)
    );
    for elsewhere in [
        "s3://bucket/warehouse/patients",
        "s3://bucket/myiceberg/patients",
        "",
    ] {
        assert_eq!(lake(elsewhere), None, "{elsewhere}");
    }
}

#[test]
fn what_is_not_ours_is_left_alone_unless_it_is_to_be_adopted() {
    for (owner, expected) in [
        (
            None,
            "`covidx.patients` is there and was not made by ctlake",
        ),
        (
            Some("s3://other/lake"),
            "`covidx.patients` is there and was not made by ctlake for `s3://bucket/covidx`, but for `s3://other/lake`",
        ),
    ] {
        let found = with("patients", |definition| {
            definition.parameters.remove(parameter::LAKE);
            let owner = owner.map(|owner| (parameter::LAKE.to_owned(), owner.to_owned()));
            definition.parameters.extend(owner);
            definition.columns = vec![column("id", "bigint")];
        });
        let refused = decide(wanted(1), &found, false, false).expect_err("not ours");
        assert_eq!(refused.to_string(), expected);
        assert!(refused.hint().expect("a hint").contains("--adopt"));
        let plan = decide(wanted(1), &found, true, false).expect("a plan");
        assert!(changes(&plan, "patients").contains(&"- column id: bigint ''".to_owned()));
    }
}

#[test]
fn columns_come_and_never_go_or_change_their_type() {
    let refused = |change: fn(&mut Definition)| {
        let refused = decide(wanted(1), &with("patients", change), false, false);
        refused.expect_err("it breaks readers").to_string()
    };
    assert_eq!(
        refused(|d| d.columns.push(column("weight", "int"))),
        "column `weight` of `patients` is in the catalog and not in the contract: dropping it breaks the queries and reports that name it"
    );
    assert_eq!(
        refused(|d| d.columns[2].kind = "bigint".to_owned()),
        "column `age` of `patients` is `bigint` in the catalog and `int` in the contract: a column's type can't change in place"
    );
    assert_eq!(
        refused(|d| d.keys.truncate(1)),
        "`patients` is partitioned by `country` string in the catalog and by `country` string, `sex` string, `diagnosis` string in the contract: partition keys can't change in place"
    );
}

#[test]
fn partitions_that_are_listed_follow_and_stay_listed() {
    let listing = decide(wanted(1), &carried_out(&wanted(1)), false, true).expect("a plan");
    let step = listing
        .steps
        .iter()
        .find(|step| step.name == "ct_slices")
        .expect("a step");
    assert_eq!(step.partitions.as_ref().expect("listed").create.len(), 1);
    assert_eq!(
        changes(&listing, "ct_slices"),
        ["+ parameter ctlake.partitions: registered"]
    );
    assert!(
        listing
            .steps
            .iter()
            .filter(|step| step.partitions.is_some())
            .count()
            == 2
    );

    // As Glue is afterwards, and without being told again.
    let mut found = carried_out(&wanted(1));
    for step in &listing.steps {
        let table = found.tables.get_mut(&step.name).expect("a table");
        table.definition = step.definition.clone();
    }
    assert!(
        decide(wanted(1), &found, false, false)
            .expect("a plan")
            .is_empty()
    );
    let moved = decide(wanted(2), &found, false, false).expect("a plan");
    let step = moved
        .steps
        .iter()
        .find(|step| step.name == "ct_slices")
        .expect("a step");
    assert_eq!(step.partitions.as_ref().expect("listed").update.len(), 1);
}
