//! An image's file name taken apart: patient, scan, slice.

mod family;

pub use family::Family;

/// A file name taken apart. All fields borrow from the name.
///
/// | file name | patient | scan | digits |
/// |---|---|---|---|
/// | `NCP_96_1328_0032.png` | `NCP_96` | `1328` | `0032` |
/// | `137covid_patient76_SR_2_IM00014.png` | `patient76` | `SR_2` | `00014` |
/// | `volume-covid19-A-0383_1_ct-0018.png` | `volume-covid19-A-0383_1` | `ct` | `0018` |
/// | `HUST-Patient1-0060.png` | `HUST-Patient1` | empty | `0060` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageName<'a> {
    /// The family of names it belongs to; `None` for a name of no known shape.
    pub family: Option<Family>,
    /// The patient's id. Not empty unless the name is.
    pub patient: &'a str,
    /// What stands between patient and slice, without separators at its ends. May be empty.
    pub scan: &'a str,
    /// All before the final digits. For a known shape `stem`, `digits` and `.png` are the name.
    pub stem: &'a str,
    /// The final run of digits before the extension; empty if there is none.
    pub digits: &'a str,
}

impl ImageName<'_> {
    /// The slice's number within its scan: the digits, if they fit a 32-bit signed integer.
    /// Numbers have gaps, and begin anywhere.
    #[must_use]
    pub fn slice_index(&self) -> Option<u32> {
        let index: i32 = self.digits.parse().ok()?;
        u32::try_from(index).ok()
    }
}

/// Takes a file name apart. `known` says whether the metadata has that patient id.
///
/// The patient is the longest known id that the name begins with and that ends where a word does (`known` is not asked
/// again once it has said yes);
/// else what the family's shape says (for COVID-CTset that is a word inside the name); else, in a
/// name of no known shape, all before the last `-` or `_`.
pub fn parse(file_name: &str, known: impl FnMut(&str) -> bool) -> ImageName<'_> {
    let bare = without_extension(file_name);
    let stem = bare.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = &bare[stem.len()..];
    let (family, implied) = match file_name.strip_suffix(".png").and_then(Family::of) {
        Some((family, patient)) => (Some(family), patient),
        None => (None, 0..before_last_separator(bare)),
    };
    let patient = match longest_known_prefix(file_name, known) {
        Some(end) => 0..end,
        None if implied.is_empty() => 0..file_name.len(),
        None => implied,
    };
    // An id may reach into the digits of a name of no known shape.
    let scan = stem.get(patient.end..).unwrap_or_default();
    let scan = match family {
        Some(Family::CovidCtset | Family::CovidCtMd) => scan.strip_suffix("IM").unwrap_or(scan),
        _ => scan,
    };
    ImageName {
        family,
        patient: &file_name[patient],
        scan: scan.trim_matches(SEPARATORS),
        stem,
        digits,
    }
}

const SEPARATORS: [char; 2] = ['-', '_'];

fn longest_known_prefix(name: &str, mut known: impl FnMut(&str) -> bool) -> Option<usize> {
    if known(name) {
        return Some(name.len());
    }
    name.char_indices()
        .rev()
        .filter(|&(at, next)| at > 0 && !next.is_alphanumeric())
        .map(|(at, _)| at)
        .find(|&at| known(&name[..at]))
}

/// The name without a final `.png`, `.PNG`, `.jpeg`…: a dot, a letter, up to four more letters or
/// digits. (`1.3.6` is part of a series' number.)
fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((bare, extension))
            if extension.len() <= 5
                && extension.starts_with(|first: char| first.is_ascii_alphabetic())
                && extension.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            bare
        }
        _ => name,
    }
}

fn before_last_separator(bare: &str) -> usize {
    match bare.rfind(SEPARATORS) {
        Some(at) if at > 0 => at,
        _ => bare.len(),
    }
}

/// The family of a patient whose id is one of several for one person's scans: for
/// `volume-covid19-A-0383_0` that is `volume-covid19-A-0383`, `None` for any other shape.
///
/// An id without such a suffix is a family of its own: two ids are relatives when
/// `patient_family(id).unwrap_or(id)` is the same.
#[must_use]
pub fn patient_family(patient_id: &str) -> Option<&str> {
    let (family, suffix) = patient_id.rsplit_once('_')?;
    let number = family.strip_prefix("volume-covid19-A-")?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(number) && digits(suffix)).then_some(family)
}

#[cfg(test)]
mod tests;
