//! The report's theme: colours that can be told apart whatever one's colour vision, on white and against each other.

use serde_json::{Value, json};

/// The file's name.
pub(super) const FILE: &str = "ctlake.json";

/// The colour of each severity.
pub const SEVERITIES: [(&str, &str); 3] = [
    ("error", "#C44E00"),
    ("warning", "#8C6D1F"),
    ("info", "#0072B2"),
];
/// Sizes of text, in points.
pub(super) const TITLE_POINTS: u32 = 12;
pub(super) const LABEL_POINTS: u32 = 10;
pub(super) const CALLOUT_POINTS: u32 = 22;

const PAPER: &str = "#FFFFFF";
const INK: &str = "#242424";
const QUIET_INK: &str = "#595959";
const DESK: &str = "#F3F3F3";
/// What is good, and what is bad.
const GOOD: &str = "#0072B2";
const BAD: &str = "#C44E00";
/// For series without a colour of their own.
const MORE: [&str; 5] = ["#007A5A", "#AA4499", "#332288", "#8C6D1F", "#882255"];

/// The theme's JSON; `colours` are the first of its series.
pub(super) fn theme(colours: &[&str]) -> Value {
    let colours: Vec<&str> = colours.iter().copied().chain(MORE).collect();
    let solid = |colour: &str| json!({"solid": {"color": colour}});
    json!({
        "name": FILE,
        "dataColors": colours,
        "background": PAPER,
        "foreground": INK,
        "foregroundNeutralSecondary": QUIET_INK,
        "tableAccent": GOOD,
        "good": GOOD,
        "neutral": QUIET_INK,
        "bad": BAD,
        "textClasses": {
            "title": {"fontFace": "Segoe UI Semibold", "fontSize": TITLE_POINTS, "color": INK},
            "label": {"fontFace": "Segoe UI", "fontSize": LABEL_POINTS, "color": INK},
            "callout": {"fontFace": "Segoe UI Semibold", "fontSize": CALLOUT_POINTS, "color": INK},
            "header": {"fontFace": "Segoe UI Semibold", "fontSize": TITLE_POINTS, "color": INK},
        },
        "visualStyles": {
            "*": {"*": {
                "background": [{"show": true, "color": solid(PAPER), "transparency": 0}],
            }},
            "page": {"*": {
                "background": [{"color": solid(DESK), "transparency": 0}],
            }},
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::covidx_ct::powerbi::{AGE_BANDS, DIAGNOSES};

    type Rgb = [f64; 3];

    /// Linear light.
    fn linear(colour: &str) -> Rgb {
        [1, 3, 5].map(|at| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        })
    }

    /// Contrast as WCAG 2 has it.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |colour| {
            let [red, green, blue] = linear(colour);
            0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
        };
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    /// What is left of colours without the cones for long, middle and short waves (Machado, Oliveira and Fernandes, 2009).
    const DEFICIENCIES: [[Rgb; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    /// CIE L*a*b* of linear light.
    fn lab(rgb: Rgb) -> Rgb {
        let [red, green, blue] = rgb.map(|part| part.clamp(0.0, 1.0));
        let xyz = [
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
        ];
        let [x, y, z] = xyz.map(|part: f64| {
            if part > 0.008_856 {
                part.cbrt()
            } else {
                7.787 * part + 16.0 / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn seen(colour: &str, deficiency: &[Rgb; 3]) -> Rgb {
        let rgb = linear(colour);
        lab(deficiency.map(|row| row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]))
    }

    #[test]
    fn the_diagnoses_are_told_apart_without_any_one_kind_of_cone() {
        for deficiency in &DEFICIENCIES {
            for (index, (name, colour)) in DIAGNOSES.iter().enumerate() {
                for (other, other_colour) in &DIAGNOSES[..index] {
                    let (a, b) = (seen(colour, deficiency), seen(other_colour, deficiency));
                    let distance: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                    assert!(
                        distance.sqrt() > 25.0,
                        "{name}, {other}: {}",
                        distance.sqrt()
                    );
                }
            }
        }
    }

    #[test]
    fn text_and_marks_stand_out_from_the_paper() {
        for ink in [INK, QUIET_INK] {
            assert!(
                contrast(ink, PAPER) >= 4.5 && contrast(ink, DESK) >= 4.5,
                "{ink}"
            );
        }
        let marks = DIAGNOSES.iter().map(|(_, colour)| *colour).chain(MORE);
        for mark in marks {
            assert!(
                contrast(mark, PAPER) >= 3.0,
                "{mark}: {}",
                contrast(mark, PAPER)
            );
        }
    }

    #[test]
    fn age_bands_darken_step_by_step() {
        let known = &AGE_BANDS[..5];
        for pair in known.windows(2) {
            let lightness = |colour| lab(linear(colour))[0];
            assert!(
                lightness(pair[0].1) > lightness(pair[1].1) + 5.0,
                "{pair:?}"
            );
        }
    }
}
