//! Durations as people write them: `24h`, `90m`, `7d`.

use batool::archive::Freshness;
use batool::error::{Doing, Error, Result};

/// Reads a duration, in seconds.
pub(crate) fn parse(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no duration: a number and s, m, h or d, such as 24h");
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let unit = match &text[at..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..at].parse().map_err(|_| wrong())?;
    number.checked_mul(unit).filter(|seconds| *seconds > 0).ok_or_else(wrong)
}

/// What may be so old, now.
pub(crate) fn freshness(most: Option<u32>) -> Result<Option<Freshness>> {
    let Some(most) = most else { return Ok(None) };
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).doing(|| "cannot tell the time".into())?;
    let now = i64::try_from(now.as_secs()).map_err(|_| Error::new("cannot tell the time"))?;
    Ok(Some(Freshness { now, most }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations_have_a_unit() {
        assert_eq!(["90s", "2m", "24h", "7d"].map(super::parse), [Ok(90), Ok(120), Ok(86_400), Ok(604_800)]);
        for bad in ["", "24", "h", "-1h", "0h", "1w", "99999999999h", "100000d", "1.5h"] {
            assert!(super::parse(bad).is_err(), "{bad}");
        }
    }
}
