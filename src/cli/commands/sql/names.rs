//! Names of columns that a query does not name: each engine calls them something else.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use std::collections::HashSet;
use std::sync::Arc;

use crate::query::Answer;

/// The answer with readable names, no two of them alike.
pub(super) fn readable(answer: Answer, sql: &str) -> Result<Answer, ArrowError> {
    let fields = answer.schema.fields();
    let generated = generated(sql, fields.len());
    let mut taken: HashSet<String> = HashSet::new();
    for (field, generated) in fields.iter().zip(&generated) {
        if generated.is_none() {
            taken.insert(field.name().to_lowercase());
        }
    }
    let mut given: HashSet<String> = HashSet::new();
    let names: Vec<String> = fields
        .iter()
        .zip(generated)
        .map(|(field, generated)| {
            let is_generated = generated.is_some();
            let base = generated.unwrap_or_else(|| field.name().clone());
            let is_free = |name: &str| {
                let lower = name.to_lowercase();
                !given.contains(&lower) && (!is_generated || !taken.contains(&lower))
            };
            let numbered = (2..).map(|number| format!("{base}_{number}"));
            let free_of_all =
                |name: &String| is_free(name) && !taken.contains(&name.to_lowercase());
            let name = if is_free(&base) {
                base
            } else {
                numbered.into_iter().find(free_of_all).unwrap_or_default()
            };
            given.insert(name.to_lowercase());
            name
        })
        .collect();
    if fields
        .iter()
        .zip(&names)
        .all(|(field, name)| field.name() == name)
    {
        return Ok(answer);
    }
    renamed(answer, names)
}

fn renamed(answer: Answer, names: Vec<String>) -> Result<Answer, ArrowError> {
    let fields = answer.schema.fields().iter().zip(names);
    let fields: Vec<Field> = fields
        .map(|(field, name)| field.as_ref().clone().with_name(name))
        .collect();
    let schema = Arc::new(Schema::new_with_metadata(
        fields,
        answer.schema.metadata().clone(),
    ));
    let batches = answer.batches.into_iter().map(|batch| {
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&schema), batch.columns().to_vec(), &rows)
    });
    Ok(Answer {
        batches: batches.collect::<Result<_, _>>()?,
        schema,
        bill: answer.bill,
    })
}

/// A name for each column that the query leaves unnamed. Nothing is known without a parser.
#[cfg(not(feature = "sql"))]
fn generated(_: &str, columns: usize) -> Vec<Option<String>> {
    vec![None; columns]
}

#[cfg(feature = "sql")]
use parsed::generated;

#[cfg(feature = "sql")]
mod parsed {
    use sqlparser::ast::{
        DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Select,
        SelectItem, SetExpr, Statement,
    };
    use sqlparser::dialect::GenericDialect;
    use sqlparser::parser::Parser;

    /// Longer texts of expressions are no names.
    const LONGEST: usize = 40;

    /// A name for each column that the query leaves unnamed.
    pub(super) fn generated(sql: &str, columns: usize) -> Vec<Option<String>> {
        let mut names = vec![None; columns];
        let Ok(statements) = Parser::parse_sql(&GenericDialect {}, sql) else {
            return names;
        };
        let [Statement::Query(query)] = &statements[..] else {
            return names;
        };
        let Some(select) = first_select(query) else {
            return names;
        };
        let is_wild = |item: &SelectItem| {
            matches!(
                item,
                SelectItem::Wildcard(_)
                    | SelectItem::QualifiedWildcard(..)
                    | SelectItem::ExprWithAliases { .. }
            )
        };
        let items = &select.projection;
        // `*` stands for any number of columns: items are counted from the first one before it, and from the last one behind.
        let before = items.iter().take_while(|item| !is_wild(item)).count();
        if before == items.len() && before != columns {
            return names;
        }
        for (at, item) in items.iter().take(before).enumerate() {
            if let Some(slot) = names.get_mut(at) {
                *slot = name(item, at);
            }
        }
        let behind = items.iter().rev().take_while(|item| !is_wild(item)).count();
        if before < items.len() {
            for (at, item) in items.iter().rev().take(behind).enumerate() {
                let Some(column) = columns.checked_sub(at + 1).filter(|at| *at >= before) else {
                    break;
                };
                names[column] = name(item, column);
            }
        }
        names
    }

    /// The part of the query that names the columns.
    fn first_select(query: &Query) -> Option<&Select> {
        let mut body = query.body.as_ref();
        loop {
            body = match body {
                SetExpr::Select(select) => return Some(select),
                SetExpr::SetOperation { left, .. } => left.as_ref(),
                SetExpr::Query(query) => query.body.as_ref(),
                _ => return None,
            };
        }
    }

    fn name(item: &SelectItem, at: usize) -> Option<String> {
        let SelectItem::UnnamedExpr(expression) = item else {
            return None;
        };
        if is_column(expression) {
            return None;
        }
        Some(short(expression).unwrap_or_else(|| {
            let text = expression.to_string();
            if text.chars().count() <= LONGEST {
                text
            } else {
                format!("column_{}", at + 1)
            }
        }))
    }

