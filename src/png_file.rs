//! What the bytes of a PNG file are: its size, from the first of them, and its pixels. Pure.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, ImageResult, Limits};

/// Signature, length and type of the first chunk, which must be `IHDR`.
const START: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
/// What decoding one image may take; 1024 by 1024 pixels of 16 bits are 2 MB.
const DECODER_BYTES: u64 = 64 << 20;

/// Its pixels, all of which are decoded.
pub fn decode(content: &[u8]) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(content), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    reader.limits(limits);
    reader.decode()
}

/// Width and height in pixels; `None` when `content` does not begin like a PNG.
#[must_use]
pub fn size(content: &[u8]) -> Option<(u32, u32)> {
    let header = content.strip_prefix(START)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes)).filter(|&edge| edge > 0)
    };
    number(0).zip(number(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_and_nothing_else_is_taken_for_one() {
        let mut content = START.to_vec();
        content.extend([0, 0, 2, 0, 0, 0, 1, 128]);
        assert_eq!(size(&content), Some((512, 384)));
        assert_eq!(size(&content[..20]), None);
        assert_eq!(size(b"GIF89a"), None);
    }
}
