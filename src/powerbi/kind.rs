//! The kinds of visual, and the height below which Power BI clips each.

use super::theme::{CALLOUT_POINTS, LABEL_POINTS, TITLE_POINTS};

/// Size of a page's heading.
pub(super) const HEADING_POINTS: u32 = 18;

/// What Power BI leaves free above and below the content of a visual that sets no padding, each.
const PADDING: u32 = 8;
/// A slicer's own header, and the box that opens its list.
const SLICER_HEADER: u32 = 28;
const SLICER_BOX: u32 = 32;
/// A target that can be hit: WCAG 2.2, 2.5.8.
const TARGET: u32 = 24;
/// Above and below the text of a row.
const ROW_PADDING: u32 = 3;
/// Below this, bars can't be told apart.
const PLOT: u32 = 100;

/// A kind of visual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text in the size of a page's heading.
    TextBox,
    /// A button.
    Button,
    /// A slicer that opens as a list.
    Dropdown,
    /// Numbers, each with its name.
    Card,
    /// Texts, each with its name.
    MultiRowCard,
    /// Rows and columns.
    Table,
    /// Rows and columns of groups.
    Matrix,
    /// Bars, stacked.
    Bars,
    /// Bars beside each other.
    ClusteredBars,
    /// Columns beside each other.
    ClusteredColumns,
    /// Bars of shares.
    ShareBars,
    /// Columns of shares.
    ShareColumns,
}

impl Kind {
    /// The name in `visualType`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TextBox => "textbox",
            Self::Button => "actionButton",
            Self::Dropdown => "slicer",
            Self::Card => "cardVisual",
            Self::MultiRowCard => "multiRowCard",
            Self::Table => "tableEx",
            Self::Matrix => "pivotTable",
            Self::Bars => "barChart",
            Self::ClusteredBars => "clusteredBarChart",
            Self::ClusteredColumns => "clusteredColumnChart",
            Self::ShareBars => "hundredPercentStackedBarChart",
            Self::ShareColumns => "hundredPercentStackedColumnChart",
        }
    }

    /// Least height in pixels, with a title or without. The rules for slicers and text boxes are those of Microsoft's report
    /// checker; the others add up what the kind shows in the theme's sizes.
    pub(super) const fn least_height(self, titled: bool) -> u32 {
        let row = line(LABEL_POINTS) + 2 * ROW_PADDING;
        let content = match self {
            Self::TextBox => line(HEADING_POINTS),
            Self::Button => TARGET,
            Self::Dropdown => SLICER_HEADER + SLICER_BOX,
            Self::Card => line(CALLOUT_POINTS) + line(LABEL_POINTS),
            Self::MultiRowCard => 2 * line(LABEL_POINTS),
            Self::Table => 2 * row,
            Self::Matrix => 3 * row,
            Self::Bars
            | Self::ClusteredBars
            | Self::ClusteredColumns
            | Self::ShareBars
            | Self::ShareColumns => PLOT + 2 * line(LABEL_POINTS),
        };
        let title = if titled { line(TITLE_POINTS) } else { 0 };
        title + content + 2 * PADDING
    }
}

/// Height of a line of text in pixels.
const fn line(points: u32) -> u32 {
    (points * 25).div_ceil(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_heights_of_slicers_and_headings_are_those_of_microsofts_checker() {
        assert_eq!(Kind::Dropdown.least_height(false), 76);
        assert_eq!(Kind::TextBox.least_height(false), 45);
    }

    #[test]
    fn a_title_needs_room() {
        assert!(Kind::Table.least_height(true) > Kind::Table.least_height(false));
    }
}
