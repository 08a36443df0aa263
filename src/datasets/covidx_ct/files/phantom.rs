//! A cartoon of an axial chest CT slice.
//!
//! Drawn in integers and compressed by a fixed algorithm, so that a phantom is the same file on
//! every machine. It resembles a slice enough to tell the classes apart at a glance, and has
//! nothing of a real patient.

mod canvas;

use super::{Class, dice};
use canvas::{Canvas, Ellipse};

/// Where ribs cross the slice, in hundredths of the body's radii; the other side mirrors them.
const RIBS: [(i32, i32); 6] = [
    (30, -82),
    (57, -66),
    (77, -40),
    (85, -6),
    (79, 32),
    (56, 64),
];

/// Where ground glass begins, in hundredths of a lung's radii, outwards and down; right and left in
/// turn.
const CHEST_WALL: [(i32, i32); 7] = [
    (60, 40),
    (62, 45),
    (70, -20),
    (15, 70),
    (20, 72),
    (66, -15),
    (40, -55),
];

/// Vessels in the lungs.
const VESSEL: u8 = 96;

/// Lungs with their vessels are darker than this, all else in the body is lighter.
const LUNG: u8 = 110;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phantom {
    /// Width and height of the image in pixels; 64 to 1,024.
    pub size: u16,
    /// What is seen in the lungs.
    pub class: Class,
    /// How far down the chest, in 1/255: 0 is above the lungs, 255 below.
    pub depth: u8,
    /// The patient's build, and where the lesions are.
    pub seed: u64,
}

impl Phantom {
    /// The box of the body in pixels: xmin, ymin, xmax, ymax, the last two exclusive.
    #[must_use]
    pub fn body_box(&self) -> [i32; 4] {
        self.body().bounds(i32::from(self.size))
    }

