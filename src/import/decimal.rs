//! Decimal times to nanoseconds, exactly.

/// What a decimal text is in units of `10^-digits`, and whether that is exact (else it is rounded down).
///
/// `None` for what is no decimal number, and for what 64 bits do not hold.
pub(super) fn scaled(text: &str, digits: i32) -> Option<(i64, bool)> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (negative, whole) = whole.strip_prefix('-').map_or((false, whole), |whole| (true, whole));
    let all: String = [whole, fraction].concat();
    if all.is_empty() || all.len() > 60 || !all.bytes().all(|c| c.is_ascii_digit()) || exponent.unsigned_abs() > 60 {
        return None;
    }
    // The point stands behind so many of the digits.
    let point = whole.len() as i32 + exponent + digits;
    let kept = usize::try_from(point).unwrap_or(0);
    let (head, rest) = all.split_at(kept.min(all.len()));
    let is_exact = rest.bytes().all(|c| c == b'0');
    let mut value: i128 = if head.is_empty() { 0 } else { head.parse().ok()? };
    for _ in all.len()..kept {
        value = value.checked_mul(10)?;
    }
    let value = if negative { -value - i128::from(!is_exact) } else { value };
    Some((i64::try_from(value).ok()?, is_exact))
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn decimals_are_scaled_without_a_float() {
        for (text, digits, wanted) in [
            ("1592947473994", 6, Some((1_592_947_473_994_000_000, true))),
            ("4203669603187.439", 3, Some((4_203_669_603_187_439, true))),
            ("607312.0", 3, Some((607_312_000, true))),
            ("0.0005", 3, Some((0, false))),
            ("159778.9", 6, Some((159_778_900_000, true))),
            ("1.5e3", 0, Some((1500, true))),
            ("15e-1", 0, Some((1, false))),
            ("-0.5", 0, Some((-1, false))),
            ("0.0", 9, Some((0, true))),
            ("9223372036854775808", 0, None),
            ("1e59", 0, None),
            ("", 0, None),
            ("1.2.3", 0, None),
            ("x", 0, None),
        ] {
            assert_eq!(scaled(text, digits), wanted, "{text}");
        }
    }
}
