//! SQL by DataFusion, on this machine: the only place that knows it.
//!
//! | file | what is in it |
//! |---|---|
//! | `syntax` | the question as it is written: renamed functions, refused constructs |
//! | `tables` | the files of a snapshot, as tables |
//! | `snapshots` | tables of other snapshots than the one that is asked |
//! | `arithmetic`, `aggregates`, `casts`, `sum` | numbers as Trino has them, and never wrong in silence |
//! | `overflow` | negation, `ABS` and decimals, with errors that name the expression |
//! | `dates`, `mode` | `DATE_DIFF`, `MODE` |
//! | `computation` | the threads in which a question is computed |
//! | `file_order` | several threads, and rows in one order all the same |
//! | `error` | errors in words for people |

mod aggregates;
mod arithmetic;
mod casts;
mod computation;
mod dates;
mod error;
mod file_order;
mod mode;
mod overflow;
mod snapshots;
mod sum;
mod syntax;
mod tables;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use async_trait::async_trait;
use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::{DataFusionError, TableReference};
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{FunctionRegistry, SessionStateBuilder};
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext, lit};

use self::aggregates::Aggregates;
use self::arithmetic::Arithmetic;
use self::casts::Casts;
use self::computation::Requests;
use self::dates::DateDiff;
use self::file_order::InFileOrder;
use self::mode::Mode;
use self::overflow::Overflow;
use self::snapshots::Other;
use self::sum::CheckedSum;
pub(super) use self::syntax::differs;
use self::syntax::{Question, TWIN};
use self::tables::SnapshotTable;
use super::choice::available_memory;
use super::question::ALL_RELEASES;
use super::{Answer, Engine, QueryError};
use crate::contract::View;
use crate::lake::Lake;
use crate::lake::log::Entry;

/// What the lake's store is called among those of a session.
const STORE: &str = "lake://tables";
/// Of the free memory, what a question may take before it goes on from disk.
const MEMORY_PART: u64 = 2;

/// The column that tells the releases apart.
const RELEASE: &str = "release";

/// The tables of one snapshot, and of others where a question names these.
#[derive(Clone)]
pub(super) struct DataFusion {
    lake: Lake,
    entry: Entry,
}

impl DataFusion {
    pub(super) fn new(lake: &Lake, entry: &Entry) -> Self {
        Self {
            lake: lake.clone(),
            entry: entry.clone(),
        }
    }

