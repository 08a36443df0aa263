//! The report: its pages in order, its theme, its settings.

use serde_json::{Value, json};

use super::field::Field;
use super::file::{ProjectFile, SCHEMAS};
use super::grid::{HEIGHT, WIDTH};
use super::pages;
use super::tag::object_name;
use super::theme;
use super::visual::Visual;

const DEFINITION: &str = "ctlake.Report/definition";

/// A page and what stands on it, in tab order.
#[derive(Debug)]
pub(super) struct Page {
    /// What its tab says.
    pub(super) name: &'static str,
    pub(super) visuals: Vec<Visual>,
    /// Readers come here from a value of this field.
    pub(super) drilled_through: Option<Field>,
}

impl Page {
    fn id(&self) -> String {
        object_name(&format!("page {}", self.name))
    }

    fn json(&self) -> Value {
        let mut page = json!({
            "$schema": format!("{SCHEMAS}/item/report/definition/page/2.0.0/schema.json"),
            "name": self.id(),
            "displayName": self.name,
            "displayOption": "FitToPage",
            "height": HEIGHT,
            "width": WIDTH,
        });
        if let Some(field) = self.drilled_through {
            let filter = format!("Filter{}", object_name(&format!("filter {}", self.name)));
            page["filterConfig"] = json!({"filters": [{
                "name": filter,
                "field": field.expression(),
                "type": "Categorical",
                "howCreated": "Drillthrough",
            }]});
            page["pageBinding"] = json!({
                "name": object_name(&format!("binding {}", self.name)),
                "type": "Drillthrough",
                "parameters": [{
                    "name": format!("Param_{filter}"),
                    "boundFilter": filter,
                    "fieldExpr": field.expression(),
                }],
            });
            page["type"] = "Drillthrough".into();
            page["visibility"] = "HiddenInViewMode".into();
        }
        page
    }

    fn files(&self) -> Vec<ProjectFile> {
        let folder = format!("{DEFINITION}/pages/{}", self.id());
        let mut files = vec![ProjectFile::json(
            format!("{folder}/page.json"),
            &self.json(),
        )];
        for (order, visual) in self.visuals.iter().enumerate() {
            let path = format!("{folder}/visuals/{}/visual.json", visual.name(self.name));
            files.push(ProjectFile::json(path, &visual.json(self.name, order)));
        }
        files
    }
}

/// The files of the report but those that every item has.
pub(super) fn files(previews: bool) -> Vec<ProjectFile> {
    let pages = pages::all(previews);
    let order: Vec<String> = pages.iter().map(Page::id).collect();
    let mut files = vec![
        ProjectFile::json(
            format!(
                "ctlake.Report/StaticResources/RegisteredResources/{}",
                theme::FILE
            ),
            &theme::theme(),
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

    /// The pages of a model with previews, and of one without.
    fn both() -> impl Iterator<Item = Page> {
        pages::all(true).into_iter().chain(pages::all(false))
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
