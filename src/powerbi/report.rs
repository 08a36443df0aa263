//! The report: its pages in order, its theme, its settings.

use serde_json::{Value, json};

use super::file::{ProjectFile, SCHEMAS};
use super::page::{DEFINITION, Page};
use super::presentation::Presentation;
use super::theme;

/// The files of the report but those that every item has.
pub(super) fn files(presentation: &Presentation, previews: bool) -> Vec<ProjectFile> {
    let pages = (presentation.pages)(previews);
    let order: Vec<String> = pages.iter().map(Page::id).collect();
    let mut files = vec![
        ProjectFile::json(
            format!(
                "ctlake.Report/StaticResources/RegisteredResources/{}",
                theme::FILE
            ),
            &theme::theme(presentation.colours),
        ),
        ProjectFile::json(format!("{DEFINITION}/report.json"), &report()),
        ProjectFile::json(
            format!("{DEFINITION}/version.json"),
            &json!({
                "$schema": format!("{SCHEMAS}/item/report/definition/versionMetadata/1.0.0/schema.json"),
                "version": "2.0.0",
            }),
        ),
        ProjectFile::json(
            format!("{DEFINITION}/pages/pages.json"),
            &json!({
                "$schema": format!("{SCHEMAS}/item/report/definition/pagesMetadata/1.0.0/schema.json"),
                "pageOrder": order,
                "activePageName": order[0],
            }),
        ),
    ];
    files.extend(pages.iter().flat_map(Page::files));
    files
}

fn report() -> Value {
    json!({
        "$schema": format!("{SCHEMAS}/item/report/definition/report/3.0.0/schema.json"),
        "themeCollection": {
            "customTheme": {
                "name": theme::FILE,
                "reportVersionAtImport": {"visual": "2.4.0", "report": "3.0.0", "page": "2.0.0"},
                "type": "RegisteredResources",
            },
        },
        "resourcePackages": [{
            "name": "RegisteredResources",
            "type": "RegisteredResources",
            "items": [{"name": theme::FILE, "path": theme::FILE, "type": "CustomTheme"}],
        }],
        "settings": {
            "useStylableVisualContainerHeader": true,
            "exportDataMode": "AllowSummarized",
            "defaultDrillFilterOtherVisuals": true,
            "useEnhancedTooltips": true,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::powerbi::grid::{HEIGHT, WIDTH};

    /// The pages of a model with previews, and of one without.
    fn both() -> impl Iterator<Item = Page> {
        let pages = crate::datasets::covidx_ct::powerbi::PRESENTATION.pages;
        pages(true).into_iter().chain(pages(false))
    }

    #[test]
    fn no_visual_is_lower_than_its_kind_needs() {
        for page in both() {
            for visual in &page.visuals {
                let (height, least) = (visual.place.height, visual.least_height());
                assert!(height >= least, "{}: {}: {height}", page.name, visual.alt);
            }
        }
    }

    #[test]
    fn nothing_covers_anything_and_everything_is_said_in_words() {
        for page in both() {
            let mut names = HashSet::new();
            for (index, visual) in page.visuals.iter().enumerate() {
                assert!(names.insert(visual.name(page.name)), "{}", visual.alt);
                assert!(!visual.alt.is_empty(), "{} {}", page.name, visual.title);
                assert!(
                    visual.place.x + visual.place.width <= WIDTH,
                    "{}",
                    visual.alt
                );
                assert!(
                    visual.place.y + visual.place.height <= HEIGHT,
                    "{}",
                    visual.alt
                );
                for other in &page.visuals[..index] {
                    let covered = visual.place.overlaps(other.place);
                    assert!(!covered, "{}: {} and {}", page.name, visual.alt, other.alt);
                }
            }
        }
    }
}
