//! Numbers as a reader wants them: few digits, thousands apart, units spelled out.

/// A whole number with its thousands apart: 25,000.
pub fn whole(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number to three significant digits; whole numbers in full, the very small and very large as powers of ten.
pub fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() { "NaN".into() } else { format!("{x}") };
    }
    let size = x.abs();
    let sign = if x < 0.0 { "-" } else { "" };
    if size < 1e9 && size == size.trunc() {
        return format!("{sign}{}", whole(size as u64)).replace("-0", "0");
    }
    if !(1e-3..1e7).contains(&size) {
        return format!("{x:.2e}");
    }
    if size >= 999.5 {
        return format!("{sign}{}", whole(size.round() as u64));
    }
    let decimals = (2 - size.log10().floor() as i32).clamp(0, 6) as usize;
    trimmed(&format!("{x:.decimals$}"))
}

/// A number to seven significant digits, for those that are compared with others.
pub fn precise(x: f64) -> String {
    if x == 0.0 || !x.is_finite() || !(1e-3..1e7).contains(&x.abs()) {
        return if x == 0.0 || !x.is_finite() { number(x) } else { format!("{x:.6e}") };
    }
    let decimals = (6 - x.abs().log10().floor() as i32).clamp(0, 9) as usize;
    trimmed(&format!("{x:.decimals$}"))
}

/// A complex number; one off the real axis stands for itself and its conjugate.
pub fn complex(re: f64, im: f64) -> String {
    match (re, im) {
        (re, 0.0) => precise(re),
        (0.0, im) => format!("±{}i", precise(im)),
        _ => format!("{} ± {}i", precise(re), precise(im)),
    }
}

/// A decimal number without the zeros at its end.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text.into() }
}

/// A cell of a table: a dash for a missing value.
pub fn cell(x: f64) -> String {
    if x.is_nan() { "–".into() } else { number(x) }
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// A count and its noun: 1 mode, 8 modes.
pub fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", whole(n), if n == 1 { "" } else { "s" })
}

/// A length of time.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "an unknown time".into();
    }
    if seconds < 59.5 {
        return format!("{} s", number(seconds));
    }
    let total = seconds.round() as u64;
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60);
    if hours > 0 { format!("{} h {minutes} min", whole(hours)) } else { format!("{minutes} min {rest} s") }
}

/// A moment as a date and time of day in UTC, from seconds since 1970 (civil-from-days of Hinnant, "chrono-compatible
/// low-level date algorithms").
pub fn moment(unix_s: u64) -> String {
    let (days, second) = ((unix_s / 86_400).min(3_000_000) as i64, unix_s % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_sensible_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (8.0, "8"),
            (25_000.0, "25,000"),
            (-1_234.0, "-1,234"),
            (0.123_456, "0.123"),
            (12.345, "12.3"),
            (0.1, "0.1"),
            (100.4, "100"),
            (999.7, "1,000"),
            (54_321.6, "54,322"),
            (1.234e-5, "1.23e-5"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ];
        for (x, text) in cases {
            assert_eq!(number(x), text);
        }
        assert_eq!(cell(f64::NAN), "–");
    }

    #[test]
    fn precise_numbers_keep_seven_digits() {
        let cases = [
            (0.975_961_064_8, "0.9759611"),
            (1.0, "1"),
            (142.123_456_78, "142.1235"),
            (-2e-9, "-2.000000e-9"),
        ];
        for (x, text) in cases {
            assert_eq!(precise(x), text);
        }
        assert_eq!(complex(-0.25, 0.433), "-0.25 ± 0.433i");
        assert_eq!(complex(0.0, 0.5), "±0.5i");
    }

    #[test]
    fn times_read_as_times() {
        assert_eq!(duration(4.25), "4.25 s");
        assert_eq!(duration(80.0), "1 min 20 s");
        assert_eq!(duration(7_500.0), "2 h 5 min");
        assert_eq!(moment(0), "1970-01-01 00:00 UTC");
        assert_eq!(moment(1_709_208_000), "2024-02-29 12:00 UTC");
        assert!(!moment(u64::MAX).is_empty());
    }
}
