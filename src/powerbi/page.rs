//! A page of the report.

use serde_json::{Value, json};

use super::field::Field;
use super::file::{ProjectFile, SCHEMAS};
use super::grid::{HEIGHT, WIDTH};
use super::tag::object_name;
use super::visual::Visual;

/// The folder of the report's definition.
pub(super) const DEFINITION: &str = "ctlake.Report/definition";

/// A page and what stands on it, in tab order.
#[derive(Debug)]
pub struct Page {
    /// What its tab says.
    pub name: &'static str,
    /// What stands on it.
    pub visuals: Vec<Visual>,
    /// Readers come here from a value of this field.
    pub drilled_through: Option<Field>,
}

impl Page {
    pub(super) fn id(&self) -> String {
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

    pub(super) fn files(&self) -> Vec<ProjectFile> {
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
