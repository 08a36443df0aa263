//! The charting library: [Plotly.js](https://plotly.com/javascript/), as the crate `plotly` embeds it.

use plotly::Plot;

/// How its licence notice begins.
const NOTICE: &str = "/**\n* plotly.js v";

/// The script, licence notice and all. The crate has it beside `MathJax`, which a page without formulas doesn't need.
pub(super) fn script() -> String {
    let tags = Plot::offline_js_sources();
    let script = tags.split("</script>").find_map(|tag| {
        let begin = tag.find(NOTICE)?;
        Some(tag[begin..].to_owned())
    });
    script.expect("the crate embeds Plotly.js: a test looks for it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole_and_can_stand_in_a_page() {
        let script = script();
        assert!(script.contains("Licensed under the MIT license"));
        assert!(script.trim_end().ends_with("return Plotly;\n}));"));
        assert!(!script.contains("<script") && !script.contains("<!--"));
        // A carriage return would become another character in the page, and its digest no longer fit.
        assert!(!script.contains('\r'));
        assert!(script.len() < 5_000_000, "{}", script.len());
    }
}