    /// The slice as an 8-bit grayscale PNG, about 10 kB for 256 × 256 pixels.
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let side = u32::from(self.size);
        let mut encoder = png::Encoder::new(&mut bytes, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        // The one level whose output does not depend on which deflate library is linked.
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.draw())?;
        writer.finish()?;
        Ok(bytes)
    }

    /// The pixels, row by row from the top.
    fn draw(&self) -> Vec<u8> {
        let mut canvas = Canvas::new(self.size);
        let body = self.body();
        // The couch.
        canvas.fill(body.within(0, 112, 90, 12), 36);
        canvas.fill(body.within(0, 106, 92, 12), 0);
        // Skin and fat, muscle.
        canvas.fill(body, 150);
        canvas.fill(body.scaled(98), 96);
        canvas.fill(body.within(0, 1, 90, 88), 142);
        for (x, y) in RIBS {
            canvas.fill(body.within(x, y, 4, 6), 218);
            canvas.fill(body.within(-x, y, 4, 6), 218);
        }
        for lung in self.lungs() {
            canvas.fill(lung, 24);
            self.vessels(&mut canvas, lung);
        }
        self.mediastinum(&mut canvas, body);
        self.lesions(&mut canvas);
        canvas.texture(body, 5, |x, y| {
            let point = u64::from(x.unsigned_abs()) << 32 | u64::from(y.unsigned_abs());
            self.random(point ^ 0x7e57, 256)
        });
        canvas.into_pixels()
    }

    fn body(&self) -> Ellipse {
        let size = i32::from(self.size);
        Ellipse {
            x: size / 2,
            y: size * (50 + self.random(1, 5)) / 100,
            // The widest are cut by the frame, as in the releases.
            rx: (size * (41 + self.random(2, 11)) / 100).max(1),
            ry: (size * (29 + self.random(3, 6)) / 100).max(1),
        }
    }

    /// The right and the left lung; on the left of the image is the patient's right.
    fn lungs(&self) -> [Ellipse; 2] {
        let from_middle = (i32::from(self.depth) - 128).abs();
        let percent = 100 - from_middle * from_middle / 260;
        let body = self.body();
        [
            body.within(-44, 2, 36, 68).scaled(percent),
            body.within(45, 3, 34, 66).scaled(percent),
        ]
    }

    fn vessels(&self, canvas: &mut Canvas, lung: Ellipse) {
        for nth in 0..14 {
            let key = 100 + 40 * u64::from(self.depth) + nth;
            let (x, y) = (self.random(key, 120) - 60, self.random(!key, 120) - 60);
            let radius = 2 + self.random(key << 16, 4);
            let side = lung.rx.min(lung.ry);
            let vessel = Ellipse {
                rx: (side * radius / 100).max(1),
                ry: (side * radius / 100).max(1),
                ..lung.within(x, y, 1, 1)
            };
            canvas.fill(vessel, VESSEL);
        }
    }

    fn mediastinum(&self, canvas: &mut Canvas, body: Ellipse) {
        let depth = i32::from(self.depth);
        // What lies between the lungs is wide where the heart is.
        let heart = (depth - 60).clamp(0, 100);
        canvas.fill(body.within(0, -2, 13, 72), 146);
        canvas.fill(
            body.within(2 + heart / 9, -18, 16 + heart / 6, 22 + heart / 5),
            168,
        );
        if depth < 128 {
            // The windpipe, and where it has divided, its two branches.
            let apart = (depth - 70).max(0) / 5;
            canvas.fill(body.within(-apart, 18, 4, 6), 12);
            canvas.fill(body.within(apart, 18, 4, 6), 12);
        }
        canvas.fill(body.within(12, 40, 7, 11), 186);
        // Sternum, vertebra, spinal canal, the processes behind it.
        canvas.fill(body.within(0, -84, 10, 5), 214);
        canvas.fill(body.within(-15, 74, 9, 5), 214);
        canvas.fill(body.within(15, 74, 9, 5), 214);
        canvas.fill(body.within(0, 84, 3, 11), 214);
        canvas.fill(body.within(0, 56, 12, 17), 226);
        canvas.fill(body.within(0, 56, 9, 13), 206);
        canvas.fill(body.within(0, 74, 6, 7), 138);
    }

    fn lesions(&self, canvas: &mut Canvas) {
        let lungs = self.lungs();
        match self.class {
            Class::Normal => {}
            // One dense patch; it spares the vessels, as it may spare the airways.
            Class::Pneumonia => {
                let side = lungs[usize::from(self.random(20, 2) == 1)];
                let patch = side.within(
                    self.random(21, 50) - 25,
                    15 + self.random(22, 40),
                    46 + self.random(23, 14),
                    34 + self.random(24, 14),
                );
                canvas.lighten(patch, VESSEL, 112, 2);
            }
            // Ground glass: soft, several, on both sides, near the chest wall.
            Class::Covid19 => {
                for (nth, (outwards, y)) in (0..).zip(CHEST_WALL) {
                    let right = nth % 2 == 0;
                    let patch = lungs[usize::from(!right)].within(
                        if right { -outwards } else { outwards } + self.random(30 + nth, 24) - 12,
                        y + self.random(40 + nth, 30) - 15,
                        34 + self.random(50 + nth, 26),
                        22 + self.random(60 + nth, 18),
                    );
                    canvas.lighten(patch, LUNG, 66, 1);
                }
            }
        }
    }

    /// A number from 0 to `below` − 1, the same for the same patient and key.
    fn random(&self, key: u64, below: u64) -> i32 {
        let mixed = dice::mix(self.seed ^ dice::mix(key));
        i32::try_from(mixed % below).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn phantom(class: Class, seed: u64) -> Phantom {
        Phantom {
            size: 256,
            class,
            depth: 120,
            seed,
        }
    }

    #[test]
    fn the_box_is_what_the_body_fills() {
        for seed in 0..40 {
            let phantom = phantom(Class::Normal, seed);
            let [xmin, ymin, xmax, ymax] = phantom.body_box();
            assert!(0 <= xmin && xmin < xmax && xmax <= 256);
            assert!(0 <= ymin && ymin < ymax && ymax <= 256);
            let mut seen = [i32::MAX, i32::MAX, 0, 0];
            for (y, row) in (0..).zip(phantom.draw().chunks(256)) {
                for (x, _) in (0..).zip(row).filter(|&(_, &grey)| grey > 70) {
                    seen = [
                        seen[0].min(x),
                        seen[1].min(y),
                        seen[2].max(x + 1),
                        seen[3].max(y + 1),
                    ];
                }
            }
            assert_eq!(seen, phantom.body_box());
        }
    }

    #[test]
    fn lesions_are_brighter_than_lungs() {
        let lung_pixels = |class| {
            let pixels = phantom(class, 7).draw();
            pixels
                .iter()
                .filter(|&&grey| (1..50).contains(&grey))
                .count()
        };
        assert!(lung_pixels(Class::Pneumonia) < lung_pixels(Class::Normal));
        assert!(lung_pixels(Class::Covid19) < lung_pixels(Class::Pneumonia));
    }

    #[test]
    fn it_is_a_small_grayscale_png_of_any_size() {
        for size in [64, 256, 315, 512, 1024] {
            let phantom = Phantom {
                size,
                ..phantom(Class::Covid19, 3)
            };
            let bytes = phantom.png().unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info();
            let reader = reader.unwrap();
            let info = reader.info();
            assert_eq!((info.width, info.height), (size.into(), size.into()));
            assert_eq!(
                (info.color_type, info.bit_depth),
                (png::ColorType::Grayscale, png::BitDepth::Eight)
            );
            assert!(bytes.len() < 500 + usize::from(size) * usize::from(size) / 4);
        }
    }
}
