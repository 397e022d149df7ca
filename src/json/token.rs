//! Strings and numbers, byte by byte.

use super::canonical::python_float;
use super::digits::{digits_end, is_odd};
use super::scan::{FaultKind, Pass, Step};
use super::value::Kind;

impl Pass<'_, '_> {
    /// Reads a string token; the node spans what stands between the quotes.
    pub(super) fn string(&mut self) -> Step<usize> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = plain_run(self.text, at);
            match self.text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at = at;
                    self.escape()?;
                    at = self.at;
                }
                Some(_) => {
                    self.at = at;
                    return Err(self.unexpected("no raw control character in a string"));
                }
                None => {
                    self.at = at;
                    return Err(self.unexpected("`\"`"));
                }
            }
        }
        self.at = at + 1;
        let node = self.push(Kind::String, start, at);
        self.scanner.nodes[node].escaped = escaped;
        Ok(node)
    }

    /// Reads one escape (or a surrogate pair of them) at a backslash.
    fn escape(&mut self) -> Step {
        let offset = self.at;
        match self.text.get(offset + 1) {
            Some(b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'/') => {
                self.deviate(offset, "an escape that is not needed");
                self.at += 2;
            }
            Some(b'u') => {
                let unit = self.hex_unit(offset + 2)?;
                self.at = offset + 6;
                match unit {
                    0xd800..=0xdbff => {
                        let low = (self.text[self.at..].starts_with(b"\\u"))
                            .then(|| self.hex_unit(self.at + 2))
                            .transpose()?;
                        if !matches!(low, Some(0xdc00..=0xdfff)) {
                            self.at = offset;
                            return Err(self.fault(FaultKind::Surrogate, &format!("a lone surrogate \\u{unit:04x}")));
                        }
                        self.at += 6;
                    }
                    0xdc00..=0xdfff => {
                        self.at = offset;
                        return Err(self.fault(FaultKind::Surrogate, &format!("a lone surrogate \\u{unit:04x}")));
                    }
                    _ => {}
                }
                let short = matches!(unit, 0x08 | 0x09 | 0x0a | 0x0c | 0x0d);
                let upper = self.text[offset..self.at].iter().any(u8::is_ascii_uppercase);
                if unit >= 0x20 || short || upper {
                    self.deviate(offset, "an escape that is not needed or not in its short form");
                }
            }
            _ => {
                self.at = (offset + 1).min(self.text.len());
                return Err(self.unexpected("an escape"));
            }
        }
        Ok(())
    }

    fn hex_unit(&mut self, at: usize) -> Step<u32> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit =
            digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|d| u32::from_str_radix(d, 16).ok());
        unit.ok_or_else(|| self.fault(FaultKind::Syntax, "an escape without four hex digits"))
    }

    pub(super) fn number(&mut self) -> Step {
        let start = self.at;
        let mut at = start + usize::from(self.text[start] == b'-');
        match self.text.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = digits_end(self.text, at),
            _ => {
                self.at = at;
                return Err(self.unexpected("a digit"));
            }
        }
        let mut kind = Kind::Integer;
        if self.text.get(at) == Some(&b'.') {
            kind = Kind::Float;
            at = self.some_digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.text.get(at) {
            kind = Kind::Float;
            at += 1;
            at += usize::from(matches!(self.text.get(at), Some(b'+' | b'-')));
            at = self.some_digits(at)?;
        }
        self.at = at;
        self.push(kind, start, at);
        let token = &self.text[start..at];
        self.scanner.has_odd_numbers |= kind == Kind::Float || is_odd(token);
        match kind {
            Kind::Integer if token == b"-0" => self.deviate(start, "minus zero as an integer"),
            Kind::Float if python_float(token).as_deref() != std::str::from_utf8(token).ok() => {
                self.deviate(start, "a number that is not in its shortest form");
            }
            _ => {}
        }
        Ok(())
    }

    fn some_digits(&mut self, at: usize) -> Step<usize> {
        let end = digits_end(self.text, at);
        if end == at {
            self.at = at;
            return Err(self.unexpected("a digit"));
        }
        Ok(end)
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that is a quote, a backslash or a control character; right up to the first of them.
#[inline]
fn special(word: u64) -> u64 {
    let zero_bytes = |w: u64| w.wrapping_sub(ONES) & !w & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    control | zero_bytes(word ^ (ONES * u64::from(b'"'))) | zero_bytes(word ^ (ONES * u64::from(b'\\')))
}

/// The first byte from `at` on that is a quote, a backslash or a control character; eight bytes a step.
#[inline]
pub(super) fn plain_run(text: &[u8], at: usize) -> usize {
    run(text, at, special, |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
}

/// As the run of a string without escapes, and ended by bytes that are not ASCII as well.
#[inline]
pub(crate) fn ascii_run(text: &[u8], at: usize) -> usize {
    let ends = |byte| matches!(byte, b'"' | b'\\' | 0..=0x1f | 0x80..);
    run(text, at, |word| special(word) | word & HIGH, ends)
}

#[inline]
fn run(text: &[u8], mut at: usize, found: impl Fn(u64) -> u64, ends: impl Fn(u8) -> bool) -> usize {
    while let Some(chunk) = text.get(at..at + 8) {
        let found = found(u64::from_le_bytes(chunk.try_into().expect("eight bytes were taken")));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while text.get(at).is_some_and(|byte| !ends(*byte)) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{ascii_run, plain_run};

    #[test]
    fn long_runs_end_at_the_right_byte() {
        for n in 0..40 {
            let text = format!("{}\"", "é".repeat(n));
            assert_eq!(plain_run(text.as_bytes(), 0), 2 * n);
            for end in ["\u{1f}", "\"x", "\\\"", ""] {
                let text = format!("{}{end}", "~".repeat(n));
                assert_eq!((plain_run(text.as_bytes(), 0), ascii_run(text.as_bytes(), 0)), (n, n), "{text}");
            }
            let text = format!("{}é\"", "~".repeat(n));
            assert_eq!((plain_run(text.as_bytes(), 0), ascii_run(text.as_bytes(), 0)), (n + 2, n), "{text}");
        }
    }
}
