//! Names of runs with `*`, `?` and `**`.

use batool::archive::{Archive, Base, Lookup, RunEntry};
use batool::error::{Error, Result};

/// The runs of a state that a name or a pattern stands for, at least one.
pub(crate) fn runs_of(archive: &Archive, base: &Base, lookup: &mut Lookup<'_>, name: &str) -> Result<Vec<RunEntry>> {
    if !is_glob(name) {
        return Ok(vec![lookup.run(name)?]);
    }
    let runs = archive.runs_like(base, |other| matches(name, other))?;
    if runs.is_empty() {
        return Err(Error::new(format!("there is no run like {name} at {}", base.commit))
            .hint("`batool archive list` shows all runs"));
    }
    Ok(runs)
}

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
