//! Expire snapshots: no file that a catalog shows is removed, and catalogs forget the files that are.

use crate::catalog::{self, CatalogError};
use crate::lake::Lake;
use crate::lake::expire::{self, ExpirePlan, Retention};

/// Lists the files to remove: those of old snapshots that no catalog shows, and those of builds that died.
pub async fn plan(lake: &Lake, retention: Retention) -> Result<ExpirePlan, CatalogError> {
    let shown = catalog::shown_snapshots(lake).await?;
    Ok(expire::plan(lake, retention, &shown).await?)
}

/// Removes the files of a plan, after the log and the catalogs have been told: the files go last. Returns the files that were
/// removed: those of a snapshot that became current after the plan was made stay.
pub async fn execute(lake: &Lake, plan: ExpirePlan) -> Result<ExpirePlan, CatalogError> {
    let plan = expire::declare(lake, plan).await?;
    if !plan.snapshots.is_empty() {
        catalog::expire(lake).await?;
    }
    expire::remove(lake, &plan).await?;
    Ok(plan)
}
