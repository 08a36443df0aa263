//! So many images of each class, the same ones for the same seed.
//!
//! Each image has a rank, a digest of the seed and its key; the lowest ranks of a class are drawn. So the order of the rows
//! doesn't count, a larger sample contains the smaller one, and a class is drawn alike whatever the others are.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::column_path::ColumnPath;

/// Which sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Images of each class.
    pub images: u64,
    /// The columns whose values make the classes; without any there is one class.
    pub per: ColumnPath,
    /// Other numbers give other images.
    pub seed: u64,
}

/// What a sample has of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// The values of the columns, with `/` between them (in a value it is `\\/`); `all` where no columns make classes.
    pub class: String,
    /// How many images there were to draw from.
    pub images: u64,
    /// How many were asked for.
    pub asked: u64,
    /// How many were drawn.
    pub drawn: u64,
}

/// Draws from `images`, each a class and a key. Gives the places of those drawn, in order, and what each class has.
pub(super) fn draw(images: &[(String, &str)], size: u64, seed: u64) -> (Vec<usize>, Vec<Drawn>) {
    let mut classes: BTreeMap<&str, Vec<(u64, &str, usize)>> = BTreeMap::new();
    for (at, (class, key)) in images.iter().enumerate() {
        let ranked = (rank(seed, key), *key, at);
        classes.entry(class).or_default().push(ranked);
    }
    let mut places = Vec::new();
    let mut drawn = Vec::new();
    for (class, mut ranked) in classes {
        ranked.sort_unstable();
        let all = ranked.len();
        ranked.truncate(size.try_into().unwrap_or(usize::MAX));
        drawn.push(Drawn {
            class: class.to_owned(),
            images: all as u64,
            asked: size,
            drawn: ranked.len() as u64,
        });
        places.extend(ranked.into_iter().map(|(_, _, at)| at));
    }
    places.sort_unstable();
    (places, drawn)
}

fn rank(seed: u64, key: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(key)
        .finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn keys(images: &[(String, &str)], size: u64, seed: u64) -> BTreeSet<String> {
        let (places, _) = draw(images, size, seed);
        places.iter().map(|at| images[*at].1.to_owned()).collect()
    }

    #[test]
    fn a_seed_gives_these_images_for_ever() {
        let names: Vec<String> = (0..100).map(|at| format!("{at}.png")).collect();
        let images: Vec<_> = names.iter().map(|name| (String::new(), &**name)).collect();
        let drawn: Vec<String> = keys(&images, 3, 1).into_iter().collect();
        assert_eq!(drawn, ["43.png", "69.png", "73.png"]);
        assert_ne!(keys(&images, 3, 1), keys(&images, 3, 2));
    }

    proptest! {
        #[test]
        fn balanced_the_same_in_any_order_and_nested(
            classes in prop::collection::vec(0_u8..4, 0..200),
            size in 0_u64..40,
            seed: u64,
            turn in 0_usize..200,
        ) {
            let names: Vec<String> = (0..classes.len()).map(|at| format!("k{at}")).collect();
            let images: Vec<(String, &str)> = classes
                .iter()
                .zip(&names)
                .map(|(class, name)| (class.to_string(), name.as_str()))
                .collect();
            let (places, drawn) = draw(&images, size, seed);
            prop_assert!(places.is_sorted());
            for class in &drawn {
                let all = images.iter().filter(|image| image.0 == class.class).count() as u64;
                let got = places.iter().filter(|at| images[**at].0 == class.class).count() as u64;
                prop_assert_eq!((class.images, class.drawn), (all, got));
                prop_assert_eq!(got, all.min(size));
            }
            let distinct: BTreeSet<&String> = images.iter().map(|image| &image.0).collect();
            prop_assert_eq!(drawn.len(), distinct.len());
            let mut turned = images.clone();
            turned.rotate_left(turn % images.len().max(1));
            prop_assert_eq!(keys(&turned, size, seed), keys(&images, size, seed));
            prop_assert!(keys(&images, size, seed).is_subset(&keys(&images, size + 1, seed)));
        }
    }
}
