//! Names of runs with `*`, `?` and `**`.

/// True if a name holds a pattern. No run's name does.
pub(crate) fn is_glob(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Matches a name component by component.
pub(crate) fn matches(glob: &str, name: &str) -> bool {
    fn components(glob: &[&str], name: &[&str]) -> bool {
        match (glob.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => (0..=name.len()).any(|skip| components(rest, &name[skip..])),
            (Some((first, rest)), Some((own, others))) => {
                component(first.as_bytes(), own.as_bytes()) && components(rest, others)
            }
            _ => false,
        }
    }
    fn component(glob: &[u8], name: &[u8]) -> bool {
        match (glob.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => (0..=name.len()).any(|skip| component(rest, &name[skip..])),
            (Some((b'?', rest)), Some((_, others))) => component(rest, others),
            (Some((one, rest)), Some((other, others))) => one == other && component(rest, others),
            _ => false,
        }
    }
    components(&glob.split('/').collect::<Vec<_>>(), &name.split('/').collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_by_component() {
        assert!(matches("nightly/*", "nightly/run-7"));
        assert!(!matches("nightly/*", "nightly/a/run-7"));
        assert!(matches("nightly/**", "nightly/a/run-7"));
        assert!(matches("**/run-?", "nightly/a/run-7"));
        assert!(!matches("run", "run-7"));
    }
}
