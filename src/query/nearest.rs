//! The name that somebody may have meant.

/// The one of `names` that somebody who wrote `wrong` may have meant.
pub(super) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let distance = |name: &&str| edits(&wrong, &name.to_lowercase());
    let found = names.into_iter().min_by_key(distance)?;
    let close = edits(&wrong, &found.to_lowercase()) <= 1 + wrong.chars().count() / 4;
    let within = wrong.len() > 2 && found.contains(&wrong);
    (close || within).then_some(found)
}

/// How many letters have to be put in, taken out or changed.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name() {
        let names = ["diagnosis", "patient_id", "split"];
        assert_eq!(nearest("diagnosos", names), Some("diagnosis"));
        assert_eq!(nearest("PATIENT", names), Some("patient_id"));
        assert_eq!(nearest("temperature", names), None);
    }
}
