//! `-v` reports requests that failed and are retried, `-vv` each request and its outcome.

use std::fmt::{Debug, Write};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::terminal::Terminal;
use crate::net::request::TARGET;

/// Listens to the requests of this process, where `-v` or `-vv` is given.
pub(super) fn listen(terminal: Terminal) {
    let level = match terminal.verbosity() {
        0 => return,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let ours = Targets::new().with_target(TARGET, level);
    let listener = tracing_subscriber::registry().with(Listener(terminal).with_filter(ours));
    // A program that listens to its own events goes on doing so.
    let _ = tracing::subscriber::set_global_default(listener);
}

struct Listener(Terminal);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        self.0.say(&text(&fields.0));
        let mut event = json!({"event": "request"});
        if let Value::Object(event) = &mut event {
            event.extend(fields.0);
        }
        // Nobody to tell that nobody listens.
        let _ = self.0.event(&event);
    }
}

/// `PUT https://host/bucket/key: 200 in 12 ms`, `again in 340 ms: …`.
fn text(fields: &Map<String, Value>) -> String {
    let said = |name: &str| match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let milliseconds = said("milliseconds");
    if fields.contains_key("again") {
        return format!("again in {milliseconds} ms: {}", said("error"));
    }
    let outcome = said("status") + &said("error");
    format!(
        "{} {}: {outcome} in {milliseconds} ms",
        said("method"),
        said("url")
    )
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = write!(text, "{value:?}");
        self.0.insert(field.name().to_owned(), text.into());
    }
}
