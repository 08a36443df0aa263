//! One statement, parsed and rewritten.

use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, plan_datafusion_err};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Query, Select, SetExpr, Statement as SqlStatement, VisitMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;

use super::misread;
use super::names::names_of;
use super::rewriter::Rewriter;

/// How deep brackets, subqueries and operators may be nested.
const DEPTH: usize = 256;

/// What `SHOW TABLES` asks.
const TABLES: &str = "SELECT table_name AS \"Table\" FROM information_schema.tables \
    WHERE table_schema = 'public' ORDER BY table_name";

/// A question, ready to be planned.
#[derive(Debug)]
pub(in super::super) struct Question {
    /// What is planned.
    pub(in super::super) statement: Statement,
    /// The names of the answer's columns, where the question has a list of them: as they stand there.
    pub(in super::super) names: Option<Vec<String>>,
}

impl Question {
    /// Reads one statement.
    pub(in super::super) fn parse(sql: &str) -> Result<Self, DataFusionError> {
        let mut statements = DFParserBuilder::new(sql)
            .with_dialect(&GenericDialect {})
            .with_recursion_limit(DEPTH)
            .build()?
            .parse_statements()?;
        let statement = statements.pop_front();
        if !statements.is_empty() {
            return Err(plan_datafusion_err!(
                "expected one query, got {}",
                statements.len() + 1
            ));
        }
        let mut statement =
            statement.ok_or_else(|| plan_datafusion_err!("expected a query, got nothing"))?;
        if let Statement::Statement(shown) = &statement
            && matches!(**shown, SqlStatement::ShowTables { .. })
        {
            return Self::parse(TABLES);
        }
        let mut names = None;
        if let Some(query) = query(&mut statement) {
            names = select(&query.body).and_then(names_of);
            if let ControlFlow::Break(error) = misread::check(query) {
                return Err(error);
            }
            if let ControlFlow::Break(error) = query.visit(&mut Rewriter) {
                return Err(error);
            }
        }
        Ok(Self { statement, names })
    }

    /// The query, also one that is explained.
    pub(super) fn query_mut(&mut self) -> Option<&mut Query> {
        query(&mut self.statement)
    }

    /// Whether the question says in which order its rows are to come.
    pub(in super::super) fn is_ordered(&self) -> bool {
        match &self.statement {
            Statement::Statement(statement) => match statement.as_ref() {
                SqlStatement::Query(query) => query.order_by.is_some(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether rows are asked for, and not a plan or which tables there are.
    pub(in super::super) fn is_query(&self) -> bool {
        match &self.statement {
            Statement::Statement(statement) => matches!(**statement, SqlStatement::Query(_)),
            _ => false,
        }
    }
}

/// The query of a statement, also of one that is explained.
fn query(statement: &mut Statement) -> Option<&mut Query> {
    match statement {
        Statement::Statement(statement) => match statement.as_mut() {
            SqlStatement::Query(query) => Some(query),
            SqlStatement::Explain { statement, .. } => match statement.as_mut() {
                SqlStatement::Query(query) => Some(query),
                _ => None,
            },
            _ => None,
        },
        Statement::Explain(explain) => self::query(&mut explain.statement),
        _ => None,
    }
}

/// The first `SELECT` of a query: it names the columns.
fn select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => self::select(&query.body),
        SetExpr::SetOperation { left, .. } => self::select(left),
        _ => None,
    }
}
