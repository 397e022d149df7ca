//! A server's floor: a policy in its own git configuration, below which no pushed commit can lower anything.
//!
//! Only the repository's own configuration counts. What a user or an environment sets besides may come from whoever pushes.

use crate::archive::policy::{Accept, Policy, ProfileName};
use crate::error::{Doing, Error, Result};
use crate::events::DEFAULT_SKEW_NS;
use crate::git::Repo;

/// How a value is written in `batool.toml`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Word,
    Plain,
    List,
}

/// A value that is not set, where the policy need not have one.
const NONE: &str = "none";

/// Every member: its name in git's configuration, its name in `batool.toml`, and its form there.
const MEMBERS: [(&str, &str, Form); 10] = [
    ("accept", "accept", Form::Word),
    ("strict", "strict", Form::Plain),
    ("profile", "profile", Form::Word),
    ("skewToleranceNs", "skew_tolerance_ns", Form::Plain),
    ("dialects", "dialects", Form::List),
    ("kinds", "kinds", Form::List),
    ("requireClaims", "require_claims", Form::List),
    ("maxPackageBytes", "max_package_bytes", Form::Plain),
    ("maxRowBytes", "max_row_bytes", Form::Plain),
    ("logKey", "log_key", Form::Word),
];

/// The floor of this server; nothing if it has none.
///
/// # Errors
/// When a member is missing, unknown or malformed: a floor that cannot be read must not pass for none.
pub(super) fn read(repo: &Repo) -> Result<Option<Policy>> {
    let settings = repo.own_settings("batool", Some("policy"));
    if settings.is_empty() {
        return Ok(None);
    }
    let parsed = (|| {
        let is_known = |name: &str| MEMBERS.iter().any(|(member, ..)| member.eq_ignore_ascii_case(name));
        if let Some((name, _)) = settings.iter().find(|(name, _)| !is_known(name)) {
            return Err(Error::new(format!("batool.policy.{name} is unknown")));
        }
        let mut text = String::new();
        for (name, member, form) in MEMBERS {
            let value = settings.iter().rev().find(|(other, _)| other.eq_ignore_ascii_case(name));
            let (_, value) = value.ok_or_else(|| Error::new(format!("batool.policy.{name} is not set")))?;
            let value = value.trim();
            let value = match form {
                _ if value == NONE => continue,
                Form::Word => format!("{value:?}"),
                Form::Plain => value.to_owned(),
                Form::List => {
                    format!("{:?}", value.split(',').map(str::trim).filter(|it| !it.is_empty()).collect::<Vec<_>>())
                }
            };
            text.push_str(&format!("{member} = {value}\n"));
        }
        Policy::parse(&text)
    })();
    let policy = parsed.doing(|| "cannot read the server's floor, batool.policy.* of its git configuration".into());
    policy.map(Some).map_err(|error| error.hint("on the server: batool hook install --server --policy FILE"))
}

/// The settings that keep a policy as a floor: names in git's configuration, and values.
pub(super) fn settings(policy: &Policy) -> Vec<(&'static str, String)> {
    let accept = match policy.accept {
        Accept::Verified => "VERIFIED",
        Accept::Undecidable => "UNDECIDABLE",
    };
    let profile = match policy.profile {
        ProfileName::Core => "core",
        ProfileName::Full => "full",
    };
    let values = [
        accept.to_owned(),
        policy.strict.to_string(),
        profile.to_owned(),
        policy.skew_tolerance_ns.map_or_else(|| NONE.to_owned(), |ns| ns.to_string()),
        policy.dialects.join(", "),
        policy.kinds.join(", "),
        policy.require_claims.join(", "),
        policy.max_package_bytes.to_string(),
        policy.max_row_bytes.to_string(),
        policy.log_key.clone().unwrap_or_else(|| NONE.to_owned()),
    ];
    MEMBERS.into_iter().map(|(name, ..)| name).zip(values).collect()
}

/// The policy that is as strict as the stricter of two, member by member.
pub(super) fn strictest(one: &Policy, other: &Policy) -> Policy {
    let both = |one: &[String], other: &[String]| one.iter().filter(|it| other.contains(it)).cloned().collect();
    let mut require_claims = one.require_claims.clone();
    require_claims.extend(other.require_claims.iter().filter(|it| !one.require_claims.contains(it)).cloned());
    Policy {
        accept: if [one.accept, other.accept].contains(&Accept::Verified) { Accept::Verified } else { one.accept },
        strict: one.strict || other.strict,
        profile: if one.profile == ProfileName::Full { one.profile } else { other.profile },
        skew_tolerance_ns: least_skew(one.skew_tolerance_ns, other.skew_tolerance_ns),
        dialects: both(&one.dialects, &other.dialects),
        kinds: both(&one.kinds, &other.kinds),
        require_claims,
        max_package_bytes: one.max_package_bytes.min(other.max_package_bytes),
        max_row_bytes: one.max_row_bytes.min(other.max_row_bytes),
        log_key: other.log_key.clone().or_else(|| one.log_key.clone()),
    }
}

/// Without a number a log may lower the tolerance itself, so of two that are equal the one without is the less.
fn least_skew(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    let all = [one, other];
    let least = all.into_iter().map(|ns| ns.unwrap_or(DEFAULT_SKEW_NS)).min();
    least.filter(|ns| *ns < DEFAULT_SKEW_NS || !all.contains(&None))
}

/// The members in which a policy is weaker than a floor, by their names in `batool.toml`.
pub(super) fn weaker(policy: &Policy, floor: &Policy) -> Vec<&'static str> {
    let (here, held) = (settings(policy), settings(&strictest(policy, floor)));
    let differs = here.into_iter().zip(held).zip(MEMBERS).filter(|((here, held), _)| here != held);
    differs.map(|(_, (_, member, _))| member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_member_holds_and_the_weaker_is_named() {
        let lax = Policy {
            accept: Accept::Undecidable,
            profile: ProfileName::Core,
            dialects: vec!["documented".into(), "factgraph-0.3".into()],
            max_row_bytes: 1 << 30,
            ..Policy::default()
        };
        let floor = Policy {
            strict: true,
            skew_tolerance_ns: Some(5),
            kinds: vec!["event-log".into()],
            require_claims: vec!["integrity".into()],
            max_package_bytes: 9,
            log_key: Some("key".into()),
            ..Policy::default()
        };
        let held = strictest(&lax, &floor);
        assert_eq!(held, Policy { max_row_bytes: Policy::default().max_row_bytes, ..floor.clone() });
        assert_eq!(strictest(&floor, &lax), held);
        let all: Vec<_> = MEMBERS.iter().map(|(_, member, _)| *member).collect();
        assert_eq!(weaker(&lax, &floor), all);
        assert_eq!(weaker(&held, &floor), [""; 0]);
        assert_eq!(weaker(&floor, &Policy::default()), [""; 0]);
    }

    #[test]
    fn a_tolerance_that_a_log_may_lower_is_the_least() {
        assert_eq!(least_skew(None, Some(DEFAULT_SKEW_NS * 2)), None);
        assert_eq!(least_skew(None, Some(7)), Some(7));
        assert_eq!(least_skew(Some(9), Some(7)), Some(7));
        assert_eq!(least_skew(Some(DEFAULT_SKEW_NS), None), None);
        assert_eq!(least_skew(Some(DEFAULT_SKEW_NS * 2), Some(DEFAULT_SKEW_NS * 3)), Some(DEFAULT_SKEW_NS * 2));
    }
}
