//! Where visuals stand: one grid for all pages, 16:9.

use super::kind::Kind;

/// Width of a page in pixels.
pub const WIDTH: u32 = 1280;
/// Height of a page in pixels.
pub const HEIGHT: u32 = 720;

const MARGIN: u32 = 16;
const GAP: u32 = 12;
const HEADING: u32 = 48;
const BAND: u32 = 80;
const COLUMNS: u32 = 12;
const COLUMN: u32 = 93;
const ROWS: u32 = 8;

// What stands in the heading and in the band is not clipped.
const _: () = assert!(HEADING >= Kind::TextBox.least_height(false));
const _: () = assert!(HEADING >= Kind::Button.least_height(false));
const _: () = assert!(BAND >= Kind::Dropdown.least_height(false));
const _: () = assert!(BAND >= Kind::Table.least_height(false));

/// A rectangle on a page, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From the left edge.
    pub x: u32,
    /// From the upper edge.
    pub y: u32,
    /// How wide it is.
    pub width: u32,
    /// How high it is.
    pub height: u32,
}

/// The heading: the upper edge, but for the last column.
#[must_use]
pub fn heading() -> Place {
    Place {
        width: span(COLUMN, COLUMNS - 1),
        ..above(HEADING, MARGIN / 2)
    }
}

/// Right of the heading.
#[must_use]
pub fn corner() -> Place {
    let left = MARGIN + span(COLUMN, COLUMNS - 1) + GAP;
    Place {
        x: left,
        width: COLUMN,
        ..heading()
    }
}

/// One of `of` equal parts of the band below the heading, counted from 0.
#[must_use]
pub fn band(part: u32, of: u32) -> Place {
    let width = (span(COLUMN, COLUMNS) - (of - 1) * GAP) / of;
    Place {
        x: MARGIN + part * (width + GAP),
        width,
        ..above(BAND, band_top())
    }
}

/// A cell of the twelve columns and eight rows below the band, from `column` and `row` so many wide and high.
#[must_use]
pub fn cell(column: u32, row: u32, columns: u32, rows: u32) -> Place {
    let top = band_top() + BAND + GAP;
    let unit = (HEIGHT - MARGIN - top - (ROWS - 1) * GAP) / ROWS;
    Place {
        x: MARGIN + column * (COLUMN + GAP),
        y: top + row * (unit + GAP),
        width: span(COLUMN, columns),
        height: span(unit, rows),
    }
}

fn band_top() -> u32 {
    MARGIN / 2 + HEADING + GAP / 2
}

fn above(height: u32, y: u32) -> Place {
    Place {
        x: MARGIN,
        y,
        width: span(COLUMN, COLUMNS),
        height,
    }
}

/// So many units and the gaps between them.
fn span(unit: u32, count: u32) -> u32 {
    unit * count + GAP * (count - 1)
}

impl Place {
    /// Whether a point is in both.
    #[cfg(test)]
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_fills_the_page_between_its_margins() {
        let last = cell(11, 7, 1, 1);
        assert_eq!(last.x + last.width, WIDTH - MARGIN);
        assert!((HEIGHT - MARGIN - 8..=HEIGHT - MARGIN).contains(&(last.y + last.height)));
        let end = band(4, 5);
        assert_eq!(end.x + end.width, WIDTH - MARGIN);
        assert!(!heading().overlaps(corner()) && !heading().overlaps(band(0, 1)));
        assert!(!band(0, 1).overlaps(cell(0, 0, 12, 1)));
    }
}
