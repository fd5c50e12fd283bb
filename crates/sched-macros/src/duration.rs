//! Spans of time as people write them: `500ms`, `30s`, `1h30m`.

use std::time::Duration;

use syn::{Error, LitStr, Result};

/// The units with their microseconds, the largest first.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// Reads a span that is longer than zero.
pub(crate) fn duration(literal: &LitStr) -> Result<Duration> {
    let text = literal.value();
    read(&text).map_err(|reason| Error::new(literal.span(), format!("{reason}: {text:?}")))
}

fn read(text: &str) -> std::result::Result<Duration, &'static str> {
    let (mut rest, mut total) = (text.trim(), 0_u64);
    let mut units = UNITS.iter();
    if rest.is_empty() {
        return Err("a span of time is needed, such as 30s or 1h30m");
    }
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_where(after, |c| !c.is_ascii_lowercase());
        if number.is_empty() {
            return Err("a whole number was expected before each unit, as in 1h30m");
        }
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err("each number is followed by its unit: d, h, m, s, ms or us");
        }
        // Units that were passed over are used up as well.
        let micros = units
            .find(|(name, _)| *name == unit)
            .map(|(_, micros)| micros)
            .ok_or("units go from the largest to the smallest, each once")?;
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*micros))
            .and_then(|part| total.checked_add(part))
            .ok_or("the span of time is too long")?;
        rest = after.trim_start();
    }
    if total == 0 {
        return Err("the span of time is zero");
    }
    Ok(Duration::from_micros(total))
}

fn split_where(text: &str, ends: impl FnMut(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_the_sum_of_their_parts() {
        let cases = [
            ("500ms", Duration::from_millis(500)),
            ("30s", Duration::from_secs(30)),
            ("5m", Duration::from_secs(300)),
            ("2h", Duration::from_secs(7_200)),
            ("1d", Duration::from_secs(86_400)),
            ("1h30m", Duration::from_secs(5_400)),
            (" 1d 2h 3m 4s 5ms 6us ", Duration::from_micros(93_784_005_006)),
            ("90m", Duration::from_secs(5_400)),
            ("0h1us", Duration::from_micros(1)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_span_is_refused() {
        let cases = [
            ("", "a span of time is needed"),
            ("30", "followed by its unit"),
            ("30 s", "followed by its unit"),
            ("30sec", "followed by its unit"),
            ("1M", "followed by its unit"),
            ("s", "a whole number was expected"),
            ("-1s", "a whole number was expected"),
            ("1.5h", "followed by its unit"),
            ("30s1m", "from the largest"),
            ("1s1s", "from the largest"),
            ("0s", "is zero"),
            ("99999999999999999999s", "too long"),
            ("9999999999d", "too long"),
        ];
        for (text, expected) in cases {
            let reason = read(text).unwrap_err();
            assert!(reason.contains(expected), "{text:?}: {reason}");
        }
    }
}
