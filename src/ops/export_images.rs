//! Export the image files behind a question: which ones there are.

use crate::error::Result;
use crate::images::{self, Cohort, ImagesError, Selection, SelectionOptions};
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::query;

/// Asks for the images, and selects among them. The answer stays beside the selection: it is the index of the exported files.
pub async fn select(
    lake: &Lake,
    entry: &Entry,
    sql: &str,
    options: &SelectionOptions,
) -> Result<(Cohort, Selection)> {
    let engine = query::engine(lake, entry)?;
    let mut columns = vec![&options.layout];
    columns.extend(options.sample.as_ref().map(|sample| &sample.per));
    let cohort = images::ask(lake.contract(), &*engine, sql, &columns).await?;
    if cohort.is_empty() {
        let images = lake.contract().images;
        let reason = images.map_or(ImagesError::NoImages, ImagesError::NoRows);
        return Err(reason.into());
    }
    let selection = images::select(&cohort, options)?;
    Ok((cohort, selection))
}
