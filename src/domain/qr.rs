//! QR codes in half blocks, for a phone's camera: no terminal graphics needed.

use qrcode::{Color, EcLevel, QrCode};

/// The blank border that readers need, in modules (ISO/IEC 18004 asks for four; two are enough on
/// the dark ground of a terminal, and the screen is small).
const QUIET: usize = 2;

/// The lines of a QR code, two modules a character, light on dark so that any theme scans; `None`
/// when the text is too long for one.
#[must_use]
pub(crate) fn half_blocks(text: &str) -> Option<String> {
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
            // The side is odd: the row below the last one is of the border, too.
            out.push(match (light(x, y), light(x, y + 1)) {
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
        for border in [&lines[0], &lines[lines.len() - 1]] {
            assert!(border.iter().all(|c| *c == '█'), "a blank border");
        }
        // Seven dark modules of the finder's top edge, light below inside the ring.
        assert_eq!(lines[1][2..9].iter().collect::<String>(), " ▄▄▄▄▄ ");
    }

    /// Renders the code as a camera sees it: eight pixels per module on the terminal's dark background.
    #[test]
    fn a_reader_reads_it() {
        for text in [
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
            "https://d-1234567890.awsapps.com/start/#/device?user_code=BCDF-GHJK",
            "http://127.0.0.1:8/",
        ] {
            let picture = half_blocks(text).unwrap();
            let rows: Vec<Vec<bool>> = picture
                .lines()
                .flat_map(|line| {
                    let upper = line.chars().map(|c| "█▀".contains(c)).collect();
                    let lower = line.chars().map(|c| "█▄".contains(c)).collect();
                    [upper, lower]
                })
                .collect();
            let (scale, margin) = (8, 4);
            let side = (rows.len() + 2 * margin) * scale;
            let light = |x: usize, y: usize| {
                let at = |pixel: usize| (pixel / scale).checked_sub(margin);
                at(y)
                    .and_then(|y| rows.get(y))
                    .zip(at(x))
                    .and_then(|(row, x)| row.get(x).copied())
                    .unwrap_or(false)
            };
            let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
                if light(x, y) { 255 } else { 0 }
            });
            let grids = image.detect_grids();
            assert_eq!(grids.len(), 1, "{text}");
            assert_eq!(grids[0].decode().unwrap().1, text);
        }
    }

    #[test]
    fn too_long_is_none() {
        assert_eq!(half_blocks(&"x".repeat(4_000)), None);
    }
}
