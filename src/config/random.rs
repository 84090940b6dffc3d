//! Random numbers of the operating system.

/// Fills a buffer with random bytes, for secrets too.
///
/// # Panics
/// The operating system has none, which it has from its start on.
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has random bytes");
}

/// A random number from 0 to 1.
#[must_use]
pub(crate) fn ratio() -> f64 {
    let mut bytes = [0; 4];
    fill(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}

/// Random ASCII characters of an alphabet.
#[must_use]
pub(crate) fn text(alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0; length];
    fill(&mut bytes);
    let letters = bytes.iter();
    letters
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_their_range_and_differ() {
        let numbers: Vec<f64> = (0..20).map(|_| ratio()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        assert!(numbers.iter().any(|number| *number > numbers[0]) || numbers[0] > numbers[1]);
        let text = text(b"ab", 64);
        assert!(text.contains('a') && text.contains('b') && text.len() == 64);
    }
}