    fn is_column(expression: &Expr) -> bool {
        match expression {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
            Expr::Nested(inner) => is_column(inner),
            _ => false,
        }
    }

    /// `count`, `count_distinct_patient_id`, `round_avg_age_1`: of columns, casts, cases and functions of such.
    fn short(expression: &Expr) -> Option<String> {
        match expression {
            Expr::Identifier(name) => Some(name.value.clone()),
            Expr::CompoundIdentifier(names) => Some(names.last()?.value.clone()),
            Expr::Nested(inner) => short(inner),
            Expr::Cast { expr, .. } => short(expr),
            Expr::Case { .. } => Some("case".to_owned()),
            Expr::Function(function) => {
                let mut parts = vec![function.name.0.last()?.to_string().to_lowercase()];
                if let FunctionArguments::List(list) = &function.args {
                    if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) {
                        parts.push("distinct".to_owned());
                    }
                    for argument in &list.args {
                        let name = argument_name(argument, parts[0] == "count")?;
                        parts.extend(Some(name).filter(|name| !name.is_empty()));
                    }
                }
                Some(parts.join("_"))
            }
            _ => None,
        }
    }

    /// The argument's part of the name, empty where it has none: what is counted by `COUNT(*)` and `COUNT(1)` is rows.
    fn argument_name(argument: &FunctionArg, counts: bool) -> Option<String> {
        let FunctionArg::Unnamed(argument) = argument else {
            return None;
        };
        match argument {
            FunctionArgExpr::Wildcard => Some(String::new()),
            FunctionArgExpr::Expr(Expr::Value(_)) if counts => Some(String::new()),
            FunctionArgExpr::Expr(Expr::Value(value)) => {
                let text = value.to_string();
                let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric());
                plain.then_some(text)
            }
            FunctionArgExpr::Expr(expression) => short(expression),
            _ => None,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "sql")]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    /// The names that an answer gets whose columns an engine has called so.
    fn names(sql: &str, columns: &[&str]) -> String {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let fields: Vec<Field> = columns
            .iter()
            .map(|&name| Field::new(name, values.data_type().clone(), true))
            .collect();
        let values = vec![values; columns.len()];
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), values).unwrap();
        let answer = readable(batch.into(), sql).unwrap();
        assert_eq!(answer.rows(), 1);
        let names = answer
            .schema
            .fields()
            .iter()
            .map(|field| field.name().clone());
        names.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn unnamed_columns_have_readable_names() {
        for (item, expected) in [
            ("COUNT(*)", "count"),
            ("count(1)", "count"),
            ("COUNT(DISTINCT patient_id)", "count_distinct_patient_id"),
            ("MIN(s.age)", "min_age"),
            ("ROUND(AVG(age), 1)", "round_avg_age_1"),
            ("CAST(age AS VARCHAR)", "age"),
            ("ROW_NUMBER() OVER (ORDER BY age)", "row_number"),
            ("CASE WHEN age > 1 THEN 1 END", "case"),
            ("age + 1", "age + 1"),
            ("1", "1"),
            ("age * 1000000 + age * 1000000 + age * 1000000", "column_1"),
        ] {
            assert_eq!(
                names(&format!("SELECT {item} FROM t"), &["_col0"]),
                expected
            );
        }
    }

    #[test]
    fn names_that_were_given_stay() {
        assert_eq!(names("SELECT COUNT(*) AS len FROM t", &["len"]), "len");
        assert_eq!(names("SELECT 1 AS \"count(*)\"", &["count(*)"]), "count(*)");
        assert_eq!(names("SELECT t.age FROM t", &["age"]), "age");
        assert_eq!(names("SHOW TABLES", &["name"]), "name");
        assert_eq!(names("SELECT no, sql here", &["a"]), "a");
    }

    #[test]
    fn no_two_names_are_alike() {
        assert_eq!(
            names(
                "SELECT COUNT(*), COUNT(*), 1 AS count_2 FROM t",
                &["a", "b", "count_2"]
            ),
            "count,count_3,count_2"
        );
        assert_eq!(
            names("SELECT COUNT(*), 1 AS count", &["a", "count"]),
            "count_2,count"
        );
        assert_eq!(names("SELECT a.x, b.x FROM a, b", &["x", "x"]), "x,x_2");
        assert_eq!(
            names("SELECT MIN(age), MAX(age)", &["age", "age"]),
            "min_age,max_age"
        );
    }

    #[test]
    fn columns_around_a_star_are_counted_from_both_ends() {
        assert_eq!(
            names(
                "SELECT COUNT(*) OVER (), *, age + 1 FROM t",
                &["a", "x", "y", "b"]
            ),
            "count,x,y,age + 1"
        );
        assert_eq!(
            names("SELECT *, COUNT(*) OVER (), t.* FROM t", &["x", "a", "x"]),
            "x,a,x_2"
        );
        assert_eq!(
            names("SELECT COUNT(*) FROM t UNION ALL SELECT 1", &["a"]),
            "count"
        );
    }
}
