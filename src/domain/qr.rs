//! QR codes in half blocks, for a phone's camera: no terminal graphics needed.

use qrcode::{Color, EcLevel, QrCode};

/// The blank border that readers need, in modules (ISO/IEC 18004 asks for four; two are enough on
/// the dark ground of a terminal, and the screen is small).
const QUIET: usize = 2;

/// The lines of a QR code, two modules a character, light on dark so that any theme scans; `None`
/// when the text is too long for one.
#[must_use]
pub fn half_blocks(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let light = |x: usize, y: usize| {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else {
            return true;
        };
        x >= width || y >= width || code[(x, y)] == Color::Light
    };
    let mut out = String::new();
    for y in (0..side).step_by(2) {
        for x in 0..side {
            out.push(match (light(x, y), y + 1 < side && light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        out.push('\n');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finder_pattern_is_where_readers_look_for_it() {
        let text = half_blocks("https://example.com").unwrap();
        let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
        assert!(lines[0].iter().all(|c| *c == '█'), "a blank border");
        // Seven dark modules of the finder's top edge, light below inside the ring.
        assert_eq!(lines[1][2..9].iter().collect::<String>(), " ▄▄▄▄▄ ");
    }

    #[test]
    fn too_long_is_none() {
        assert_eq!(half_blocks(&"x".repeat(4_000)), None);
    }
}
