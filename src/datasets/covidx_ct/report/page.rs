//! The page, put together.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::chart::{Chart, charts};
use super::dimension::Dimension;
use super::facts::Facts;
use super::findings::Findings;
use super::library;
use super::measure::Measure;
use super::number::Unit;
use super::previews::Previews;
use super::provenance::Provenance;
use super::selection::Selection;
use super::sentence::{Part, Statement, Writer};
use super::table::Cell;
use crate::lake::log::Entry;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = concat!(
    include_str!("count.js"),
    include_str!("draw.js"),
    include_str!("page.js")
);

/// Numbers at the top.
const HEADLINES: [Measure; 8] = [
    Measure::Slices,
    Measure::Patients,
    Measure::Scans,
    Measure::SlicesPerPatient,
    Measure::MedianAge,
    Measure::SexKnown,
    Measure::ImageCompleteness,
    Measure::PatientsWithoutImages,
];

/// What `page.html` shows. Whatever stands in it as text is escaped.
#[derive(Template)]
#[template(
    path = "page.html",
    config = "src/datasets/covidx_ct/report/askama.toml"
)]
struct Page<'a> {
    release: &'a str,
    /// What the browser may do: run our two scripts, and load nothing.
    policy: String,
    style: &'static str,
    summary: Vec<Statement>,
    headlines: Vec<Cell>,
    patients: String,
    /// Empty where the script can't count what is selected.
    filters: Vec<(Dimension, &'a [String])>,
    /// Values that are counted together, and of what.
    folded: Vec<(Dimension, usize)>,
    charts: Vec<Chart>,
    findings: &'a Findings,
    previews: &'a Previews,
    measures: [Measure; Measure::ALL.len()],
    provenance: Provenance<'a>,
    data: String,
    library: &'a str,
    script: &'static str,
}

/// The page as HTML.
pub(super) fn render(
    entry: &Entry,
    facts: &Facts,
    findings: &Findings,
    previews: &Previews,
) -> String {
    let library = library::script();
    let count = |measure: Measure| measure.of(&Selection::all(facts)).unwrap_or_default();
    let patients = count(Measure::Patients) + count(Measure::PatientsWithoutImages);
    let page = Page {
        release: &entry.release,
        policy: format!(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{}' '{}'; base-uri 'none'; form-action 'none'",
            digest(&library),
            digest(SCRIPT)
        ),
        style: STYLE,
        summary: Writer::new(facts).summary(findings),
        headlines: HEADLINES
            .map(|measure| Cell::new(facts, measure, &[]))
            .into(),
        patients: Unit::Count.text(Some(patients)),
        filters: Dimension::FILTERS
            .into_iter()
            .filter(|_| facts.can_be_filtered())
            .map(|dimension| (dimension, facts.values(dimension)))
            .collect(),
        folded: facts.folded().collect(),
        charts: charts(facts),
        findings,
        previews,
        measures: Measure::ALL,
        provenance: Provenance::new(entry),
        data: json(&facts.for_script()),
        library: &library,
        script: SCRIPT,
    };
    page.render()
        .expect("text is put together: nothing in the template can fail")
}

/// JSON that may stand in a `script` element: no text in it can end the element.
fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("plain data serialises");
    text.replace('<', "\\u003c")
}

/// A script's digest as a content security policy names it.
fn digest(script: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element_that_it_stands_in() {
        let text = "</script><!-- & \" \u{2028}";
        let written = json(&text);
        assert!(!written.contains('<'), "{written}");
        assert_eq!(
            serde_json::from_str::<String>(&written).expect("JSON"),
            text
        );
    }

    #[test]
    fn our_scripts_stand_in_a_page_as_they_are() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains('\r'));
    }
}
