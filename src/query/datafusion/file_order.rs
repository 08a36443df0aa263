//! Rows in the order of the files, though several threads read these: each reads a partition of them, and the partitions are
//! concatenated in their order. So the same question has its rows in the same order, on one core and on many.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, assert_or_internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::common::spawn_buffered;
use datafusion::physical_plan::execution_plan::{CardinalityEffect, PlanProperties};
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
};
use datafusion::prelude::SessionConfig;
use futures::{StreamExt, stream};

/// Batches of a partition that wait for the partitions before it.
const BUFFERED: usize = 2;

/// No step deals rows out to threads as these happen to be free.
pub(super) fn configure(config: SessionConfig) -> SessionConfig {
    config
        .with_round_robin_repartition(false)
        .with_repartition_aggregations(false)
        .with_repartition_joins(false)
        .with_repartition_windows(false)
        .with_repartition_file_scans(false)
        .set_bool(
            "datafusion.execution.enable_file_stream_work_stealing",
            false,
        )
}

/// Whether the rows of `plan` are in one order however many threads read. Of a join they are not: rows without a partner come from the
/// thread that ends last.
pub(super) fn keeps(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::Join(_) | LogicalPlan::RecursiveQuery(_));
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(!found)
}

/// Concatenates partitions in their order, where the planner would take each batch as it comes.
#[derive(Debug)]
pub(super) struct InFileOrder;

impl PhysicalOptimizerRule for InFileOrder {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| Ok(in_order(node))).data()?;
        Ok(match plan.output_partitioning().partition_count() {
            0 | 1 => plan,
            _ => Arc::new(ConcatenateExec::new(plan)),
        })
    }

    fn name(&self) -> &'static str {
        "in_file_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn in_order(plan: Arc<dyn ExecutionPlan>) -> Transformed<Arc<dyn ExecutionPlan>> {
    if let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() {
        // Equal rows come in the order of the partitions.
        let merge = merge.clone().with_round_robin_repartition(false);
        return Transformed::yes(Arc::new(merge));
    }
    let Some(coalesce) = plan.downcast_ref::<CoalescePartitionsExec>() else {
        return Transformed::no(plan);
    };
    let all: Arc<dyn ExecutionPlan> = Arc::new(ConcatenateExec::new(Arc::clone(coalesce.input())));
    Transformed::yes(match coalesce.fetch() {
        Some(rows) => Arc::new(GlobalLimitExec::new(all, 0, Some(rows))),
        None => all,
    })
}

/// All partitions of its input, computed at once, one after the other.
#[derive(Debug)]
struct ConcatenateExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl ConcatenateExec {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let mut equivalences = input.equivalence_properties().clone();
        equivalences.clear_orderings();
        equivalences.clear_per_partition_constants();
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(1),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            input,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for ConcatenateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl ExecutionPlan for ConcatenateExec {
    fn name(&self) -> &'static str {
        "ConcatenateExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        assert_or_internal_err!(children.len() == 1, "expected one input");
        Ok(Arc::new(Self::new(children.swap_remove(0))))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        assert_or_internal_err!(partition == 0, "expected partition 0");
        let partitions = 0..self.input.output_partitioning().partition_count();
        let streams: Result<Vec<_>> = partitions
            .map(|partition| {
                let rows = self.input.execute(partition, Arc::clone(&context))?;
                Ok(spawn_buffered(rows, BUFFERED))
            })
            .collect();
        let rows = stream::iter(streams?).flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, RecordBatch};
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::datasource::MemTable;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
    use datafusion::prelude::SessionContext;

    use super::*;

    const PARTITIONS: i64 = 7;
    const ROWS: i64 = 40;

    /// Numbers that grow by one, in partitions of which the first are the longest.
    fn numbers() -> Vec<RecordBatch> {
        let partition = |at: i64| {
            let rows = 0..ROWS * (PARTITIONS - at);
            let numbers = rows.map(|row| at * ROWS * PARTITIONS + row);
            let column = Arc::new(Int64Array::from_iter_values(numbers));
            RecordBatch::try_from_iter([("n", column as _)]).expect("one column")
        };
        (0..PARTITIONS).map(partition).collect()
    }

    fn partitions() -> Vec<Vec<RecordBatch>> {
        numbers().into_iter().map(|batch| vec![batch]).collect()
    }

    /// The answer as text, from so many partitions.
    async fn answer(sql: &str, partitions: Vec<Vec<RecordBatch>>) -> String {
        let config = configure(SessionConfig::new())
            .with_target_partitions(partitions.len())
            .with_batch_size(16);
        let mut rules = PhysicalOptimizer::new().rules;
        rules.push(Arc::new(InFileOrder));
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_default_features()
            .with_physical_optimizer_rules(rules)
            .build();
        let context = SessionContext::new_with_state(state);
        let table = MemTable::try_new(partitions[0][0].schema(), partitions).expect("a table");
        context
            .register_table("t", Arc::new(table))
            .expect("registered");
        let frame = context.sql(sql).await.expect("planned");
        let batches = frame.collect().await.expect("answered");
        pretty_format_batches(&batches).expect("text").to_string()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn rows_of_many_threads_come_in_the_order_of_one() {
        let questions = [
            "SELECT n FROM t WHERE n % 3 = 0",
            "SELECT n % 11 AS g, COUNT(*) AS c, MIN(n) AS least FROM t GROUP BY 1",
            "SELECT DISTINCT n % 13 AS g FROM t",
            "SELECT n FROM t LIMIT 500 OFFSET 250",
            "SELECT n / 100 AS g FROM t UNION ALL SELECT -n FROM t WHERE n < 50",
            "SELECT g, ARRAY_AGG(n) AS all FROM (SELECT n, n % 7 AS g FROM t) GROUP BY g",
        ];
        for question in questions {
            let expected = answer(question, vec![numbers()]).await;
            assert!(expected.lines().count() > 10, "{question}");
            for _ in 0..10 {
                let same = answer(question, partitions()).await == expected;
                assert!(same, "{question}");
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn rows_that_are_equal_to_the_order_come_in_one_order() {
        let question = "SELECT n, n % 5 AS g FROM t ORDER BY g";
        let expected = answer(question, partitions()).await;
        for _ in 0..10 {
            assert!(answer(question, partitions()).await == expected);
        }
    }
}
