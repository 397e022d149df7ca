//! Runs of decimal digits, eight at a time.

const LOW_NIBBLES: u64 = 0x0f0f_0f0f_0f0f_0f0f;
const HIGH_NIBBLES: u64 = !LOW_NIBBLES;
const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// Most digits that fit into 64 bits without a sign, whatever they are.
const MOST_DIGITS: usize = 19;

/// How many digits eight bytes begin with.
#[inline]
fn leading(word: u64) -> usize {
    // A digit's high nibble is that of `0`, and still is when six is added; a carry only reaches later bytes.
    let six_more = word.wrapping_add(LOW_NIBBLES / 15 * 6);
    let odd = ((word & HIGH_NIBBLES) ^ ZEROS) | ((six_more & HIGH_NIBBLES) ^ ZEROS);
    odd.trailing_zeros() as usize / 8
}

/// The first byte from `at` on that is no digit.
#[inline]
pub(super) fn digits_end(text: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = text.get(at..at + 8) {
        let count = leading(u64::from_le_bytes(chunk.try_into().expect("eight bytes were taken")));
        if count < 8 {
            return at + count;
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
    if digits.len() > MOST_DIGITS {
        return None;
    }
    let (chunks, rest) = digits.as_chunks::<8>();
    let sum = chunks.iter().fold(0, |sum, chunk| sum * TENS[8] + eight(u64::from_le_bytes(*chunk)));
    let sum = rest.iter().fold(sum, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    if is_negative { 0_i64.checked_sub_unsigned(sum) } else { sum.try_into().ok() }
}

/// The integer without a sign that stands at `begin`, if it fits and has no zero in front, and the first byte behind it.
#[inline]
pub(crate) fn unsigned(text: &[u8], begin: usize) -> Option<(i64, usize)> {
    let (mut sum, mut at) = (0_u64, begin);
    loop {
        let Some(chunk) = text.get(at..at + 8) else {
            while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
                sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
                at += 1;
            }
            break;
        };
        let word = u64::from_le_bytes(chunk.try_into().expect("eight bytes were taken"));
        let count = leading(word);
        if count > 0 {
            // Behind nothing: what is no digit goes, and noughts come in front.
            sum = sum.wrapping_mul(TENS[count]).wrapping_add(eight(word << (64 - 8 * count)));
        }
        at += count;
        if count < 8 {
            break;
        }
    }
    let is_plain = match at - begin {
        0 => false,
        1 => true,
        digits => digits <= MOST_DIGITS && text[begin] != b'0',
    };
    if is_plain { Some((sum.try_into().ok()?, at)) } else { None }
}

/// True for an integer that is minus zero or might not fit.
pub(super) fn is_odd(token: &[u8]) -> bool {
    token.len() > MOST_DIGITS || (token.len() == MOST_DIGITS && token[0] == b'9') || token == b"-0"
}

/// Powers of ten.
const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Neighbours join to numbers of two, four and eight digits, all of a width in one multiplication.
fn eight(digits: u64) -> u64 {
    let ones = digits & LOW_NIBBLES;
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
    fn integers_are_read_where_they_stand() {
        let digits = "12345678901234567890123";
        for count in 1..digits.len() {
            for rest in ["", ",", "}", ".5", "e1", "    \u{e9}    "] {
                let text = format!("{}{rest}", &digits[..count]);
                let wanted = digits[..count].parse().ok().map(|value| (value, count));
                assert_eq!(unsigned(text.as_bytes(), 0), wanted, "{text}");
                assert_eq!(unsigned(format!("-{text}").as_bytes(), 1), wanted.map(|(value, end)| (value, end + 1)));
            }
        }
        for (text, wanted) in [("0,", Some((0, 1))), ("9223372036854775807", Some((i64::MAX, 19)))] {
            assert_eq!(unsigned(text.as_bytes(), 0), wanted);
        }
        for text in ["", "x", "00", "01", "-1", "9223372036854775808", "00000000000000000001"] {
            assert_eq!(unsigned(text.as_bytes(), 0), None, "{text}");
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
