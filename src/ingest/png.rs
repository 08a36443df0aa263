//! The size of an image, from the first bytes of its file.

/// Signature, length and type of the first chunk, which must be `IHDR`.
const START: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";

/// Width and height in pixels; `None` when `content` does not begin like a PNG.
pub(super) fn size(content: &[u8]) -> Option<(u32, u32)> {
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
