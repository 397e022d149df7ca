//! Which rules certificates may have been made by.

/// Digests of the rule tables of versions that were released before this one. There are none yet.
#[cfg(not(test))]
const RELEASED: &[&str] = &[];
/// In tests there was one.
#[cfg(test)]
pub(super) const RELEASED: &[&str] = &["5e1ea5ed5e1ea5ed5e1ea5ed5e1ea5ed5e1ea5ed5e1ea5ed5e1ea5ed5e1ea5ed"];

/// True for the rules of an older version.
pub(super) fn is_released(rules: &str) -> bool {
    RELEASED.contains(&rules)
}
