//! A visual of a page, and its JSON.

use serde_json::{Map, Value, json};

use super::field::Field;
use super::file::SCHEMAS;
use super::grid::Place;
use super::kind::{HEADING_POINTS, Kind};
use super::tag::object_name;

/// Something that stands on a page.
#[derive(Debug, Clone)]
pub struct Visual {
    kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// What it shows, as its title says; empty for those that need none.
    pub title: &'static str,
    /// What a screen reader says.
    pub alt: &'static str,
    buckets: Vec<(&'static str, Vec<Field>)>,
    /// Largest first.
    sorted_by: Option<Field>,
    objects: Map<String, Value>,
    container: Map<String, Value>,
}

impl Visual {
    /// A visual of `kind` that shows data.
    #[must_use]
    pub fn new(kind: Kind, place: Place, title: &'static str, alt: &'static str) -> Self {
        Self {
            kind,
            place,
            title,
            alt,
            buckets: Vec::new(),
            sorted_by: None,
            objects: Map::new(),
            container: Map::new(),
        }
    }

    /// A slicer that opens as a list.
    #[must_use]
    pub fn slicer(place: Place, field: Field, alt: &'static str) -> Self {
        Self::new(Kind::Dropdown, place, "", alt)
            .bucket("Values", &[field])
            .object("data", json!({"mode": text("Dropdown")}))
    }

    /// The heading of a page.
    #[must_use]
    pub fn heading(place: Place, heading: &'static str) -> Self {
        let style = json!({"fontSize": format!("{HEADING_POINTS}pt"), "fontWeight": "bold"});
        let run = json!({"value": heading, "textStyle": style});
        Self::new(Kind::TextBox, place, "", heading)
            .object("general", json!({"paragraphs": [{"textRuns": [run]}]}))
    }

    /// A button that leads back to the page from where one came.
    #[must_use]
    pub fn back_button(place: Place) -> Self {
        let mut button = Self::new(Kind::Button, place, "", "Back to the page before");
        let icon = json!([{
            "properties": {"shapeType": text("back")},
            "selector": {"id": "default"},
        }]);
        button.objects.insert("icon".to_owned(), icon);
        let link = json!([{"properties": {"show": literal("true"), "type": text("Back")}}]);
        button.container.insert("visualLink".to_owned(), link);
        button
    }

    /// The height below which Power BI clips it.
    #[cfg(test)]
    pub(super) fn least_height(&self) -> u32 {
        self.kind.least_height(!self.title.is_empty())
    }

    /// Puts fields into a bucket.
    #[must_use]
    pub fn bucket(mut self, name: &'static str, fields: &[Field]) -> Self {
        self.buckets.push((name, fields.to_vec()));
        self
    }

    /// Sorts by a field, largest first.
    #[must_use]
    pub fn sorted_by(mut self, field: Field) -> Self {
        self.sorted_by = Some(field);
        self
    }

    /// Sets formatting properties.
    #[must_use]
    pub fn object(mut self, name: &str, properties: Value) -> Self {
        let object = json!([{"properties": properties}]);
        self.objects.insert(name.to_owned(), object);
        self
    }

    /// Gives each value of `series` its colour, whichever of them are shown.
    #[must_use]
    pub fn colours(mut self, series: Field, colours: &[(&str, &str)]) -> Self {
        let points: Vec<Value> = colours
            .iter()
            .map(|(value, colour)| {
                let comparison = json!({
                    "ComparisonKind": 0,
                    "Left": series.expression(),
                    "Right": literal_text(value),
                });
                json!({
                    "properties": {"fill": {"solid": {"color": text(colour)}}},
                    "selector": {"data": [{"scopeId": {"Comparison": comparison}}]},
                })
            })
            .collect();
        self.objects.insert("dataPoint".to_owned(), points.into());
        self
    }

    /// Its name on the page called `page`: the same for ever for the same kind, title and description.
    pub(super) fn name(&self, page: &str) -> String {
        object_name(&format!(
            "visual {page} {} {} {}",
            self.kind.name(),
            self.title,
            self.alt
        ))
    }

    /// The text of its `visual.json`; `order` is its place in the tab order.
    pub(super) fn json(&self, page: &str, order: usize) -> Value {
        let Place {
            x,
            y,
            width,
            height,
        } = self.place;
        let order = order * 1000;
        let mut visual = Map::new();
        visual.insert("visualType".to_owned(), self.kind.name().into());
        if !self.buckets.is_empty() {
            visual.insert("query".to_owned(), self.query());
        }
        if !self.objects.is_empty() {
            visual.insert("objects".to_owned(), self.objects.clone().into());
        }
        let container = self.container_objects();
        visual.insert("visualContainerObjects".to_owned(), container.into());
        visual.insert("drillFilterOtherVisuals".to_owned(), true.into());
        json!({
            "$schema": format!("{SCHEMAS}/item/report/definition/visualContainer/2.4.0/schema.json"),
            "name": self.name(page),
            "position": {
                "x": x, "y": y, "z": order, "height": height, "width": width, "tabOrder": order,
            },
            "visual": visual,
        })
    }

    fn query(&self) -> Value {
        let mut state = Map::new();
        for (bucket, fields) in &self.buckets {
            // The fields that a reader drills through are active; those of a legend or a table are always shown.
            let drilled =
                matches!(*bucket, "Category" | "Rows" | "Columns") || self.kind == Kind::Dropdown;
            let projections: Vec<Value> = fields
                .iter()
                .map(|field| field.projection(drilled))
                .collect();
            state.insert((*bucket).to_owned(), json!({"projections": projections}));
        }
        let mut query = json!({"queryState": state});
        if let Some(field) = self.sorted_by {
            query["sortDefinition"] = json!({
                "sort": [{"field": field.expression(), "direction": "Descending"}],
                "isDefaultSort": false,
            });
        }
        query
    }

    fn container_objects(&self) -> Map<String, Value> {
        let mut container = self.container.clone();
        let title = if self.title.is_empty() {
            json!({"show": literal("false")})
        } else {
            json!({"show": literal("true"), "text": text(self.title)})
        };
        container.insert("title".to_owned(), json!([{"properties": title}]));
        let general = json!([{"properties": {"altText": text(self.alt)}}]);
        container.insert("general".to_owned(), general);
        container
    }
}

/// A text in a formatting property.
pub(super) fn text(text: &str) -> Value {
    json!({"expr": literal_text(text)})
}

/// A number or a truth in a formatting property, as Power BI writes it: `96D`, `true`.
#[must_use]
pub fn literal(value: &str) -> Value {
    json!({"expr": {"Literal": {"Value": value}}})
}

fn literal_text(text: &str) -> Value {
    json!({"Literal": {"Value": format!("'{}'", text.replace('\'', "''"))}})
}
