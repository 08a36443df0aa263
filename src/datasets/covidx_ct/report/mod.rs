//! A snapshot as one HTML page for people without Power BI: opens from disk, asks no network, counts in the browser.
//!
//! | file | what is in it |
//! |---|---|
//! | `stratum`, `tally`, `facts`, `selection` | what is counted: a combination of values, the rows while they are read, summed up, and the part that a number is about |
//! | `dimension`, `measure`, `number` | by what, and what, it is counted; how a number is written |
//! | `sentence` | the summary and the titles of charts, worded after the numbers |
//! | `chart`, `table` | the charts, each with its table |
//! | `findings`, `previews`, `provenance` | the other sections |
//! | `page`, `page.html`, `style.css` | the page |
//! | `library`, `count.js`, `draw.js`, `page.js` | the scripts: the charting library, and ours |
//!
//! All numbers of the unfiltered page are counted here and stand in it as text. A number's cell says what is counted and of
//! what (`data-figure="patients" data-country="China"`): the script counts the same again over what is selected. Each wording of a
//! sentence carries its condition (`data-measure="balance-gap" data-below="0.05"`), so that the script only compares numbers.

mod chart;
mod dimension;
mod facts;
mod findings;
mod library;
mod measure;
mod number;
mod page;
mod previews;
mod provenance;
mod selection;
mod sentence;
mod stratum;
mod table;
mod tally;

use serde_json::json;

use crate::datasets::Report;
use crate::lake::Lake;
use crate::lake::log::Entry;
use crate::query::{QueryError, engine};
use crate::readable::{self, plural};
use facts::Facts;
use findings::Findings;
use measure::Measure;
use previews::Previews;
use selection::Selection;

/// Makes the page of the snapshot that `entry` shows, with up to `previews` pictures if the snapshot has any.
pub(super) async fn report(
    lake: &Lake,
    entry: &Entry,
    previews: usize,
) -> Result<Report, QueryError> {
    let engine = engine(lake, entry)?;
    let facts = Facts::read(&*engine).await?;
    let findings = Findings::read(lake.contract(), &*engine).await?;
    let previews = if entry.has_rows("previews") {
        Previews::read(&*engine, &facts, previews).await?
    } else {
        Previews::default()
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "these measures are counts"
    )]
    let count = |measure: Measure| measure.of(&Selection::all(&facts)).unwrap_or_default() as u64;
    let (slices, patients) = (count(Measure::Slices), count(Measure::Patients));
    let without_images = count(Measure::PatientsWithoutImages);
    let pictures = previews.pictures.len() as u64;
    Ok(Report {
        counts: json!({
            "slices": slices,
            "patients": patients,
            "patients_without_images": without_images,
            "findings": findings.count(),
            "previews": pictures,
        }),
        summary: format!(
            "{} of {}, {} without images; {}, {}",
            plural(slices, "slice", "slices"),
            plural(patients, "patient", "patients"),
            readable::count(without_images),
            plural(findings.count(), "finding", "findings"),
            plural(pictures, "picture", "pictures"),
        ),
        html: page::render(entry, &facts, &findings, &previews),
    })
}
