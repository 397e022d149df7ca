//! `batool.toml`: which archive this is, and what it accepts.

use std::fmt::Write as _;

use serde::Deserialize;

use super::known::Standing;
use crate::certificate::EVENT_LOG;
use crate::claim;
use crate::error::{Doing, Error, Result};
use crate::events::Terms;
use crate::judge::{Options, Profile, Verdict};
use crate::source::Limits;
use crate::tlog::VerifierKey;

/// The format that this version writes and reads.
pub const FORMAT: u32 = 1;

/// The configuration of an archive. Unknown keys are errors: a misspelt policy must not pass for none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The version of the layout.
    pub format: u32,
    /// Which archive this is.
    pub archive: Identity,
    /// What it accepts.
    #[serde(default)]
    pub policy: Policy,
}

/// Which archive this is; never changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The branch that holds the archive, without `refs/heads/`.
    pub branch: String,
    /// `batool/` and 32 random hex digits, made once.
    pub origin: String,
}

/// What an archive accepts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The worst verdict that is accepted.
    pub accept: Accept,
    /// Whether packages are judged strictly.
    pub strict: bool,
    /// Which claims are made.
    pub profile: ProfileName,
    /// For event logs: how far clocks may differ, in nanoseconds.
    pub skew_tolerance_ns: Option<u64>,
    /// Dialects that are accepted.
    pub dialects: Vec<String>,
    /// Kinds of input that are accepted.
    pub kinds: Vec<String>,
    /// Claims that every run must support.
    pub require_claims: Vec<String>,
    /// Bytes of all files of a package together.
    pub max_package_bytes: u64,
    /// Bytes of one row or document.
    pub max_row_bytes: u64,
    /// The public key that checkpoints must be signed with.
    pub log_key: Option<String>,
}

/// The worst verdict that is accepted; REJECT never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Accept {
    /// VERIFIED only.
    Verified,
    /// VERIFIED and UNDECIDABLE.
    Undecidable,
}

/// Which claims are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileName {
    /// Integrity and what the manifest binds.
    Core,
    /// All claims.
    Full,
}

impl Default for Policy {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            accept: Accept::Verified,
            strict: false,
            profile: ProfileName::Full,
            skew_tolerance_ns: None,
            dialects: vec!["factgraph-0.3".into()],
            kinds: vec!["audit-package".into(), "event-log".into()],
            require_claims: Vec::new(),
            max_package_bytes: limits.max_package_bytes,
            max_row_bytes: limits.max_row_bytes,
            log_key: None,
        }
    }
}

impl Config {
    /// Reads the text of `batool.toml`.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown or ill-typed key, or a format that this version does not know.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let doing = || "cannot read batool.toml of the archive".to_owned();
        let text = std::str::from_utf8(text).doing(doing)?;
        let config: Self = toml::from_str(text).doing(doing)?;
        if config.format != FORMAT {
            return Err(Error::new(doing())
                .because(format!("its format is {}, and this version knows {FORMAT}", config.format))
                .hint("upgrade batool"));
        }
        config.policy.check().doing(doing)?;
        Ok(config)
    }

    /// The text that `archive init` writes.
    pub fn initial(branch: &str, origin: &str, log_key: Option<&VerifierKey>) -> String {
        let policy = Policy::default();
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "# A batool archive. Unknown keys are errors.\n\
             format = {FORMAT}\n\n\
             [archive]\n\
             branch = {branch:?}\n\
             origin = {origin:?}\n\n\
             [policy]\n\
             accept = \"VERIFIED\"              # or \"UNDECIDABLE\"; REJECT is never archived\n\
             strict = false\n\
             profile = \"full\"                 # or \"core\"\n\
             dialects = [\"factgraph-0.3\"]     # add \"documented\" to take the older dialect\n\
             kinds = [\"audit-package\", \"event-log\"]\n\
             require_claims = []\n\
             max_package_bytes = {}\n\
             max_row_bytes = {}\n",
            policy.max_package_bytes, policy.max_row_bytes,
        );
        if let Some(key) = log_key {
            let _ = writeln!(text, "log_key = {:?}", key.to_text());
        }
        text
    }
}

/// A policy by itself: a `batool.toml`, or one with nothing but its `[policy]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    #[serde(rename = "format")]
    _format: Option<u32>,
    #[serde(rename = "archive")]
    _archive: Option<Identity>,
    policy: Policy,
}

impl Policy {
    /// Reads the members of a policy.
    ///
    /// # Errors
    /// When one is unknown or malformed.
    pub(super) fn parse(members: &str) -> Result<Self> {
        let policy: Self = toml::from_str(members).doing(|| "it is no policy".into())?;
        policy.check().map(|()| policy)
    }

