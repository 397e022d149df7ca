//! What may drift, as a policy says it: TOML when a baseline is made, JSON in the baseline.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diff::ledger_names;
use crate::error::{Doing, Error, Result};

/// What may drift. Unknown keys are errors: a misspelt policy must not pass for none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The schema of facts.
    pub schema: May,
    /// What decides how the package was made.
    pub policy: May,
    /// The rules that derive.
    pub rules: May,
    /// Outcomes of decisions.
    pub outcomes: May,
    /// Claims that the baseline's certificate makes.
    pub claims: May,
    /// Ledgers that have no terms of their own.
    pub ledgers: LedgerTerms,
    /// Terms of single ledgers; what one leaves open is as for all.
    pub ledger: BTreeMap<String, LedgerTerms>,
    /// Event logs.
    pub events: EventTerms,
}

/// Whether something may change at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum May {
    /// It must stay as it was.
    Stay,
    /// It may change.
    Change,
}

/// How much the records of a ledger may drift.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerTerms {
    /// Records that were not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Budget>,
    /// Records that are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<Budget>,
    /// Records that say something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<Budget>,
    /// RFC 6901 pointers to fields that may change in any record: a record that differs nowhere else is not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
}

/// How much event logs may drift; what is compared are the claims of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventTerms {
    /// By how much the floor of useful steps may fall.
    pub step_floor: Budget,
    /// By how much the 95th and 99th percentile of step durations may rise.
    pub tail_latency: Budget,
    /// The component that takes most of the time.
    pub dominant_component: May,
}

/// How much is allowed, of how much there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Any amount.
    Any,
    /// So many.
    Count(u64),
    /// So many millionths.
    Share(u32),
}

const WHOLE: u64 = 1_000_000;

impl Default for Policy {
    fn default() -> Self {
        let free = || LedgerTerms { changed: Some(Budget::Any), ..LedgerTerms::default() };
        Self {
            schema: May::Stay,
            policy: May::Stay,
            rules: May::Stay,
            outcomes: May::Stay,
            claims: May::Stay,
            ledgers: LedgerTerms {
                added: Some(Budget::Any),
                removed: Some(Budget::Count(0)),
                changed: Some(Budget::Count(0)),
                fields: Some(Vec::new()),
            },
            // They follow from all the rest, or are what a run gives out.
            ledger: ["files", "manifest", "run_manifest"].map(|name| (name.to_owned(), free())).into(),
            events: EventTerms::default(),
        }
    }
}

impl Default for EventTerms {
    fn default() -> Self {
        Self { step_floor: Budget::Count(0), tail_latency: Budget::Share(100_000), dominant_component: May::Stay }
    }
}

impl Policy {
    /// Reads a policy's TOML. What it leaves open is as in the default.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown or ill-typed key, or names a ledger that there is not.
    pub fn parse(text: &str) -> Result<Self> {
        let doing = || "cannot read the drift policy".to_owned();
        let hint = "docs/baselines.md lists all keys; `batool baseline show NAME` shows what holds";
        let mut policy: Self = toml::from_str(text).doing(doing).map_err(|error| error.hint(hint))?;
        let known = ledger_names();
        if let Some(name) = policy.ledger.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Error::new(doing())
                .because(format!("there are no records called {name}"))
                .hint(format!("there are {}", known.join(", "))));
        }
        let default = Self::default();
        policy.ledgers = policy.ledgers.or(&default.ledgers);
        for (name, terms) in default.ledger {
            let own = policy.ledger.remove(&name).unwrap_or_default();
            policy.ledger.insert(name, own.or(&terms));
        }
        Ok(policy)
    }

    /// The terms that hold for a ledger.
    pub fn terms_of(&self, ledger: &str) -> LedgerTerms {
        let own = self.ledger.get(ledger).cloned().unwrap_or_default();
        own.or(&self.ledgers)
    }
}

impl LedgerTerms {
    /// These, and where they leave something open the others.
    fn or(self, others: &Self) -> Self {
        Self {
            added: self.added.or(others.added),
            removed: self.removed.or(others.removed),
            changed: self.changed.or(others.changed),
            fields: self.fields.or_else(|| others.fields.clone()),
        }
    }
}

