//! Sizes as users write them, and as git reads them.

/// A number of bytes, or of units of 1024, its square or its cube.
pub(super) fn bytes<T: TryFrom<u64>>(text: &str) -> Result<T, &'static str> {
    let lower = text.to_ascii_lowercase();
    let units = [("k", 10), ("m", 20), ("g", 30)].into_iter();
    let (digits, shift) =
        { units }.find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, shift))).unwrap_or((&lower, 0));
    let count = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(1 << shift));
    count.and_then(|count| T::try_from(count).ok()).ok_or("a size is a number of bytes, or one with k, m or g")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_unit_at_most() {
        let sizes = [("0", 0), ("17", 17), ("2k", 2048), ("2K", 2048), ("3M", 3 << 20), ("1g", 1 << 30)];
        sizes.into_iter().for_each(|(text, size)| assert_eq!(bytes(text), Ok(size), "{text}"));
        for text in ["", "k", "1kk", "1t", "-1", "1.5m", "18014398509481984k", "18446744073709551616"] {
            assert!(bytes::<u64>(text).is_err(), "{text}");
        }
        assert!(bytes::<u8>("256").is_err());
    }
}
