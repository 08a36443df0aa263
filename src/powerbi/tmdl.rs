//! TMDL's lines: indented by tabs, names in quotes where they must be.

/// A TMDL text that is being written.
#[derive(Debug, Default)]
pub(super) struct Tmdl(String);

impl Tmdl {
    /// One line.
    pub(super) fn line(&mut self, depth: usize, text: &str) {
        self.0.push_str(&"\t".repeat(depth));
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// `name: value`.
    pub(super) fn property(&mut self, depth: usize, name: &str, value: &str) {
        self.line(depth, &format!("{name}: {value}"));
    }

    /// Several lines, each as deep as its own tabs say beyond `depth`.
    pub(super) fn block(&mut self, depth: usize, text: &str) {
        for line in text.lines() {
            self.line(depth, line);
        }
    }

    /// The description of the object in the next line.
    pub(super) fn description(&mut self, depth: usize, text: &str) {
        self.line(depth, &format!("/// {text}"));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.0.push('\n');
    }

    /// The whole text.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// A name as TMDL wants it: in quotes unless it is one plain word.
pub(super) fn name(name: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_';
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(name("patient_id"), "patient_id");
        assert_eq!(name("Slices per patient"), "'Slices per patient'");
        assert_eq!(name("COVID-19"), "'COVID-19'");
        assert_eq!(name("it's"), "'it''s'");
    }
}
