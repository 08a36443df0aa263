//! The class of a slice.

use std::fmt;

/// What a label line says about its slice; the same three words are a patient's finding in the
/// metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// No pneumonia.
    Normal = 0,
    /// Pneumonia of another cause (community acquired).
    Pneumonia = 1,
    /// COVID-19 pneumonia.
    Covid19 = 2,
}

impl Class {
    /// All classes, in the order of their ids.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Pneumonia, Self::Covid19];

    /// The class with that id in the label files: 0, 1 or 2.
    #[must_use]
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::Normal),
            1 => Some(Self::Pneumonia),
            2 => Some(Self::Covid19),
            _ => None,
        }
    }

    /// The id in the label files: 0, 1 or 2.
    #[must_use]
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The name in the metadata: `Normal`, `Pneumonia` or `COVID-19`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Pneumonia => "Pneumonia",
            Self::Covid19 => "COVID-19",
        }
    }

    /// The class of that name, whatever its case; `None` for any other word. The name is expected
    /// trimmed.
    #[must_use]
    pub fn from_name_ignoring_case(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_lead_back() {
        for class in Class::ALL {
            assert_eq!(Class::from_id(class.id()), Some(class));
            let shouted = class.to_string().to_uppercase();
            assert_eq!(Class::from_name_ignoring_case(&shouted), Some(class));
        }
        assert_eq!(Class::from_id(3), None);
        assert_eq!(Class::from_name_ignoring_case("COVID"), None);
    }
}
