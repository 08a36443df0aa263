//! A square 8-bit grayscale image, drawn in integers.

/// An ellipse with its axes upright, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ellipse {
    /// Centre.
    pub(super) x: i32,
    pub(super) y: i32,
    /// Half the width and half the height: the ellipse is `2 * rx + 1` wide.
    pub(super) rx: i32,
    pub(super) ry: i32,
}

impl Ellipse {
    /// An ellipse placed by hundredths of another's radii, from its centre.
    pub(super) fn within(self, x: i32, y: i32, rx: i32, ry: i32) -> Self {
        Self {
            x: self.x + self.rx * x / 100,
            y: self.y + self.ry * y / 100,
            rx: (self.rx * rx / 100).max(1),
            ry: (self.ry * ry / 100).max(1),
        }
    }

    /// The same about its centre, larger or smaller by hundredths.
    pub(super) fn scaled(self, percent: i32) -> Self {
        self.within(0, 0, percent, percent)
    }

    /// Its smallest box within a square of `size`: xmin, ymin, xmax, ymax, the last two exclusive.
    pub(super) fn bounds(self, size: i32) -> [i32; 4] {
        [
            (self.x - self.rx).clamp(0, size),
            (self.y - self.ry).clamp(0, size),
            (self.x + self.rx + 1).clamp(0, size),
            (self.y + self.ry + 1).clamp(0, size),
        ]
    }

    /// Half the width at `dy` from the centre.
    fn half_width(self, dy: i32) -> i32 {
        let [rx2, ry2, dy2] = [self.rx, self.ry, dy].map(|length| i64::from(length).pow(2));
        // The square root of integers is exact, so every machine draws the same edge.
        let half = (rx2 * (ry2 - dy2) / ry2).isqrt();
        i32::try_from(half).unwrap_or_default()
    }
}

/// The image while it is drawn.
pub(super) struct Canvas {
    size: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// Black, `size` wide and high.
    pub(super) fn new(size: u16) -> Self {
        Self {
            size: i32::from(size),
            pixels: vec![0; usize::from(size) * usize::from(size)],
        }
    }

    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The pixels of an ellipse in row `y`.
    fn span(&mut self, ellipse: Ellipse, y: i32) -> (i32, &mut [u8]) {
        let half = ellipse.half_width(y - ellipse.y);
        let start = (ellipse.x - half).clamp(0, self.size);
        let end = (ellipse.x + half + 1).clamp(start, self.size);
        let row = y * self.size;
        // Both are within the image, hence no number is lost.
        let at = |x: i32| usize::try_from(row + x).unwrap_or_default();
        (start, &mut self.pixels[at(start)..at(end)])
    }

    fn rows(&self, ellipse: Ellipse) -> std::ops::Range<i32> {
        let [_, top, _, bottom] = ellipse.bounds(self.size);
        top..bottom
    }

    pub(super) fn fill(&mut self, ellipse: Ellipse, grey: u8) {
        for y in self.rows(ellipse) {
            self.span(ellipse, y).1.fill(grey);
        }
    }

    /// Lightens the pixels of an ellipse that are darker than `below`: by `strength` in its middle
    /// and less to its edge, over the outer 1/`hardness` of its area.
    pub(super) fn lighten(&mut self, ellipse: Ellipse, below: u8, strength: i32, hardness: i32) {
        let (rx2, ry2) = (ellipse.rx * ellipse.rx, ellipse.ry * ellipse.ry);
        for y in self.rows(ellipse) {
            let dy = y - ellipse.y;
            let left = 1024 - 1024 * dy * dy / ry2;
            let (start, pixels) = self.span(ellipse, y);
            for (dx, pixel) in (start - ellipse.x..).zip(pixels) {
                if *pixel < below {
                    let inside = ((left - 1024 * dx * dx / rx2) * hardness).clamp(0, 1024);
                    *pixel = grey(i32::from(*pixel) + strength * inside / 1024);
                }
            }
        }
    }

    /// Adds a smooth pattern to an ellipse: up to `strength` steps lighter and darker. `lattice`
    /// gives a number from 0 to 255 for a point of a lattice with cells of 16 pixels.
    pub(super) fn texture(
        &mut self,
        ellipse: Ellipse,
        strength: i32,
        lattice: impl Fn(i32, i32) -> i32,
    ) {
        for y in self.rows(ellipse) {
            let (cell_y, in_y) = (y >> 4, y & 15);
            let at = |cell_x| {
                let (above, below) = (lattice(cell_x, cell_y), lattice(cell_x, cell_y + 1));
                above * (16 - in_y) + below * in_y
            };
            let (start, pixels) = self.span(ellipse, y);
            let (mut from, mut to) = (at(start >> 4), at((start >> 4) + 1));
            for (x, pixel) in (start..).zip(pixels) {
                if x % 16 == 0 && x > start {
                    from = to;
                    to = at((x >> 4) + 1);
                }
                let value = from * (16 - (x & 15)) + to * (x & 15);
                // Three grey levels a step: it looks the same and compresses better.
                let change = 3 * (((value >> 8) - 128) * strength / 128);
                *pixel = grey(i32::from(*pixel) + change);
            }
        }
    }
}

fn grey(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or_default()
}