    /// A session without tables.
    fn session(&self, question: &Question) -> Result<SessionContext, DataFusionError> {
        let mut config = SessionConfig::new();
        if !question.is_ordered() {
            config = file_order::configure(config);
        }
        let config = config
            .with_information_schema(true)
            .set_str("datafusion.sql_parser.default_null_ordering", "nulls_last")
            .set_bool("datafusion.sql_parser.parse_float_as_decimal", true)
            .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false)
            .set_bool("datafusion.sql_parser.collect_spans", true)
            // Groups whose every value is NULL have no place in its heap.
            .set_bool("datafusion.optimizer.enable_topk_aggregation", false);
        let memory = usize::try_from(available_memory() / MEMORY_PART).unwrap_or(usize::MAX);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
            .build_arc()?;
        runtime.register_object_store(store()?.as_ref(), Arc::new(Requests::new(&self.lake)));
        let mut planners = SessionStateDefaults::default_expr_planners();
        planners.insert(0, Arc::new(Arithmetic));
        planners.insert(0, Arc::new(Aggregates));
        // What it pushes below an outer join may be lost there, if both sides have a column of that name; and a join's own filter loses
        // NULLs where NULL is to equal NULL. The tables get their filters from the logical plan.
        let mut rules = PhysicalOptimizer::new().rules;
        rules.retain(|rule| !rule.name().starts_with("FilterPushdown"));
        if !question.is_ordered() {
            rules.push(Arc::new(InFileOrder));
        }
        let mut state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_physical_optimizer_rules(rules)
            .with_expr_planners(planners)
            .build();
        state.register_function_rewrite(Arc::new(Casts))?;
        state.register_function_rewrite(Arc::new(Overflow))?;
        state.register_udf(Arc::new(ScalarUDF::from(DateDiff::new())))?;
        state.register_udaf(Arc::new(AggregateUDF::from(Mode::new())))?;
        state.register_udaf(Arc::new(AggregateUDF::from(CheckedSum::new())))?;
        let context = SessionContext::new_with_state(state);
        // Groups by a constant are not one group: of no rows there is none.
        context.remove_optimizer_rule("eliminate_group_by_constant");
        Ok(context)
    }

    /// Makes the tables known that a question names; all of them where it asks which there are.
    async fn register(
        &self,
        context: &SessionContext,
        question: &Question,
        references: &[TableReference],
    ) -> Result<(), DataFusionError> {
        let asks_for_all = !question.is_query()
            || references
                .iter()
                .any(|name| name.schema() == Some("information_schema"));
        let names: HashSet<&str> = references.iter().map(TableReference::table).collect();
        self.register_snapshot(context, None, &self.entry, |name| {
            asks_for_all || names.contains(name)
        })
        .await
    }

    /// Makes tables of a snapshot known that `is_named` takes, and the views over them; in `schema`, if it is not the usual one.
    async fn register_snapshot(
        &self,
        context: &SessionContext,
        schema: Option<&str>,
        entry: &Entry,
        is_named: impl Fn(&str) -> bool,
    ) -> Result<(), DataFusionError> {
        let place = |name: &str| match schema {
            Some(schema) => TableReference::partial(schema, name),
            None => TableReference::bare(name),
        };
        let contract = self.lake.contract();
        let views = contract.views.iter();
        let views: Vec<&View> = views.filter(|view| is_named(view.name)).collect();
        for table in &contract.tables {
            let is_read = views.iter().any(|view| view.table == table.name);
            let is_wanted = is_read || is_named(&table.name);
            if is_wanted && !context.table_exist(place(&table.name))? {
                let provider = SnapshotTable::new(entry, table, store()?);
                context.register_table(place(&table.name), Arc::new(provider))?;
            }
        }
        let images = self.lake.object_root();
        let schema = schema.map(|schema| format!("\"{schema}\""));
        for view in views {
            let frame = context
                .sql(&view.sql(contract, schema.as_deref(), &images))
                .await?;
            context.register_table(place(view.name), frame.into_view())?;
        }
        Ok(())
    }

    /// Makes a table known that is of other snapshots: one by its name, or those of all releases, each row with its release.
    async fn register_other(
        &self,
        context: &SessionContext,
        other: &Other,
        entries: &[Entry],
    ) -> Result<(), DataFusionError> {
        let mut rows: Option<DataFrame> = None;
        for entry in entries {
            let schema = entry.number.to_string();
            create_schema(context, &schema)?;
            self.register_snapshot(context, Some(&schema), entry, |name| name == other.table)
                .await?;
            let reference = TableReference::partial(schema, other.table.as_str());
            if !context.table_exist(reference.clone())? {
                // The planner says so, and where.
                return Ok(());
            }
            let mut frame = context.table(reference).await?;
            let has_release = frame.schema().has_column_with_unqualified_name(RELEASE);
            if other.selector.is_none() && !has_release {
                frame = frame.with_column(RELEASE, lit(entry.release.as_str()))?;
            }
            rows = Some(match rows {
                Some(rows) => rows.union(frame)?,
                None => frame,
            });
        }
        let reference = if other.selector.is_some() {
            TableReference::bare(other.name.as_str())
        } else {
            create_schema(context, ALL_RELEASES)?;
            TableReference::partial(ALL_RELEASES, other.name.as_str())
        };
        if let Some(rows) = rows
            && !context.table_exist(reference.clone())?
        {
            context.register_table(reference, rows.into_view())?;
        }
        Ok(())
    }

    async fn answer(
        &self,
        context: &SessionContext,
        question: Question,
        references: &[TableReference],
        limit: Option<u32>,
    ) -> Result<Answer, DataFusionError> {
        self.register(context, &question, references).await?;
        let (is_query, is_ordered) = (question.is_query(), question.is_ordered());
        let plan = context
            .state()
            .statement_to_plan(question.statement)
            .await?;
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)?;
        let mut frame = context.execute_logical_plan(plan).await?;
        if let Some(limit) = limit
            && is_query
        {
            frame = frame.limit(0, Some(limit as usize))?;
        }
        let tasks = Arc::new(frame.task_ctx());
        let (mut state, plan) = frame.into_parts();
        let plan = state.optimize(&plan)?;
        if !is_ordered && !file_order::keeps(&plan)? {
            state.config_mut().options_mut().execution.target_partitions = 1;
        }
        // Its types are those of the rows; the question's plan, before types were made to fit, may have others.
        let planner = Arc::clone(state.query_planner());
        let plan = planner.create_physical_plan(&plan, &state).await?;
        let schema = plan.schema();
        let batches = collect(plan, tasks).await?;
        let answer = finish(&schema, question.names, &batches)?;
        Ok(if is_query { answer } else { described(answer)? })
    }
}