    /// Reads a file with `[policy]`, such as `batool.toml`.
    ///
    /// # Errors
    /// When there is none in it, or a key is unknown or malformed.
    pub fn parse_file(text: &[u8]) -> Result<Self> {
        let doing = || "cannot read a policy".to_owned();
        let text = std::str::from_utf8(text).doing(doing)?;
        let file: PolicyFile = toml::from_str(text).doing(doing)?;
        file.policy.check().doing(doing).map(|()| file.policy)
    }

    /// What the form alone does not say.
    fn check(&self) -> Result<()> {
        for name in &self.require_claims {
            let of_logs = claim::EVENTS.iter().map(|(_, claim)| claim.name);
            if !claim::PACKAGE.iter().map(|claim| claim.name).chain(of_logs).any(|claim| claim == name) {
                return Err(Error::new(format!("`require_claims` names {name:?}, which is no claim"))
                    .hint("the docs list all claims"));
            }
        }
        self.log_key
            .as_deref()
            .map_or(Ok(()), |key| VerifierKey::parse(key).map(drop).doing(|| "`log_key` is no key".into()))
    }

    /// The key that checkpoints must be signed with.
    pub(super) fn verifier(&self) -> Option<VerifierKey> {
        VerifierKey::parse(self.log_key.as_deref()?).ok()
    }

    /// True if both judge a package the same way, whatever they make of the answer.
    pub(super) fn judges_as(&self, other: &Self) -> bool {
        let how = |policy: &Self| {
            (policy.strict, policy.profile, policy.skew_tolerance_ns, policy.max_package_bytes, policy.max_row_bytes)
        };
        how(self) == how(other)
    }

    /// How packages are judged.
    pub fn options(&self) -> Options {
        let profile = match self.profile {
            ProfileName::Core => Profile::Core,
            ProfileName::Full => Profile::Full,
        };
        Options { strict: self.strict, profile }
    }

    /// What is asked of event logs besides.
    pub fn terms(&self) -> Terms {
        Terms { strict: self.strict, skew_tolerance_ns: self.skew_tolerance_ns, ..Terms::default() }
    }

    /// How much of them is read.
    pub fn limits(&self) -> Limits {
        // Texts of 4 GiB are beyond what a row can be anywhere.
        Limits {
            max_package_bytes: self.max_package_bytes,
            max_row_bytes: self.max_row_bytes.min(u64::from(u32::MAX) - 1),
            ..Limits::default()
        }
    }

    /// Why an input is not accepted; nothing if it is.
    pub fn refusals(&self, standing: &Standing) -> Vec<String> {
        let Standing { verdict, dialect, claims } = standing;
        let mut refusals = Vec::new();
        let accepted = match self.accept {
            Accept::Verified => Verdict::Verified,
            Accept::Undecidable => Verdict::Undecidable,
        };
        if *verdict > accepted {
            refusals.push(format!("the verdict is {}, and the archive accepts {}", verdict.word(), accepted.word()));
        }
        if let Some(dialect) = dialect.as_ref().filter(|dialect| !self.dialects.contains(dialect)) {
            refusals.push(format!(
                "the dialect {dialect} is not among those that the archive accepts ({})",
                self.dialects.join(", ")
            ));
        }
        let (kind, kinds) = match dialect {
            Some(_) => ("audit-package", "audit packages"),
            None => (EVENT_LOG, "event logs"),
        };
        if !self.kinds.iter().any(|accepted| accepted == kind) {
            refusals.push(format!("the archive does not accept {kinds}"));
        }
        // A log is not asked for claims about packages, nor a package for claims about logs.
        let is_of_kind = |name: &&String| match dialect {
            Some(_) => claim::PACKAGE.iter().any(|claim| claim.name == **name),
            None => claim::EVENTS.iter().any(|(_, claim)| claim.name == **name),
        };
        for name in self.require_claims.iter().filter(is_of_kind) {
            if !claims.contains(name) {
                refusals.push(format!("the claim {name}, which the archive requires, does not stand"));
            }
        }
        refusals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_text_is_the_default_policy() {
        let config =
            Config::parse(Config::initial("main", "batool/00", None).as_bytes()).expect("it is written to be read");
        assert_eq!(config.policy, Policy::default());
        assert_eq!(config.archive.branch, "main");
    }

    #[test]
    fn a_misspelt_policy_does_not_pass_for_none() {
        let text = Config::initial("main", "batool/00", None).replace("strict =", "stritc =");
        let error = Config::parse(text.as_bytes()).expect_err("the key is unknown");
        assert!(error.causes().concat().contains("stritc"));
        assert!(Config::parse(b"format = 2\n[archive]\nbranch='m'\norigin='o'\n").is_err());
    }
}