impl Budget {
    /// True if an amount is within, of as many as there were.
    pub fn allows(self, amount: u64, of: u64) -> bool {
        match self {
            Budget::Any => true,
            Budget::Count(most) => amount <= most,
            Budget::Share(share) => u128::from(amount) * u128::from(WHOLE) <= u128::from(share) * u128::from(of),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Any => f.write_str("any"),
            Budget::Count(most) => write!(f, "{most}"),
            Budget::Share(share) => {
                let (whole, part) = (share / 10_000, share % 10_000);
                if part == 0 {
                    return write!(f, "{whole}%");
                }
                let part = format!("{part:04}");
                write!(f, "{whole}.{}%", part.trim_end_matches('0'))
            }
        }
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Budget::Count(most) => to.serialize_u64(*most),
            other => to.collect_str(other),
        }
    }
}

impl<'d> Deserialize<'d> for Budget {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Budget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a share such as \"2.5%\", or \"any\"")
            }

            fn visit_u64<E: serde::de::Error>(self, most: u64) -> Result<Budget, E> {
                // Beyond, JSON's numbers are not exact.
                if most < 1 << 53 { Ok(Budget::Count(most)) } else { Err(E::custom("the number is too large")) }
            }

            fn visit_i64<E: serde::de::Error>(self, most: i64) -> Result<Budget, E> {
                u64::try_from(most).map_err(|_| E::custom("a budget is not negative")).and_then(|n| self.visit_u64(n))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Budget, E> {
                let wrong =
                    || E::custom(format!("{text:?} is no budget: a number, a share such as \"2.5%\", or \"any\""));
                if text == "any" { Ok(Budget::Any) } else { share(text).map(Budget::Share).ok_or_else(wrong) }
            }
        }
        let budget = from.deserialize_any(Reader)?;
        match budget {
            Budget::Share(share) if u64::from(share) > 1000 * WHOLE => Err(D::Error::custom("the share is too large")),
            budget => Ok(budget),
        }
    }
}

/// `2.5%` in millionths; at most four digits behind the point.
fn share(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || part.len() > 4 {
        return None;
    }
    let part: u32 = format!("{part:0<4}").parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(10_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_numbers_shares_or_any() {
        #[derive(Deserialize)]
        struct One {
            it: Budget,
        }
        let read = |text: &str| toml::from_str::<One>(&format!("it = {text}")).map(|one| one.it).ok();
        assert_eq!(read("3"), Some(Budget::Count(3)));
        assert_eq!(read("\"2.5%\""), Some(Budget::Share(25_000)));
        assert_eq!(read("\"0.0001%\"").map(|it| it.to_string()), Some("0.0001%".into()));
        assert_eq!(read("\"any\""), Some(Budget::Any));
        for bad in ["-1", "\"5\"", "\"-5%\"", "\"5.%\"", "\"1.00001%\"", "\"99999999999%\"", "1.5", "9007199254740992"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(Budget::Share(25_000).allows(5, 200) && !Budget::Share(25_000).allows(6, 200));
        assert!(Budget::Count(0).allows(0, 0) && !Budget::Share(25_000).allows(1, 0));
        assert!(Budget::Share(10_000).allows(u64::MAX / 100, u64::MAX), "nothing overflows");
    }

    #[test]
    fn a_policy_says_what_it_changes_and_its_json_is_itself() {
        assert_eq!(Policy::parse("").expect("nothing is a policy"), Policy::default());
        let policy =
            Policy::parse("rules = \"change\"\n[ledger.facts]\nremoved = \"1%\"\n[ledger.manifest]\nadded = 0\n");
        let policy = policy.expect("it is a policy");
        let facts = policy.terms_of("facts");
        assert_eq!((facts.removed, facts.changed), (Some(Budget::Share(10_000)), Some(Budget::Count(0))));
        assert_eq!(policy.terms_of("manifest").changed, Some(Budget::Any), "what it leaves open is as in the default");
        let json = serde_json::to_string(&policy).expect("it is JSON");
        assert_eq!(serde_json::from_str::<Policy>(&json).expect("it is its own"), policy);
        for bad in ["ruels = \"change\"", "[ledger.fact]\nadded = 1", "[ledger.facts]\nad = 1", "[events]\nfloor = 1"] {
            assert!(Policy::parse(bad).is_err(), "{bad}");
        }
    }
}
