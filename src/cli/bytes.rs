//! Sizes as users write them.

/// A number of bytes, or of units of 1024, its square or its cube.
pub(super) fn bytes(text: &str) -> Result<usize, &'static str> {
    let units = [('K', 10), ('M', 20), ('G', 30)];
    let (digits, shift) = match units.into_iter().find(|(unit, _)| text.ends_with(*unit)) {
        Some((unit, shift)) => (text.trim_end_matches(unit), shift),
        None => (text, 0),
    };
    let count: Option<usize> = digits.parse().ok();
    count.and_then(|count| count.checked_mul(1 << shift)).ok_or("a size is a number of bytes, or one with K, M or G")
}
