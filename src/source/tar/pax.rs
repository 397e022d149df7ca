//! Pax headers: `<length> <key>=<value>` records that say more about a member than its header can.

/// What pax records say about a member's name and bytes; all else they say is no part of a package.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// Its name.
    pub(super) path: Option<Vec<u8>>,
    /// Its size in bytes.
    pub(super) size: Option<u64>,
    /// It is a sparse file, whose bytes are not what is stored.
    pub(super) sparse: bool,
}

impl Pax {
    /// Reads all records; none if one is malformed or says again what another one said.
    pub(super) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let mut all = Self::default();
        while !bytes.is_empty() {
            let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
            let digits = &bytes[..space];
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
            let record = bytes.get(space + 1..length)?.strip_suffix(b"\n")?;
            bytes = &bytes[length..];
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let again = match key {
                b"path" => all.path.replace(value.to_vec()).is_some(),
                b"size" => all.size.replace(number(value)?).is_some(),
                _ => {
                    all.sparse |= key.starts_with(b"GNU.sparse.");
                    false
                }
            };
            if again {
                return None;
            }
        }
        Some(all)
    }

    /// True if a global header like this would change what members are called or hold.
    pub(super) fn shapes_members(&self) -> bool {
        *self != Self::default()
    }
}

fn number(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_by_their_lengths() {
        let pax = Pax::parse(b"14 path=a\nb/c\n9 size=7\n20 SCHILY.xattr.a=b\n").expect("well-formed");
        assert_eq!(pax, Pax { path: Some(b"a\nb/c".to_vec()), size: Some(7), sparse: false });
        assert!(Pax::parse(b"29 GNU.sparse.name=somewhere\n").is_some_and(|pax| pax.sparse));
        assert!(Pax::parse(b"18 comment=abcdef\n").is_some_and(|pax| !pax.shapes_members()));
    }

    #[test]
    fn malformed_and_repeated_records_are_refused() {
        for bytes in [
            &b"x"[..],
            b"9 size=7",
            b"99 size=7\n",
            b"3 \n\n",
            b"0 size=7\n",
            b"9 size=x\n",
            b"+9 size=7\n",
            b"9 size=7\n9 size=8\n",
            b"99999999999999999999 a=b\n",
            b"5 ab\n",
            b"2 ",
            b"1 =\n",
        ] {
            assert_eq!(Pax::parse(bytes), None, "{bytes:?}");
        }
    }
}
