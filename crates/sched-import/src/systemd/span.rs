//! Spans of time as systemd writes them: `1h 30min`.

use std::time::Duration;

use super::scan::Scan;
use crate::job::Refusal;

/// In microseconds. A month is a twelfth of a year of 365.25 days.
const UNITS: [(&[&str], u64); 9] = [
    (&["usec", "us", "μs", "µs"], 1),
    (&["msec", "ms"], 1_000),
    (&["seconds", "second", "sec", "s", ""], 1_000_000),
    (&["minutes", "minute", "min", "m"], 60_000_000),
    (&["hours", "hour", "hr", "h"], 3_600_000_000),
    (&["days", "day", "d"], 86_400_000_000),
    (&["weeks", "week", "w"], 604_800_000_000),
    (&["months", "month", "M"], 2_629_800_000_000),
    (&["years", "year", "y"], 31_557_600_000_000),
];

/// The sum of its parts. A number without a unit is seconds.
pub(super) fn read(mut scan: Scan<'_>) -> Result<Duration, Refusal> {
    if scan.is_at_end() {
        return Err(scan.fault("a span of time is missing"));
    }
    let whole = scan;
    let mut micros = 0_u64;
    while !scan.is_at_end() {
        let part = part(&mut scan)?;
        micros = micros.checked_add(part).ok_or_else(|| whole.fault("the span is too long"))?;
        scan.blanks();
    }
    Ok(Duration::from_micros(micros))
}

fn part(scan: &mut Scan<'_>) -> Result<u64, Refusal> {
    let start = *scan;
    let whole = scan.number()?.ok_or_else(|| start.fault("a number must follow"))?;
    let fraction = if scan.eat(".") { scan.take_while(|c| c.is_ascii_digit()) } else { "" };
    if fraction.len() > 6 {
        return Err(start.fault("a fraction has six digits at most"));
    }
    scan.blanks();
    let unit_at = *scan;
    let unit = scan.take_while(|c| c.is_alphabetic());
    let known = UNITS.iter().find(|(names, _)| names.contains(&unit));
    let (_, size) = known.ok_or_else(|| unit_at.fault(format!("{unit} is no unit of time")))?;
    // Millionths, so that no digit is lost.
    let millionths = (0..6).fold(0_u64, |sum, place| {
        let digit = fraction.as_bytes().get(place).map_or(0, |digit| digit - b'0');
        sum * 10 + u64::from(digit)
    });
    let too_long = || start.fault("the span is too long");
    let whole = u64::from(whole).checked_mul(*size).ok_or_else(too_long)?;
    let fraction = u128::from(millionths) * u128::from(*size) / 1_000_000;
    whole.checked_add(u64::try_from(fraction).map_err(|_| too_long())?).ok_or_else(too_long)
}