/// Makes a schema, unless it is there.
fn create_schema(context: &SessionContext, name: &str) -> Result<(), DataFusionError> {
    let config = context.copied_config();
    if let Some(catalog) = context.catalog(&config.options().catalog.default_catalog)
        && catalog.schema(name).is_none()
    {
        catalog.register_schema(name, Arc::new(MemorySchemaProvider::new()))?;
    }
    Ok(())
}

fn store() -> Result<ObjectStoreUrl, DataFusionError> {
    ObjectStoreUrl::parse(STORE)
}

#[async_trait]
impl Engine for DataFusion {
    async fn query(&self, sql: &str, limit: Option<u32>) -> Result<Answer, QueryError> {
        let explain = |error| error::explain(&error, sql, &error::Vocabulary::default());
        let question = Question::parse(sql).map_err(explain)?;
        let context = self.session(&question).map_err(explain)?;
        let references = context
            .state()
            .resolve_table_references(&question.statement)
            .map_err(explain)?;
        for other in references.iter().filter_map(Other::of) {
            let entries = other.entries(&self.lake).await?;
            self.register_other(&context, &other, &entries)
                .await
                .map_err(explain)?;
        }
        let (engine, sql) = (self.clone(), sql.to_owned());
        let work = async move {
            let answer = engine.answer(&context, question, &references, limit).await;
            answer.map_err(|error| {
                let vocabulary = error::Vocabulary {
                    tables: engine.lake.contract().names().collect(),
                    functions: functions(&context),
                };
                error::explain(&error, &sql, &vocabulary)
            })
        };
        computation::apart(work).await
    }
}

/// The functions that a question may call.
fn functions(context: &SessionContext) -> Vec<String> {
    let state = context.state();
    let scalar = state.scalar_functions().keys();
    let names = scalar
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys());
    names.cloned().collect()
}

/// The answer with the question's names, each once, and the types that every writer of rows knows.
fn finish(
    schema: &Schema,
    names: Option<Vec<String>>,
    batches: &[RecordBatch],
) -> Result<Answer, DataFusionError> {
    let names = names.filter(|names| names.len() == schema.fields().len());
    let mut taken = HashSet::new();
    let fields = schema.fields().iter().enumerate().map(|(at, field)| {
        let name = names.as_ref().map_or(field.name(), |names| &names[at]);
        let name = name.split(TWIN).next().unwrap_or(name);
        let kind = plain(field.data_type());
        Arc::new(Field::new(unique(name, &mut taken), kind, true))
    });
    let fields: Vec<FieldRef> = fields.collect();
    let schema = Arc::new(Schema::new(fields));
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let convert = |batch: &RecordBatch| {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns: Result<Vec<_>, _> = columns
            .map(|(column, field)| cast_with_options(column, field.data_type(), &strict))
            .collect();
        RecordBatch::try_new(Arc::clone(&schema), columns?)
    };
    let batches: Result<Vec<_>, _> = batches.iter().map(convert).collect();
    Ok(Answer {
        batches: batches?,
        schema: Arc::clone(&schema),
        bill: None,
    })
}

/// What `DESCRIBE` says, with SQL's types.
fn described(answer: Answer) -> Result<Answer, DataFusionError> {
    let Some((at, _)) = answer.schema.column_with_name("data_type") else {
        return Ok(answer);
    };
    let rename = |batch: &RecordBatch| {
        let mut columns = batch.columns().to_vec();
        let kinds = columns[at].as_string::<i32>().iter();
        let kinds = kinds.map(|kind| kind.map(error::sql_types));
        columns[at] = Arc::new(kinds.collect::<StringArray>());
        RecordBatch::try_new(batch.schema(), columns)
    };
    let batches: Result<Vec<_>, _> = answer.batches.iter().map(rename).collect();
    Ok(Answer {
        batches: batches?,
        ..answer
    })
}

fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        kind if kind.is_unsigned_integer() => DataType::Int64,
        kind => kind.clone(),
    }
}

/// `name`, with a number where an earlier column has it.
fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (1..).map(|number| match number {
        1 => name.to_owned(),
        number => format!("{name}_{number}"),
    });
    let mut free = numbered.filter(|name| !taken.contains(name));
    let name = free.next().unwrap_or_default();
    taken.insert(name.clone());
    name
}
