//! Runs of decimal digits, eight at a time.

const LOW_NIBBLES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
const HIGH_NIBBLES: u64 = !LOW_NIBBLES;
const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// The first byte from `at` on that is no digit.
#[inline]
pub(super) fn digits_end(text: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes were taken"));
        // A digit's high nibble is that of `0`, and still is when six is added; a carry only reaches later bytes.
        let six_more = word.wrapping_add(LOW_NIBBLES / 15 * 6);
        let odd = ((word & HIGH_NIBBLES) ^ ZEROS) | ((six_more & HIGH_NIBBLES) ^ ZEROS);
        if odd != 0 {
            return at + odd.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    at
}

/// The integer that a token of digits stands for, if it fits.
pub(crate) fn integer(token: &[u8]) -> Option<i64> {
    let (is_negative, digits) = token.strip_prefix(b"-").map_or((false, token), |digits| (true, digits));
    // So many digits fit into 64 bits without a sign, whatever they are.
    if digits.len() > 19 {
        return None;
    }
    let (chunks, rest) = digits.as_chunks::<8>();
    let sum = chunks.iter().fold(0, |sum, chunk| sum * 100_000_000 + eight(*chunk));
    let sum = rest.iter().fold(sum, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    if is_negative { 0_i64.checked_sub_unsigned(sum) } else { sum.try_into().ok() }
}

/// True for an integer that is minus zero or might not fit.
pub(super) fn is_odd(token: &[u8]) -> bool {
    token.len() > 19 || (token.len() == 19 && token[0] == b'9') || token == b"-0"
}

/// Neighbours join to numbers of two, four and eight digits, all of a width in one multiplication.
fn eight(digits: [u8; 8]) -> u64 {
    let ones = u64::from_le_bytes(digits) & LOW_NIBBLES;
    let pairs = (ones.wrapping_mul((10 << 8) + 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul((100 << 16) + 1) >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul((10_000 << 32) + 1) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_or_nothing() {
        for value in [0, 1, -1, 12_345_678, -1_234_567_890_123_456, 7_000_000_000_000_000_000, i64::MAX, i64::MIN] {
            assert_eq!(integer(value.to_string().as_bytes()), Some(value));
        }
        for token in ["9223372036854775808", "-9223372036854775809", "9999999999999999999", "10000000000000000000"] {
            assert_eq!(integer(token.as_bytes()), None, "{token}");
        }
        let mut value = 1_u64;
        for _ in 0..2000 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let signed = (value as i64) >> (value % 64);
            assert_eq!(integer(signed.to_string().as_bytes()), Some(signed));
        }
    }

    #[test]
    fn a_run_ends_at_the_first_byte_that_is_no_digit() {
        for before in 0..20 {
            for byte in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = b"90123456789012345678"[..before].to_vec();
                text.push(byte);
                text.extend_from_slice(b"1234\xff\xfa678901");
                assert_eq!(digits_end(&text, 0), before, "{byte:#x}");
            }
        }
        assert_eq!((digits_end(b"", 0), digits_end(b"123", 1), digits_end(b"12345678", 0)), (0, 3, 8));
    }
}
